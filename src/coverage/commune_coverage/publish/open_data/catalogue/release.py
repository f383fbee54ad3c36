"""A release as catalogues describe it, and the earlier ones that can still be had."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import shapely

from commune_coverage.core.files import read_geo
from commune_coverage.core.longitudes import bounds_of_shapes
from commune_coverage.publish.open_data.about import About
from commune_coverage.publish.open_data.catalogue.assets import Asset, assets_in
from commune_coverage.publish.open_data.table_files import COMMUNES

_TURN, _HALF_TURN = 360.0, 180.0
_DIGITS = 6


class Earlier(NamedTuple):
    """A release that was shown before: the name and the date of its run."""

    run_id: str
    run_date: str


@dataclass(frozen=True)
class Release:
    """A release of an edition.

    Attributes
    ----------
    run_id, run_date : str
        Name and date of its run.
    publication : About
        What it says of itself.
    bounds_deg : tuple of float
        West, south, east and north, WGS 84; west is greater than east across 180 degrees.
    assets : list of Asset
        Its files.
    address : str
        Where releases are served, each in a folder of its run's name; '' where that is not known.
    earlier : tuple of Earlier
        Releases that are served there too, oldest first.
    """

    run_id: str
    run_date: str
    publication: About
    bounds_deg: tuple[float, float, float, float]
    assets: list[Asset]
    address: str
    earlier: tuple[Earlier, ...]

    @property
    def code(self) -> str:
        """The name of the series of releases."""
        return f"commune-coverage-{self.publication.code.lower()}"

    @property
    def outline(self) -> shapely.Geometry:
        """The bounds as a shape, WGS 84; in two parts across 180 degrees."""
        west, south, east, north = self.bounds_deg
        if west <= east:
            return shapely.box(west, south, east, north)
        parts = [shapely.box(west, south, _HALF_TURN, north), shapely.box(-_HALF_TURN, south, east, north)]
        return shapely.MultiPolygon(parts)

    @property
    def at(self) -> str:
        """The address of this release, with a slash at its end; '' where it is not known."""
        return address_of(self.address, self.run_id)


def address_of(address: str, run_id: str) -> str:
    """Where a release is served; '' where that is not known."""
    return f"{address.rstrip('/')}/{run_id}/" if address else ""


def release_of(
    folder: Path, run: Earlier, publication: About, address: str = "", earlier: tuple[Earlier, ...] = ()
) -> Release:
    """Describe the release whose tables are in a folder.

    Parameters
    ----------
    folder : Path
        Of the edition: nothing else is read.
    run : Earlier
        Name and date of its run.
    publication : About
        What is said of it.
    address : str
        Where releases are served.
    earlier : tuple of Earlier
        Releases that can still be had.

    Returns
    -------
    Release
    """
    west, south, east, north = bounds_of_shapes(read_geo(folder / f"{COMMUNES}.parquet").to_crs("EPSG:4326").geometry)
    ends = east - _TURN if east > _HALF_TURN else east
    bounds = (round(west, _DIGITS), round(south, _DIGITS), round(ends, _DIGITS), round(north, _DIGITS))
    return Release(*run, publication, bounds, assets_in(folder), address, earlier)
