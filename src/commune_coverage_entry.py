"""The command's first step: make sure that ``coverage`` is this project's package and not coverage.py's."""

from __future__ import annotations

import importlib
import importlib.util
import sys

SHADOWED = (
    "commune-coverage cannot start: the package 'coverage' at {place} is not its own but another one "
    "(coverage.py has the same name), so install commune-coverage in a virtual environment without that one."
)


def main() -> None:
    """Run the command line; exit with code 2 and one sentence when another package has taken our name."""
    package = importlib.import_module("coverage")
    if importlib.util.find_spec("coverage.stages") is None:
        sys.stderr.write(SHADOWED.format(place=package.__file__) + "\n")
        sys.exit(2)
    importlib.import_module("coverage.cli").main()


if __name__ == "__main__":
    main()
