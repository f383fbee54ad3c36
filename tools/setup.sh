#!/usr/bin/env bash
# Make .venv, install the locked packages of a purpose and this project into it, and fetch the page assets:
#   setup.sh [dev | run | cluster]
# dev, the default, is for work on the project, run for a server, cluster for the workers of a Dask cluster.
# Each step is skipped while the files it depends on are the same as when it last succeeded.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-dev}
lock=requirements/$purpose.txt
python=.venv/bin/python
stamps=.venv/stamps

fingerprint() { cat "$@" | cksum; }

is_done() { # NAME FILE...: did step NAME succeed with these very files?
    [[ -f $stamps/$1 && $(<"$stamps/$1") == "$(fingerprint "${@:2}")" ]]
}

mark_done() { # NAME FILE...
    mkdir -p "$stamps"
    fingerprint "${@:2}" >"$stamps/$1"
}

find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "setup: Python 3.11 or newer is needed; 'python3' is $(python3 --version 2>&1 || true)." \
        "Name another one with PYTHON=..." >&2
    return 1
}

make_venv() {
    local base
    base=$(find_python)
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null; then
        if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
            echo "setup: installing python3-venv"
            apt-get update -qq
            apt-get install -qq -y python3-venv >/dev/null
        else
            echo "setup: $base lacks the module venv; install it (Debian: apt-get install python3-venv)" >&2
            return 1
        fi
    fi
    echo "setup: making .venv with $("$base" --version)"
    "$base" -m venv .venv
}

install_locked() { # FILE...
    # The lists are complete, so nothing is resolved: what is not in them is not installed.
    "$python" -m pip install -qq --disable-pip-version-check --require-hashes --no-deps "${@/#/--requirement=}"
}

install_packages() {
    echo "setup: installing the locked packages"
    install_locked requirements/build.txt
    "$python" -m uv pip install --quiet --compile-bytecode --python "$python" \
        --require-hashes --no-deps -r "$lock" || {
        echo "setup: trying again with pip, which may be told of other indexes (a few minutes)"
        install_locked "$lock"
    }
}

install_project() {
    "$python" -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --editable .
}

fetch_page_assets() {
    echo "setup: fetching the page assets"
    command -v npm >/dev/null || install_locked requirements/node.txt
    if [[ $purpose == dev ]]; then
        "$python" tools/page_assets.py --dev
    else
        "$python" tools/page_assets.py
    fi
}

step() { # NAME COMMAND FILE...: run the command unless it is done
    if ! is_done "$1" "${@:3}"; then
        "$2"
        mark_done "$1" "${@:3}"
    fi
}

[[ $purpose =~ ^(dev|run|cluster)$ ]] || { echo "setup: '$purpose' is not dev, run or cluster" >&2; exit 2; }
"$python" -c '' 2>/dev/null || { rm -rf .venv && make_venv; }
[[ -d src/coverage/commune_coverage/site/assets ]] || rm -f $stamps/page_assets-*
step "packages-$purpose" install_packages "$lock" requirements/build.txt
step "page_assets-$purpose" fetch_page_assets package-lock.json tools/page_assets.py
step project install_project pyproject.toml hatch_build.py
