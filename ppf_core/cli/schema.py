"""`ppf schema`."""

from __future__ import annotations

from .exit_code import ExitCode

__all__ = ["schema"]


def schema() -> int:
    """Print the JSON Schema of pipeline files, for editors and for other checks.

    It is draft 2020-12. The blocks of other installed packages, such as airflow, are in it. What it cannot say is left
    to `ppf validate`: which settings go together, what the components' classes take, whether names exist.
    """
    from ppf_core.config import installed_sections, pipeline_file_schema

    from .json_document import write_document

    write_document(pipeline_file_schema(installed_sections()))
    return ExitCode.SUCCESS
