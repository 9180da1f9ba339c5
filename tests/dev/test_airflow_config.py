from __future__ import annotations

import configparser
import json
from typing import TYPE_CHECKING

from dev.airflow_config import environment, keep_secrets, write_config
from dev.processes import MARK

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_secrets_are_made_once_and_are_for_their_owner_alone(tmp_path: Path) -> None:
    made = keep_secrets(tmp_path)
    assert keep_secrets(tmp_path) == made
    assert len(made["jwt"]) >= 64
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("a", "b")]
    for home in homes:
        home.mkdir()
    first, second = (set(keep_secrets(home).values()) for home in homes)
    assert not first & second


def test_the_files_of_a_home_agree_on_port_and_password(tmp_path: Path) -> None:
    kept = keep_secrets(tmp_path)
    write_config(tmp_path, tmp_path / "100% dags", 4711, kept)

    config = configparser.ConfigParser()
    config.read(tmp_path / "airflow.cfg")
    assert config["api"]["port"] == "4711"
    assert config["core"]["execution_api_server_url"] == "http://127.0.0.1:4711/execution/"
    assert config["core"]["dags_folder"] == str(tmp_path / "100% dags")
    assert json.loads((tmp_path / "passwords.json").read_text()) == {"admin": kept["password"]}
    assert (tmp_path / "airflow.cfg").stat().st_mode & 0o077 == 0


def test_another_airflow_of_the_users_does_not_show_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("no_proxy", "example.org")
    monkeypatch.delenv("NO_PROXY", raising=False)

    env = environment(tmp_path, {"AIRFLOW__CORE__PARALLELISM": "1"})

    assert env["AIRFLOW_HOME"] == env[MARK] == str(tmp_path)
    assert "AIRFLOW__CORE__EXECUTOR" not in env
    assert "PYTHONDONTWRITEBYTECODE" not in env
    assert env["AIRFLOW__CORE__PARALLELISM"] == "1"
    assert env["NO_PROXY"] == "example.org,127.0.0.1,localhost"
