"""The files of a release that others take, each with its media type, size and checksum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from commune_coverage.publish.open_data.data_package import DATA_PACKAGE
from commune_coverage.publish.open_data.table_files import sentence_of
from commune_coverage.readers.safety.files import sha256

GEOTIFF = "image/tiff; application=geotiff; profile=cloud-optimized"
_MEDIA = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".gpkg": "application/geopackage+sqlite3",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".qgs": "application/xml",
    ".tif": GEOTIFF,
}
_FOLDERS = (".", "points", "hxl", "rasters", "hexagons")


class Asset(NamedTuple):
    """A file of a release.

    Attributes
    ----------
    path : Path
        Where it is.
    name : str
        Its path within the release.
    media_type, title : str
        What it is.
    is_data : bool
        Whether it holds data, or says what data are.
    """

    path: Path
    name: str
    media_type: str
    title: str
    is_data: bool

    @property
    def key(self) -> str:
        """Its name among the assets: letters, figures, marks without a slash."""
        return self.name.replace("/", "-")

    @property
    def bytes(self) -> int:
        """Its size."""
        return self.path.stat().st_size

    @property
    def sha256(self) -> str:
        """Its checksum, hexadecimal."""
        return sha256(self.path)


def assets_in(folder: Path) -> list[Asset]:
    """List the files of an edition that others take.

    Parameters
    ----------
    folder : Path
        Of the edition; its report, its manifest and what the stages left are not among them.

    Returns
    -------
    list of Asset
        In the order of their names.
    """
    return sorted(_assets(folder), key=lambda asset: asset.name)


def _assets(folder: Path) -> Iterator[Asset]:
    for inner in _FOLDERS:
        for path in (folder / inner).glob("*"):
            if path.suffix in _MEDIA:
                is_words = path.stem.endswith("_dictionary")
                yield Asset(path, path.relative_to(folder).as_posix(), _MEDIA[path.suffix], _title(path), not is_words)
    package = folder / DATA_PACKAGE
    if package.is_file():
        yield Asset(package, package.name, "application/json", "Types, units and meaning of all tables", False)


def _title(path: Path) -> str:
    if path.stem.endswith("_dictionary"):
        return "What columns are: " + path.stem.removesuffix("_dictionary").replace("_", " ")
    return sentence_of(path.stem) or path.stem.replace("_", " ").capitalize()
