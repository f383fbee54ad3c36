"""What computes: versions of this code and of the libraries that figures come out of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from commune_coverage import __version__
from commune_coverage.core.errors import EngineError

LIBRARIES = (
    "geopandas",
    "shapely",
    "rasterio",
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "pyarrow",
    "pyogrio",
    "folium",
    "dask",
)
_OWN_SUFFIXES = (".py", ".toml", ".j2", ".css", ".js")
_NOT_CODE = {"assets", "examples"}


def library_versions() -> dict[str, str]:
    """Versions of this code, and of the libraries that figures come out of."""
    return {"commune-coverage": __version__, "code": code_hash()} | {name: version(name) for name in LIBRARIES}


@cache
def code_hash() -> str:
    """Hash the package's own source files, as they are when this process first hashes them: 16 hexadecimal digits."""
    return code_hash_now()


def code_hash_now() -> str:
    """Hash the package's own source files as they are now."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(
        p for p in root.rglob("*") if p.suffix in _OWN_SUFFIXES and _NOT_CODE.isdisjoint(p.relative_to(root).parts)
    ):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def require_same_versions(there: Mapping[str, str]) -> None:
    """Refuse to work with a coordinator of other code or with other libraries: the bytes could be others.

    Raises EngineError that names what differs.
    """
    here = library_versions()
    if differing := [name for name in here if there.get(name) != here[name]]:
        what = ", ".join(f"{name} {here[name]}, not {there.get(name, 'none')}" for name in differing)
        raise EngineError(f"a worker has other versions than the coordinator ({what}); install the same on both")
