"""Configuration of a private Airflow: airflow.cfg, secrets, environment."""

from __future__ import annotations

import base64
import configparser
import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dev.processes import MARK

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["environment", "keep_secrets", "write_config"]


def keep_secrets(home: Path) -> dict[str, str]:
    """Return the secrets of that home, made at its first start, readable only by its owner."""
    file = home / "secrets.json"
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    made = {
        "password": secrets.token_urlsafe(12),
        # HMAC-SHA512 asks for 64 bytes; Airflow warns about shorter secrets.
        "jwt": secrets.token_urlsafe(72),
        "session": secrets.token_urlsafe(32),
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    _write_private(file, json.dumps(made))
    return made


def write_config(home: Path, dags_folder: Path, port: int, kept: Mapping[str, str]) -> None:
    """Write airflow.cfg and the password file for a start on that port."""
    passwords = home / "passwords.json"
    _write_private(passwords, json.dumps({"admin": kept["password"]}))
    address = f"http://127.0.0.1:{port}"
    sections: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": dags_folder,
            "executor": "LocalExecutor",
            "parallelism": 4,
            "load_examples": False,
            "dags_are_paused_at_creation": False,
            "fernet_key": kept["fernet"],
            "simple_auth_manager_users": "admin:admin",
            "simple_auth_manager_passwords_file": passwords,
            "execution_api_server_url": f"{address}/execution/",
            # The default asks the resolver, which may not know the name of this machine.
            "hostname_callable": "socket.gethostname",
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}"},
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": address,
            "workers": 1,
            "secret_key": kept["session"],
            # Only the user of this machine and our client see it.
            "expose_stacktrace": True,
        },
        "api_auth": {"jwt_secret": kept["jwt"]},
        "scheduler": {"scheduler_idle_sleep_time": 0.2, "scheduler_heartbeat_sec": 1},
        # New and changed DAG files are parsed within seconds instead of minutes.
        "dag_processor": {
            "refresh_interval": 2,
            "bundle_refresh_check_interval": 1,
            "min_file_process_interval": 5,
            "parsing_processes": 1,
        },
        "workers": {
            # Delay until a running task learns that it was cleared or marked.
            "min_heartbeat_interval": 1,
            # The default of 5 s is too short on a busy laptop, and the start of a task cannot be repeated.
            "execution_api_timeout": 60,
        },
        "logging": {"base_log_folder": home / "logs", "colored_console_log": False},
        "usage_data_collection": {"enabled": False},
        "ppf": {"reports": home / "reports"},
    }
    config = configparser.ConfigParser(interpolation=None)
    for section, options in sections.items():
        # Airflow interpolates: a % in a path or a secret has to be doubled.
        config[section] = {key: str(value).replace("%", "%%") for key, value in options.items()}
    file = home / "airflow.cfg"
    _write_private(file, "")
    with file.open("w") as stream:
        config.write(stream)


def environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Return our environment without the variables of another Airflow, and with `extra`."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    # Without compiled files, each of the many processes would compile all of Airflow.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env |= {
        "AIRFLOW_HOME": str(home),
        MARK: str(home),
        # Otherwise Airflow writes process titles over the environment that we search for the mark.
        "SPT_NOENV": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONUNBUFFERED": "1",
    }
    # Spark asks for the address of the machine's name, which on a laptop may change or not exist.
    env.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Tasks talk to the api-server of this machine: not through a proxy.
    unproxied = ",".join(
        filter(None, [env.get("NO_PROXY", env.get("no_proxy", "")), "127.0.0.1", "localhost"])
    )
    env |= {"NO_PROXY": unproxied, "no_proxy": unproxied}
    return env | dict(extra)


def _write_private(file: Path, text: str) -> None:
    file.touch(mode=0o600, exist_ok=True)
    file.chmod(0o600)
    file.write_text(text)
