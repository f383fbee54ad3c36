"""People of whole areas put where somebody lives: on buildings, built-up cells or lights, to the last person.

Each area's people are shared in proportion to the weights in it. An area in which the file has nothing, and every area
where no file is given, has its people spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer
from rasterio import Affine

from commune_coverage.config.layers import PeopleLayer, SpreadFile
from commune_coverage.core.quarantine import RowLog
from commune_coverage.engine import map_items
from commune_coverage.population.settlement_sizes import settlement_cells
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import is_spatial, read_table
from commune_coverage.readers.formats.raster import RASTER_SUFFIXES, open_raster, windows
from commune_coverage.readers.layer_spec import ReadContext
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.validation import check_rows, mark_of_positions
from commune_coverage.readers.population.areal_interpolation import interpolate_over_grid
from commune_coverage.readers.population.raster import Inputs, populated_cells
from commune_coverage.schema.inputs import LAT, LON, Column, Table

Floats = npt.NDArray[np.float64]

_WGS84 = "EPSG:4326"
_WEIGHT = Column("weight", "number", "How many live there, to the others: floor area or flats.", "", 0, 1e9)
_BUILDINGS = Table("spread_over", "Where people live.", (LON, LAT, _WEIGHT))
_CELL_M = 100.0
_MOST = 1e9


@dataclass
class Spreading:
    """How people of areas become places.

    Attributes
    ----------
    layer : PeopleLayer
        The people layer, with ``spread_over`` where somebody lives.
    area : StudyArea
        The communes as an area.
    context : ReadContext
        Where files go and work is done.
    logs : list of RowLog
        Rows of the files of buildings that were read.
    """

    layer: PeopleLayer
    area: StudyArea
    context: ReadContext
    logs: list[RowLog] = field(default_factory=list)

    def over(self, pieces: gpd.GeoDataFrame, log: RowLog) -> pd.DataFrame:
        """Put the people of areas on places.

        Parameters
        ----------
        pieces : GeoDataFrame
            Areas in the metric system of the study area, each in one commune, with ``people`` and ``commune``.
        log : RowLog
            Takes the notes; changed in place.

        Returns
        -------
        DataFrame
            (places,) ``x_m``, ``y_m`` (metres), ``people`` and ``commune``; the people of the areas, all of them.

        Raises
        ------
        UnreadableFileError
            When the file that says where people live is damaged.
        MissingCrsError
            When it does not state its reference system.
        """
        pieces = pieces.reset_index(drop=True)
        if self.layer.spread_over is None or not len(pieces):
            return interpolate_over_grid(pieces, self.layer.spread_grid_m)
        weights = self._weights(self.layer.spread_over, pieces)
        total = np.bincount(weights["piece"], weights["weight"], len(pieces))
        people, bare = pieces["people"].to_numpy(np.float64), total <= 0
        share = people[weights["piece"]] * weights["weight"] / total[weights["piece"]]
        commune = pieces["commune"].to_numpy(np.int64)[weights["piece"]]
        places = pd.DataFrame({"x_m": weights["x_m"], "y_m": weights["y_m"], "people": share, "commune": commune})
        log.note(
            f"{people[~bare].sum():,.0f} people are spread over '{self.layer.spread_over.path.name}',"
            f" {people[bare].sum():,.0f} of {int(bare.sum())} areas where it has nothing evenly"
        )
        return pd.concat([places, interpolate_over_grid(pieces[bare], self.layer.spread_grid_m)], ignore_index=True)

    def _weights(self, spread: SpreadFile, pieces: gpd.GeoDataFrame) -> pd.DataFrame:
        """Positions in metres with their ``piece`` and ``weight`` above 0."""
        if spread.path.suffix.lower() in RASTER_SUFFIXES:
            return self._of_raster(spread, pieces)
        return self._of_buildings(spread, pieces)

    def _of_raster(self, spread: SpreadFile, pieces: gpd.GeoDataFrame) -> pd.DataFrame:
        outlines, system = self.context.folder / "areas_of_people.parquet", self.area.system
        lon_lat = [shapely.transform(shape, partial(_degrees, self.area)) for shape in pieces.geometry]
        gpd.GeoDataFrame(geometry=lon_lat, crs=_WGS84).to_parquet(outlines)
        stated = {name: getattr(spread, name) for name in ("path", "layer", "crs", "band", "nodata", "also")}
        inputs = Inputs(PeopleLayer(**stated, implausible_people=_MOST), outlines)
        with open_raster(spread) as source:
            bounds, to_cells = windows(source), ~source.transform
        parts = map_items(
            partial(_cells_of_window, inputs, spread.classes, to_cells), bounds, self.context.engine,
            reads=lambda _: (spread.path, outlines), writes=lambda _: (),
        )  # fmt: skip
        outlines.unlink()
        found = pd.concat(parts, ignore_index=True)
        if spread.settlement_exponent > 1:
            cells = settlement_cells(found["row"].to_numpy(), found["column"].to_numpy())
            found["weight"] *= cells ** (spread.settlement_exponent - 1)
        found = found.drop(columns=["row", "column"])
        found["x_m"], found["y_m"] = system.to_metric(found.pop("lon").to_numpy(), found.pop("lat").to_numpy())
        return found

    def _of_buildings(self, spread: SpreadFile, pieces: gpd.GeoDataFrame) -> pd.DataFrame:
        log = RowLog("people.spread_over", spread.path.name)
        self.logs.append(log)
        raw = pick_columns(read_table(spread, log), _BUILDINGS, spread)
        hints, written = hints_of(spread, self.area.bounds), mark_of_positions(raw, spread.number_format)
        rows = locate_rows(raw, None if is_spatial(spread) else spread.crs, written, log, hints)
        rows = check_rows(rows, _BUILDINGS, log, written).reset_index(drop=True)
        weight = rows["weight"].fillna(1.0).to_numpy() if "weight" in rows else np.ones(len(rows))
        x_m, y_m = self.area.to_metric(rows["lon"], rows["lat"])
        row, piece = shapely.STRtree(pieces.geometry.to_numpy()).query(shapely.points(x_m, y_m), predicate="intersects")
        first = np.unique(row, return_index=True)[1]
        row, piece = row[first], piece[first]
        log.kept, log.out_of_area = len(row), len(rows) - len(row)
        cells = pd.DataFrame({"piece": piece, "weight": weight[row], "x_m": x_m[row], "y_m": y_m[row]})
        cells = cells[cells["weight"] > 0]
        squares = [(cells[axis] // _CELL_M).rename(f"{axis}_of_cell") for axis in ("y_m", "x_m")]
        joined = cells.groupby(["piece", *squares], sort=True).agg({"weight": "sum", "x_m": "mean", "y_m": "mean"})
        return joined.reset_index()[["piece", "weight", "x_m", "y_m"]]


def _degrees(area: StudyArea, xy: Floats) -> Floats:
    return np.column_stack(area.system.to_degrees(xy[:, 0], xy[:, 1]))


def _cells_of_window(
    inputs: Inputs, classes: dict[str, float], to_cells: Affine, bounds: tuple[int, int, int, int]
) -> pd.DataFrame:
    """Cells of a window that weigh something, one row for each area that they have a part in."""
    cells, _, crs = populated_cells(inputs, bounds)
    weight = cells.people
    if classes:
        by_value = {float(value): weight for value, weight in classes.items()}
        weight = np.array([by_value.get(value, 0.0) for value in weight.tolist()])
    lon, lat = Transformer.from_crs(crs, _WGS84, always_xy=True).transform(cells.x, cells.y)
    rows = pd.DataFrame({"piece": cells.commune, "weight": weight[cells.place] * cells.fraction})
    for name, axis in zip(("column", "row"), to_cells @ (cells.x, cells.y), strict=True):
        rows[name] = np.floor(axis).astype(np.int64)[cells.place]
    rows["lon"], rows["lat"] = np.asarray(lon)[cells.place], np.asarray(lat)[cells.place]
    return rows[rows["weight"] > 0]


def how_spread(layer: PeopleLayer, within: str) -> str:
    """Say in words where people of an area are put.

    Parameters
    ----------
    layer : PeopleLayer
        The people layer.
    within : str
        What the areas are, such as 'their commune'.

    Returns
    -------
    str
        For the list of assumptions.
    """
    if layer.spread_over is None:
        return f"where they live is not known: they are spread evenly over {within}"
    return f"are spread over '{layer.spread_over.path.name}' within {within}"
