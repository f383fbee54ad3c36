"""Extensions of other packages, found by their entry points; which versions of them are installed."""

from __future__ import annotations

import hashlib
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

INDICATORS = "commune_coverage.indicators"
_LABEL = "plugin:"


def plugins_of(group: str) -> list[EntryPoint]:
    """List the entry points of a group by name, without importing any.

    Parameters
    ----------
    group : str
        Name of the entry-point group.

    Returns
    -------
    list of EntryPoint
    """
    return sorted(entry_points(group=group), key=lambda point: (point.name, point.value))


def distribution_of(point: EntryPoint) -> str:
    """Return name and version of the distribution that an entry point comes from: 'my-indicators 1.2'."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "unknown distribution"


def plugin_versions(group: str) -> dict[str, str]:
    """State what stands behind each name of a group, so that results of other code are not reused.

    Parameters
    ----------
    group : str
        Name of the entry-point group.

    Returns
    -------
    dict of str to str
        ``plugin:<group>.<name>`` to distribution, version and a digest of the package's source files.
    """
    return {
        f"{_LABEL}{group}.{point.name}": f"{distribution_of(point)} {_source_digest(point)}"
        for point in plugins_of(group)
    }


def is_plugin(label: str, group: str = "") -> bool:
    """Whether a label of versions is that of a plug-in, of the group where one is named."""
    return label.startswith(f"{_LABEL}{group}.") if group else label.startswith(_LABEL)


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
