"""``python -m commune_coverage``: the command line."""

from __future__ import annotations

from commune_coverage.cli.app import main

if __name__ == "__main__":
    main()
