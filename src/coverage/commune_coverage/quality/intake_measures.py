"""How much of a layer is usable: shares that are lost, outside, without data or on one point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyproj import CRS, Transformer

from commune_coverage.config.layers import Layer, PeopleLayer, PointsFile, SpeedTestsFile, TowersFile
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.population.tables import has_places, read_places
from commune_coverage.quality.intake import Extent, Measured
from commune_coverage.quality.raster_extent import is_wider_than
from commune_coverage.readers.detection.extent import Extent as CountryExtent
from commune_coverage.readers.detection.grids import fitting_systems
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES
from commune_coverage.readers.layer_spec import ReadResult
from commune_coverage.readers.points.reader import is_osm
from commune_coverage.readers.population.cover import communes_without_data
from commune_coverage.readers.population.reader import format_of as format_of_people
from commune_coverage.readers.towers.cells import is_register

if TYPE_CHECKING:
    from pathlib import Path

    from commune_coverage.readers.boundaries.study_area import StudyArea

# Rows that a setting leaves out, that stand elsewhere too, or that were understood and are of no use, are not lost.
_NOT_LOST = {
    reason.name.lower()
    for reason in (Reason.UNITED, Reason.UNSURE, Reason.DUPLICATE_ROW, Reason.NO_INTERNET, Reason.NOT_OPEN)
}
# Lines, areas and rasters are cut out of what is there of a continent or the world.
_OF_LARGER_AREAS = ("roads", "water", "flood", "fibre", "elevation", "friction", "coverage", "fixed", "gtfs")
# No row is a good answer: nobody challenges a figure.
_MAY_BE_EMPTY = ("challenges",)
# Layers whose files say how many people live where.
_OF_PEOPLE = ("people", "people_groups")
_SAME_PLACE_DECIMALS = 5


@dataclass(frozen=True)
class _Reading:
    name: str
    layer: Layer
    result: ReadResult
    area: StudyArea | None = None
    folder: Path | None = None

    @property
    def logs(self) -> list[RowLog]:
        """The logs of the layer's own files, without those of tables beside them."""
        return [log for log in self.result.row_logs if log.layer == self.name]

    @property
    def files(self) -> list[Layer]:
        """The settings of each of the logs' files."""
        return [self.layer, *self.layer.further_files][: len(self.logs)]

    @property
    def people_are(self) -> str:
        """How people are given: as a raster, points, polygons or a table; '' of any other layer."""
        return format_of_people(self.layer) if isinstance(self.layer, PeopleLayer) else ""

    @property
    def is_grid(self) -> bool:
        """Whether the layer is a raster of which no cell is a row."""
        return self.name not in (*_OF_PEOPLE, "coverage") and _is_raster(self.layer)


def measure_intake(
    name: str, layer: Layer, result: ReadResult, area: StudyArea | None, folder: Path | None = None
) -> list[Measured]:
    """Measure what of a layer is usable.

    Parameters
    ----------
    name : str
        The layer.
    layer : Layer
        Its section of the country file.
    result : ReadResult
        What was read of it.
    area : StudyArea or None
        The communes. Without them nothing is said of where rows lie.
    folder : Path or None
        Where the reader has written its artifacts: the places of people among them.

    Returns
    -------
    list of Measured
        One for each check that the layer can be held to.
    """
    reading = _Reading(name, layer, result, area, folder)
    return [measured for measure in _MEASURES for measured in measure(reading)]


def has_nothing(name: str, layer: Layer, result: ReadResult) -> bool:
    """Tell whether nothing of a layer can be used, so that no figure can come of it.

    Parameters
    ----------
    name : str
        The layer.
    layer : Layer
        Its section of the country file.
    result : ReadResult
        What was read of it.

    Returns
    -------
    bool
        Whether no row is kept, or nobody counted; never of a raster of which no cell is a row.
    """
    reading = _Reading(name, layer, result)
    if reading.is_grid or not reading.logs:
        return False
    return sum(log.kept for log in reading.logs) == 0 or (name in _OF_PEOPLE and result.facts.get("counted") == 0)


def _lost(reading: _Reading) -> Iterator[Measured]:
    if reading.is_grid or not reading.result.row_logs:
        return
    shares = [_lost_rows(log, reading) for log in reading.result.row_logs]
    facts = reading.result.facts
    if reading.name in _OF_PEOPLE and facts.get("read"):
        share = facts["quarantined"] / facts["read"]
        shares.append((share, f"{facts['quarantined']:,.0f} of {facts['read']:,.0f} people are set aside"))
    if empty := _why_empty(reading):
        shares.append((1.0, empty))
    share, detail = max(shares, key=lambda each: each[0])
    yield Measured("lost_share", share, detail)


def _lost_rows(log: RowLog, reading: _Reading) -> tuple[float, str]:
    rows = log.read - log.filtered
    lost = log.quarantined - sum(row["reason_code"] in _NOT_LOST for row in log.rows)
    bare = min(log.bare, log.kept + log.neighbours + log.out_of_area)
    if rows <= 0 or (reading.people_are == "raster" and _is_one_value(log)):
        return 0.0, ""
    detail = f"{lost:,} of {rows:,} rows of '{log.file}' are set aside"
    detail += f", and {bare:,} hold nothing usable beside what they must" * bool(bare)
    return (lost + bare) / rows, detail


def _is_one_value(log: RowLog) -> bool:
    """Whether all impossible cells of a raster hold the same value: it stands for no data, and nobody is lost."""
    return log.kept > 0 and len({row["detail"] for row in log.rows}) == 1


def _why_empty(reading: _Reading) -> str:
    """Say why none of a layer's rows is left, wherever they lie; '' where there are some."""
    logs = reading.logs
    if reading.name in _MAY_BE_EMPTY or any(log.kept + log.neighbours + log.out_of_area for log in logs):
        return ""
    read, file = sum(log.read for log in logs), logs[0].file if logs else ""
    if not logs or any(log.quarantined for log in logs):
        return f"none of {read:,} rows of '{file}' can be used" if logs else ""
    return f"the filter of [layers.{reading.name}] leaves none of {read:,} rows" if read else f"'{file}' holds no row"


def _outside(reading: _Reading) -> Iterator[Measured]:
    if reading.area is None or reading.is_grid:
        return
    logs, facts = reading.logs, reading.result.facts
    if reading.name in _OF_PEOPLE and facts.get("read"):
        yield _people_outside(reading)
    if reading.name in _OF_PEOPLE and _is_raster(reading.layer):
        return
    for log, file in zip(logs, reading.files, strict=False):
        rows, outside = log.kept + log.neighbours + log.out_of_area, log.out_of_area
        if rows:
            outside += 0 if log.kept else log.neighbours
            detail = f"{outside:,} of {rows:,} rows of '{log.file}' lie outside the country"
            extent = _extent_of(reading.name, file)
            other = _other_system(log, file, reading.area) if extent == "nation" and 2 * outside > rows else ""
            if other:
                detail, extent = f"{detail}; by {other} most of these would lie in it", "country"
            yield Measured("outside_share", outside / rows, detail, rows, log.kept, extent)


def _other_system(log: RowLog, file: Layer, area: StudyArea) -> str:
    """The reference system in which most rows that lie outside would lie in the country; '' for none, or degrees.

    Rows inside show nothing then: a country wider than its zone keeps hundreds of rows in the wrong one.
    """
    if file.crs is None or not log.outside_sample or CRS.from_user_input(file.crs).is_geographic:
        return ""
    lon, lat = np.array(log.outside_sample).T
    x, y = Transformer.from_crs("EPSG:4326", file.crs, always_xy=True).transform(lon, lat)
    country = CountryExtent(area.bounds, area.communes.geometry.to_numpy())
    systems = fitting_systems(x, y, country.bounds, country.share, in_order=True)
    return f"{systems[0].crs} ({systems[0].name})" if systems else ""


def _people_outside(reading: _Reading) -> Measured:
    facts, layer = reading.result.facts, reading.layer
    detail = f"{facts['outside']:,.0f} of {facts['read']:,.0f} people lie outside the communes"
    is_extract = layer.source is not None
    if reading.area is not None and _is_raster(layer):
        is_extract = is_extract or is_wider_than(layer, reading.area)
    inside = sum(log.kept for log in reading.logs)
    extent: Extent = "larger" if is_extract else "country"
    return Measured("outside_share", facts["outside"] / facts["read"], detail, 0, inside, extent)


def _extent_of(name: str, file: Layer) -> Extent:
    """What a file may cover: a larger area where it is fetched, a crowd's, of OpenStreetMap, or so by nature."""
    if file.source is not None or name in _OF_LARGER_AREAS:
        return "larger"
    if isinstance(file, TowersFile):
        return "country" if file.complete else "nation" if is_register(file) else "larger"
    if isinstance(file, PointsFile):
        return "larger" if is_osm(file) or file.format == "overture" else "nation"
    if isinstance(file, SpeedTestsFile):
        return "nation" if file.format == "drive" else "larger"
    return "country"


def _no_data(reading: _Reading) -> Iterator[Measured]:
    if reading.area is None:
        return
    communes, file = len(reading.area.communes), reading.layer.path.name
    if reading.is_grid:
        numbers = np.zeros(communes) if reading.name in _FULL_GRIDS else np.ones(communes)
        bare = len(communes_without_data(reading.layer, reading.area, numbers))
        yield Measured("no_data_share", bare / communes, f"'{file}' has no data for {bare:,} of {communes:,} communes")
    elif reading.name == "people" and "people_sums" in reading.result.sums:
        yield _without_people(reading, communes)


# Where it is dry a raster of water may hold no value: only its frame counts.
_FULL_GRIDS = ("elevation", "friction")
_LISTED = 5


def _without_people(reading: _Reading, communes: int) -> Measured:
    """Communes in which nobody is counted; of a raster that counts anybody those of which it says nothing."""
    people, unknown = reading.result.sums["people_sums"]["people"], reading.result.facts.get("communes_without_data")
    if unknown is not None and people.any():
        listed = ", ".join(unknown[:_LISTED]) + (", …" if len(unknown) > _LISTED else "")
        detail = f"{len(unknown):,} of {communes:,} communes have no people data and count nobody ({listed})"
        return Measured("no_data_share", len(unknown) / communes, detail)
    bare = int((people == 0).sum())
    check = "no_data_share" if reading.people_are in ("raster", "table") else "no_point_share"
    return Measured(check, bare / communes, f"{bare:,} of {communes:,} communes have no people")


def _one_point(reading: _Reading) -> Iterator[Measured]:
    places = _places_of(reading)
    if places is not None and len(places):
        rows = places.round(_SAME_PLACE_DECIMALS).value_counts()
        (lon, lat), most = rows.index[0], int(rows.iloc[0])
        detail = f"{most:,} of {len(places):,} rows stand on one position (lon {lon:g}, lat {lat:g})"
        yield Measured("one_point_share", most / len(places), detail, len(places))


def _places_of(reading: _Reading) -> pd.DataFrame | None:
    if reading.name == "people":
        folder = reading.folder if reading.people_are == "points" else None
        return read_places(folder, ["lon", "lat"]) if folder is not None and has_places(folder) else None
    return _places(reading.result.table) if reading.result.tables and reading.name != "communes" else None


def _places(table: pd.DataFrame) -> pd.DataFrame | None:
    """Longitude and latitude of the rows of a table, degrees; None where it has lines, areas or codes."""
    if {"lon", "lat"} <= set(table.columns):
        return table[["lon", "lat"]].astype(float)
    if "geometry" not in table or table.crs is None or not (table.geom_type == "Point").all():
        return None
    points = table.geometry.to_crs("EPSG:4326")
    return points.get_coordinates().set_axis(["lon", "lat"], axis="columns")


def _is_raster(layer: Layer) -> bool:
    is_named = layer.format is None and layer.path.suffix.lower() in RASTER_SUFFIXES
    return layer.format == "raster" or is_named


_MEASURES: tuple[Callable[[_Reading], Iterator[Measured]], ...] = (_lost, _outside, _no_data, _one_point)
