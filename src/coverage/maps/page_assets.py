"""The files that pages load, all local: those set-up installs and the project's own scripts and styles."""

from __future__ import annotations

import shutil
from pathlib import Path

from coverage.errors import CoverageError

INSTALLED_FILES = (
    "leaflet/LICENSE",
    "leaflet/leaflet.js",
    "leaflet/leaflet.css",
    "leaflet/images/layers.png",
    "leaflet/images/layers-2x.png",
    "leaflet/images/marker-icon.png",
    "fonts/LICENSE-noto-sans",
    "fonts/LICENSE-noto-sans-khmer",
    "fonts/noto-sans-khmer-khmer-400-normal.woff2",
    "fonts/noto-sans-khmer-khmer-700-normal.woff2",
    "fonts/noto-sans-latin-400-normal.woff2",
    "fonts/noto-sans-latin-700-normal.woff2",
    "fonts/noto-sans-latin-ext-400-normal.woff2",
    "fonts/noto-sans-latin-ext-700-normal.woff2",
)
OWN_STYLES = ("base.css", "map.css", "overview.css", "changes.css", "print.css")
OWN_SCRIPTS = ("base.js", "address.js", "search.js")
MAP_SCRIPTS = ("detail.js", "labels.js", "map.js")
OVERVIEW_SCRIPTS = ("overview.js",)
CHANGES_SCRIPTS = ("changes.js",)

_HERE = Path(__file__).parent
INSTALLED_FOLDER = _HERE / "assets"
OWN_FOLDER = _HERE / "static"


def copy_assets(target: Path, installed: Path = INSTALLED_FOLDER) -> None:
    """Put every file that pages load below ``target``.

    Raises CoverageError when set-up has not installed them.
    """
    missing = [name for name in INSTALLED_FILES if not (installed / name).is_file()]
    if missing:
        raise CoverageError(
            f"{len(missing)} of the map pages' files are not installed (first: '{missing[0]}'); run 'make setup'"
        )
    for name in INSTALLED_FILES:
        _copy(installed / name, target / name)
    for name in (*OWN_STYLES, *OWN_SCRIPTS, *MAP_SCRIPTS, *OVERVIEW_SCRIPTS, *CHANGES_SCRIPTS):
        _copy(OWN_FOLDER / name, target / "page" / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
