#!/usr/bin/env bash
# Run the quick part of the suite with other versions than the locked ones, each in an environment of its own:
#   test_versions.sh lowest     the lowest that pyproject.toml allows, as requirements/lowest.txt has them
#   test_versions.sh newest     what pip installs today, on every Python from 3.11 that is on the PATH or pyenv's
set -euo pipefail
cd "$(dirname "$0")/.."

uv=.venv/bin/uv
quick=(tests/core tests/indicators tests/pipeline/test_run.py tests/radio/test_best_server.py tests/readers
    tests/travel/test_network.py)

make_environment() { # NAME PYTHON
    [[ -x $1/bin/python ]] || "$uv" venv --quiet --python "$2" "$1"
}

install() { # NAME WHAT...
    "$uv" pip install --quiet --compile-bytecode --python "$1/bin/python" "${@:2}"
}

run_quick_part() { # NAME
    # What numba compiled for other versions stays where it is.
    env -u VIRTUAL_ENV NUMBA_CACHE_DIR="$PWD/$1/numba" "$1/bin/python" -m pytest -p no:cacheprovider "${quick[@]}"
}

test_lowest() {
    make_environment .venv-lowest .venv/bin/python
    install .venv-lowest --require-hashes --no-deps -r requirements/lowest.txt
    run_quick_part .venv-lowest
}

test_newest() {
    local version python
    while read -r version python; do
        echo "test_versions: the quick part on Python $version"
        make_environment ".venv-$version" "$python"
        install ".venv-$version" --upgrade -r pyproject.toml -r requirements/test.in
        run_quick_part ".venv-$version" </dev/null
    done < <(.venv/bin/python tools/pythons.py)
}

case ${1:?lowest or newest} in
lowest) test_lowest ;;
newest) test_newest ;;
*)
    echo "test_versions: '$1' is not lowest or newest" >&2
    exit 2
    ;;
esac
