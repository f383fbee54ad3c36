"""What computes: versions of this code and of the libraries that figures come out of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import files, version
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
# Packages that bring GDAL, PROJ or GEOS along, each its own: rasterio and pyogrio two GDALs in one process.
_WITH_LIBRARIES = ("pyogrio", "pyproj", "rasterio", "shapely")
_BUNDLED = re.compile(r"lib(?:(gdal|proj)-\w+\.so\.\d+|(geos)-\w+\.so)\.(\d+(?:\.\d+)+)")
_OWN_SUFFIXES = (".py", ".toml", ".j2", ".css", ".js")
_NOT_CODE = {"assets", "examples"}


def library_versions() -> dict[str, str]:
    """Versions of this code, and of the libraries that figures come out of."""
    return {"commune-coverage": __version__, "code": code_hash()} | {name: version(name) for name in LIBRARIES}


def bundled_libraries() -> dict[str, dict[str, str]]:
    """Versions of GDAL, PROJ and GEOS by the package that brings them, as names of its files tell without loading it.

    A package that was built for the libraries of the system has none.
    """
    return {package: _bundled_in(package) for package in _WITH_LIBRARIES}


def _bundled_in(package: str) -> dict[str, str]:
    found = (_BUNDLED.fullmatch(file.name) for file in files(package) or ())
    return dict(sorted((match[1] or match[2], match[3]) for match in found if match))


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
