"""The private Airflow with the examples and its UI until Ctrl-C: `make up`."""

from __future__ import annotations

import sys
import time

from dev.home_lock import HomeInUseError
from dev.local_airflow import LocalAirflow, LocalAirflowError
from dev.places import EXAMPLES, EXAMPLES_ENV, HOME

__all__ = ["main"]


def main() -> int:
    """Run until Ctrl-C; return 0 after it, 1 if Airflow dies, 2 if another Airflow runs in this home."""

    def say(text: str) -> None:
        print(text, flush=True)

    try:
        with LocalAirflow(HOME, EXAMPLES, env=EXAMPLES_ENV, say=say) as airflow:
            say("")
            say(f"  Airflow   {airflow.address}")
            say(f"  login     {airflow.username}")
            say(f"  password  {airflow.password}")
            say("  stop      Ctrl-C")
            say("")
            while True:
                airflow.check()
                time.sleep(1)
    except (HomeInUseError, LocalAirflowError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, HomeInUseError) else 1
    except KeyboardInterrupt:
        say("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
