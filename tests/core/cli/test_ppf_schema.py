from __future__ import annotations

import json

from jsonschema import Draft202012Validator

from ppf_core.config import read_document


def test_the_schema_is_one_document_that_takes_a_file_and_refuses_wrong_settings(ppf, workspace):
    outcome = ppf("schema")
    assert outcome.code == 0
    schema = Draft202012Validator(outcome.document)
    file = workspace.write(workspace.step("read"))
    assert schema.is_valid(read_document(path=file).tree)
    assert not schema.is_valid({**json.loads(file.read_text()), "componets": []})


def test_the_blocks_of_installed_packages_are_in_it(ppf):
    assert "airflow" in ppf("schema").document["properties"]
