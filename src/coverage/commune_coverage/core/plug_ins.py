"""What other installed packages add to this one by entry points, and which versions of them are installed."""

from __future__ import annotations

import hashlib
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from commune_coverage.core.errors import PlugInError

INDICATORS = "commune_coverage.indicators"
LAYERS = "commune_coverage.layers"
PAGES = "commune_coverage.pages"
PROPAGATION_MODELS = "commune_coverage.propagation_models"
THEMES = "commune_coverage.themes"
GROUPS = (INDICATORS, LAYERS, PAGES, PROPAGATION_MODELS, THEMES)


def plug_ins_of(group: str) -> list[EntryPoint]:
    """The entry points of a group by name, without importing any."""
    return sorted(entry_points(group=group), key=lambda point: (point.name, point.value))


def load_plug_ins(group: str) -> list[Any]:
    """The objects that installed packages name in an entry-point group, in the order of their names.

    Raises PlugInError when one cannot be imported.
    """
    return [_loaded(point) for point in plug_ins_of(group)]


def distribution_of(point: EntryPoint) -> str:
    """Name and version of the distribution that an entry point comes from: 'my-indicators 1.2'."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "unknown distribution"


def plug_in_versions() -> dict[str, str]:
    """What stands behind each plug-in, as part of what a run is made of.

    Returns
    -------
    dict of str to str
        ``<group>.<name>`` to distribution, version and a digest of the package's source files.
    """
    points = entry_points()
    return {
        f"{group}.{point.name}": f"{distribution_of(point)} {_source_digest(point)}"
        for group in GROUPS
        for point in sorted(points.select(group=group), key=lambda point: (point.name, point.value))
    }


def _source_digest(point: EntryPoint) -> str:
    """First 16 hexadecimal digits of SHA-256 over the Python files of the top-level package or module."""
    spec = find_spec(point.module.partition(".")[0])
    if spec is None or spec.origin is None:
        return ""
    origin, digest = Path(spec.origin), hashlib.sha256()
    folder = origin.parent if spec.submodule_search_locations else None
    for path in sorted(folder.rglob("*.py")) if folder else [origin]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise PlugInError(
            f"'{point.value}', of '{point.name}' in {point.group}, cannot be imported ({error}); mend or uninstall it"
        ) from error
