#!/usr/bin/env bash
# Makes .venv ready: the package itself, everything it needs and the developers' tools, in the
# versions of constraints.txt. Silent and quick when nothing changed; run again after any failure.
# PYTHON=python3.12 in the environment chooses the interpreter.
#
# With an extra as argument (submit) it is .venv-EXTRA and constraints-EXTRA.txt, with that extra besides:
# for one that does not go together with the rest in one environment.
set -euo pipefail
cd "$(dirname "$0")/.."

extra=${1:-}
venv=.venv${extra:+-$extra}
constraints=constraints${extra:+-$extra}.txt
install=".[dev${extra:+,$extra}]"

say() { echo "setup: $*" >&2; }
stop() { say "$*"; exit 1; }

# Running it is the test: a pyenv shim exists for versions that cannot be started.
suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

minor() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

choose_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        suitable "$PYTHON" || stop "PYTHON=$PYTHON does not run or is not Python 3.10 to 3.13"
        echo "$PYTHON"
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3.10 python3; do
        if suitable "$candidate"; then echo "$candidate"; return; fi
    done
    stop "no Python 3.10 to 3.13 that runs; tried python3.13, python3.12, python3.11, python3.10, python3." \
        "Install one, or name it: PYTHON=/path/to/python make setup"
}

# Debian packs ensurepip apart from Python; without it `python -m venv` makes half a .venv and fails.
need_ensurepip() {
    local python=$1 package
    if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then return; fi
    package="python$(minor "$python")-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "$python lacks ensurepip: installing $package through apt"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$package" >/dev/null
        "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
    fi
    stop "$python lacks ensurepip, so it cannot make a $venv; install it: sudo apt-get install $package"
}

# What .venv was made from and for: contents, not times, since a git checkout changes those. The
# place counts because the scripts in .venv/bin name it.
wanted="$(cat pyproject.toml "$constraints" dev/setup.sh | cksum) $PWD"
stamp=$venv/.ready

# Checked before anything is changed: a .venv whose Python does not start, or is not the requested version,
# is made again.
usable() {
    # An install that was killed can leave half a package that looks complete.
    [ ! -e "$venv/.installing" ] || return 1
    suitable "$venv/bin/python" || return 1
    [ ! -e "$stamp" ] || [ "$(tail -n 1 "$stamp")" = "$PWD" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(minor "$PYTHON")" = "$(minor "$venv/bin/python")" ]
}

if [ -e "$venv" ] && ! usable; then
    say "the $venv here does not fit; making it again"
    rm -rf "$venv"
fi
if [ -e "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$wanted" ]; then exit 0; fi

begin=$(date +%s)
if [ ! -e "$venv/bin/python" ]; then
    python=$(choose_python)
    need_ensurepip "$python"
    say "making $venv with $("$python" --version) ($python)"
    "$python" -m venv "$venv"
fi
rm -f "$stamp"
touch "$venv/.installing"
if [ ! -x "$venv/bin/uv" ]; then
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c "$constraints" uv
fi
say "installing the packages of $constraints"
# Compiled now, once, by all cores: else each of Airflow's processes does it for itself at its start.
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --compile-bytecode -c "$constraints" -e "$install"

# Last of all, so that a set-up that was interrupted is done again.
rm "$venv/.installing"
printf '%s\n%s\n' "$wanted" "$PWD" > "$stamp"
say "$venv is ready after $(($(date +%s) - begin)) s"
