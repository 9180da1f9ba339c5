"""What a private Airflow is told: its airflow.cfg, its secrets, its environment."""

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
    """The secrets of that home: made at its first start, the same ever after, readable by us alone."""
    file = home / "secrets.json"
    if file.exists():
        kept: dict[str, str] = json.loads(file.read_text())
        return kept
    made = {
        "password": secrets.token_urlsafe(12),
        # 64 bytes is what HMAC-SHA512 asks for; shorter ones are warned of.
        "jwt": secrets.token_urlsafe(72),
        "session": secrets.token_urlsafe(32),
        "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    _write_private(file, json.dumps(made))
    return made


def write_config(home: Path, dags_folder: Path, port: int, kept: Mapping[str, str]) -> None:
    """Writes airflow.cfg and the password file for a start on that port."""
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
            # A name that this machine's resolver may not know is not needed on one machine.
            "hostname_callable": "socket.gethostname",
        },
        "database": {"sql_alchemy_conn": f"sqlite:///{home / 'airflow.db'}"},
        "api": {
            "host": "127.0.0.1",
            "port": port,
            "base_url": address,
            "workers": 1,
            "secret_key": kept["session"],
            # What it says of an error is for whoever sits at this machine, and for our client.
            "expose_stacktrace": True,
        },
        "api_auth": {"jwt_secret": kept["jwt"]},
        "scheduler": {"scheduler_idle_sleep_time": 0.2, "scheduler_heartbeat_sec": 1},
        # New and changed DAG files count within seconds, which minutes are too slow for.
        "dag_processor": {
            "refresh_interval": 2,
            "bundle_refresh_check_interval": 1,
            "min_file_process_interval": 5,
            "parsing_processes": 1,
        },
        "workers": {
            # How soon a task learns that it was cleared or marked.
            "min_heartbeat_interval": 1,
            # The default of 5 s is not enough on a busy laptop, and a repeated "I start" is refused.
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
    """What the Airflow processes see: ours, less all that concerns another Airflow, with `extra` on top."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    # Without compiled files each of the many processes compiles all of Airflow for itself.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    env |= {
        "AIRFLOW_HOME": str(home),
        MARK: str(home),
        # The process titles that Airflow sets would else be written over the environment we search.
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
