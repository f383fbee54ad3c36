"""What other installed packages add to this one, by entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from commune_coverage.core.errors import PlugInError

GROUPS = tuple(f"commune_coverage.{kind}" for kind in ("indicators", "layers", "pages", "propagation_models", "themes"))


def load_plug_ins(group: str) -> list[Any]:
    """The objects that installed packages name in an entry-point group, in the order of their names.

    Raises PlugInError when one cannot be imported.
    """
    return [_loaded(point) for point in _points(group)]


def plug_in_versions() -> dict[str, str]:
    """The packages that add something, with their versions: they are part of what a run is made of."""
    points = entry_points()
    packages = [point.dist for group in GROUPS for point in points.select(group=group)]
    return dict(sorted((package.name, package.version) for package in packages if package is not None))


def _points(group: str) -> list[EntryPoint]:
    return sorted(entry_points(group=group), key=lambda point: point.name)


def _loaded(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise PlugInError(
            f"'{point.value}', of '{point.name}' in {point.group}, cannot be imported ({error}); mend or uninstall it"
        ) from error
