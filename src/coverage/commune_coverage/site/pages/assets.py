"""The files that pages load, all local: those set-up installs and the project's own scripts and styles."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from commune_coverage.core.errors import CoverageError, PlugInError

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
OWN_STYLES = ("base.css", "table.css", "map.css", "overview.css", "changes.css", "run.css", "print.css")
# In the order in which pages run them: words and data first, then what reads them.
FIRST_SCRIPTS = ("base.js",)
SHARED_SCRIPTS = (
    "communes.js",
    "address.js",
    "newer.js",
    "place.js",
    "search.js",
    "reasons.js",
    "ranges.js",
    "totals.js",
    "keys.js",
    "detail.js",
    "table_columns.js",
    "table.js",
    "csv.js",
    "trend.js",
)
DRAWING_SCRIPTS = (
    "shapes.js",
    "patterns.js",
    "base_map.js",
    "labels.js",
    "map_communes.js",
    "legend.js",
    "picture_map.js",
    "picture.js",
    "print.js",
)
MAP_SCRIPTS = (*DRAWING_SCRIPTS, "pictures.js", "export.js", "map.js")
CHANGES_SCRIPTS = (*MAP_SCRIPTS, "changes.js")
POINTS_SCRIPTS = (*DRAWING_SCRIPTS, "points_csv.js", "points.js")
COMPARE_SCRIPTS = (*DRAWING_SCRIPTS, "compare.js")
OVERVIEW_SCRIPTS = ("overview.js",)
PLAN_MAP_SCRIPTS = (*DRAWING_SCRIPTS, "plan_place.js", "plan.js")
PLAN_SCRIPTS = ("plan_place.js", "plan_text.js")
COMMUNE_SCRIPTS = ("shapes.js", "commune.js")

_HERE = Path(__file__).parents[1]
INSTALLED_FOLDER = _HERE / "assets"
OWN_FOLDER = _HERE / "static"
_CLONE = _HERE.parents[3]
_REINSTALL = (
    "this installation is not whole, so install it again: pip install --force-reinstall --no-deps commune-coverage"
)


def copy_assets(target: Path, installed: Path = INSTALLED_FOLDER) -> None:
    """Put every file that pages load below ``target``. Raises CoverageError when they are not installed."""
    require_installed_files(installed)
    for name in INSTALLED_FILES:
        _copy(installed / name, target / name)
    for source in sorted(path for path in OWN_FOLDER.rglob("*") if path.is_file()):
        _copy(source, target / "page" / source.name)


def copy_static(folders: Sequence[Path], target: Path) -> None:
    """Put what other packages have in ``static/`` next to the project's own files.

    Raises PlugInError when two files have one name.
    """
    taken = {path.name for path in OWN_FOLDER.rglob("*")}
    for source in sorted(path for folder in folders for path in (folder / "static").glob("*") if path.is_file()):
        if source.name in taken:
            raise PlugInError(f"two files of the pages are called '{source.name}'; rename the one in '{source.parent}'")
        taken.add(source.name)
        _copy(source, target / "page" / source.name)


def require_installed_files(installed: Path = INSTALLED_FOLDER) -> None:
    """Raise CoverageError, with what to do, unless the libraries and fonts of the pages are there."""
    missing = [name for name in INSTALLED_FILES if not (installed / name).is_file()]
    if missing:
        remedy = f"run 'make setup' in '{_CLONE}'" if (_CLONE / "package-lock.json").is_file() else _REINSTALL
        raise CoverageError(
            f"{len(missing)} of the map pages' files are not installed (first: '{missing[0]}'); {remedy}"
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
