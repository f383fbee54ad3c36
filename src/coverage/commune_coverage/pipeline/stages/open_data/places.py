"""The stage ``open_places``: what is known of every place, as rasters on the people raster's grid and by cell of H3.

People are sums of the same exact numbers as those of the communes: rasters and cells add up to the commune table, to
the person. No more is held than a tile's places, a window of a raster, and one row for each cell and commune.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
from rasterio.io import DatasetWriter

from commune_coverage.core.files import read_table
from commune_coverage.core.hexagons import cells_at, middles_of, names_of
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.folders import open_places_folder
from commune_coverage.pipeline.stages.people_raster import (
    GDAL_CACHE_MB,
    Band,
    Cells,
    CellsOfGrid,
    open_raster,
    write_cog,
)
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, read_figures
from commune_coverage.pipeline.stages.radio.level_tiles import pairs_of, read_levels
from commune_coverage.pipeline.stages.report import synthetic_layers
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times, times_file
from commune_coverage.population.tables import RasterGrid, has_places, read_grid, read_shares, read_tile, tile_rows
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.publish.exports import write_zstd
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import Column, Table, people
from commune_coverage.schema.published import SYNTHETIC

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

HEXAGONS = Table(
    "people",
    "People by cell of H3 and commune: sums over communes, and over cells, are exact.",
    (
        Column("h3", "text", "Cell of H3, as text."),
        Column("commune_code", "text", "Commune in which they live."),
        Column("lon", "number", "Longitude of the cell's middle.", "degrees", -180, 180),
        Column("lat", "number", "Latitude of the cell's middle.", "degrees", -90, 90),
        people("people", "People."),
        people("no_signal_people", "Those of them without a signal of any technology outdoors."),
        people("no_high_speed_people", "Those of them below the headline speed in the busy hour, of mobile networks."),
        Column(
            "minutes_to_hub_mean", "number", "Mean minutes to a pick-up, dry season, of those who reach one.", "min"
        ),
        SYNTHETIC,
    ),
)
_PEOPLE, _NO_SIGNAL, _NO_SPEED = "people", "no_signal_people", "no_high_speed_people"
_MINUTES = {"pickup_dry": "minutes_to_hub_dry", "pickup_wet": "minutes_to_hub_wet"}


@dataclass(frozen=True)
class PlaceValues:
    """What is known of a tile's places, each read when it is first asked for; nothing where the run has no such thing.

    Attributes
    ----------
    run : Run
        The run.
    tile : int
        Number of the tile.
    first, last : int
        Its rows among all places.
    """

    run: Run
    tile: int
    first: int
    last: int

    @cached_property
    def position(self) -> tuple[Floats, Floats]:
        """Longitude and latitude, (places,) degrees."""
        at = read_tile(self.run.stages_folder, self.tile, ["lon", "lat"])
        return at["lon"].to_numpy(np.float64), at["lat"].to_numpy(np.float64)

    @cached_property
    def shares(self) -> PopulationWeights:
        """Who lives there, by commune."""
        return read_shares(self.run.stages_folder, self.tile)

    @cached_property
    def is_without(self) -> dict[str, Flags]:
        """Places, (places,) bool, without a signal and below the headline speed, as estimated."""
        fast = f"served_{self.run.country.thresholds.high_speed_mbps[0]:g}"
        source = SignalFiles(self.run.stages_folder).figures(self.tile)
        if not source.is_file():
            return {}
        flags = read_figures(source, lambda name: name in ("signal", fast))
        return {_NO_SIGNAL: flags["signal"] & 1 == 0, _NO_SPEED: flags[fast] & 1 == 0}

    @property
    def people(self) -> dict[str, Floats]:
        """People of each place in all communes, and of these those who are without something."""
        count = self.last - self.first
        people_here = np.bincount(self.shares.place, self.shares.people, count).astype(np.float64)
        without = {name: np.where(holds, people_here, 0.0) for name, holds in self.is_without.items()}
        return {_PEOPLE: people_here} | without

    @property
    def signal(self) -> dict[str, Floats]:
        """The strongest level (dBm) and the greatest speed (Mbps) of all operators and technologies; NaN for none."""
        source = SignalFiles(self.run.stages_folder).levels(self.tile)
        if not source.is_file():
            return {}
        best = {name: np.full(self.last - self.first, np.nan) for name in ("received_dbm", "speed_mbps")}
        for pair in pairs_of(source):
            levels = read_levels(source, pair, self.last - self.first)
            for name, values in best.items():
                np.fmax(values, getattr(levels, name), out=values)
        return best

    @cached_property
    def minutes(self) -> dict[str, Floats]:
        """Minutes to a pick-up in both seasons; NaN where none is reached."""
        if not times_file(self.run.stages_folder, "hubs", "drive").is_file():
            return {}
        columns = hub_travel_times(self.run, self.tile, self.first, self.last, ("",))
        known = {title: columns[name].astype(np.float64) for name, title in _MINUTES.items() if name in columns}
        return {title: np.where(np.isfinite(values), values, np.nan) for title, values in known.items()}


def open_places(run: Run, progress: Progress) -> StageResult:
    """Write ``open_places/rasters`` where people come from a raster, and ``open_places/hexagons``.

    Parameters
    ----------
    run : Run
        The run; nothing of its name and its date is written.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
        Without facts.
    """
    exports, grid = run.country.exports, read_grid(run.stages_folder)
    folder = open_places_folder(run)
    if not has_places(run.stages_folder):
        return StageResult()
    if exports.rasters and grid is not None:
        _write_rasters(run, grid, folder / "rasters")
    if exports.hexagons:
        _write_hexagons(run, folder / "hexagons", progress)
    return StageResult()


def _tiles(run: Run) -> Iterator[PlaceValues]:
    for tile, (first, last) in enumerate(tile_rows(run.stages_folder)):
        if last > first:
            yield PlaceValues(run, tile, first, last)


class _Drawing(NamedTuple):
    """A raster: its bands, the type of its values, the values of a tile, and how those of one cell become one."""

    bands: tuple[Band, ...]
    dtype: str
    values: Callable[[PlaceValues], dict[str, Floats]]
    merge: np.ufunc


_DRAWINGS = {
    "people": _Drawing(
        tuple(Band(name, "people") for name in (_PEOPLE, _NO_SIGNAL, _NO_SPEED)),
        "float64",
        lambda tile: tile.people,
        np.add,
    ),
    "signal": _Drawing(
        (Band("received_dbm", "dBm"), Band("speed_mbps", "Mbps")), "float32", lambda tile: tile.signal, np.fmax
    ),
    "minutes": _Drawing(
        tuple(Band(name, "min") for name in _MINUTES.values()), "float32", lambda tile: tile.minutes, np.fmin
    ),
}


def _write_rasters(run: Run, grid: RasterGrid, folder: Path) -> None:
    """Draw aside, in the run's folder: what a killed run leaves there is gone when it is taken up again."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = {SYNTHETIC.name: ", ".join(synthetic_layers(run)) or "none"}
    with TemporaryDirectory(prefix=".rasters-", dir=run.folder) as aside, rasterio.Env(GDAL_CACHEMAX=GDAL_CACHE_MB):
        for name in _drawn(run, grid, Path(aside), labels):
            write_cog(Path(aside) / f"{name}.tif", folder / f"{name}.tif")


def _drawn(run: Run, grid: RasterGrid, aside: Path, labels: dict[str, str]) -> list[str]:
    """Draw every raster of which anything is known; their names."""
    rasters: dict[str, DatasetWriter] = {}
    cells_of = CellsOfGrid(grid)
    with ExitStack() as stack:
        for tile in _tiles(run):
            windows = list(cells_of.windows(*tile.position))
            for name, drawing in _DRAWINGS.items():
                values = drawing.values(tile)
                if values and name not in rasters:
                    bands = [band for band in drawing.bands if band.name in values]
                    rasters[name] = stack.enter_context(open_raster(aside / f"{name}.tif", grid, bands, drawing.dtype))
                    rasters[name].update_tags(**labels)
                for cells in windows if values else ():
                    _put(rasters[name], values, cells, drawing.merge)
    return list(rasters)


def _put(raster: DatasetWriter, values: dict[str, Floats], cells: Cells, merge: np.ufunc) -> None:
    """Merge values into their cells, which hold NaN before; what else the window holds stays."""
    window = raster.read(window=cells.window)
    at = (cells.row, cells.column)
    for band, name in zip(window, raster.descriptions, strict=True):
        if merge is np.add:
            band[at] = np.nan_to_num(band[at])
        merge.at(band, at, values[name][cells.places].astype(band.dtype))
    raster.write(window, window=cells.window)


def _write_hexagons(run: Run, folder: Path, progress: Progress) -> None:
    resolution, count = run.country.exports.hexagon_resolution, len(tile_rows(run.stages_folder))
    parts = []
    for number, tile in enumerate(_tiles(run), 1):
        parts.append(_by_cell(tile, resolution))
        progress(number, count)
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"h3": [], "commune": []})
    sums = table.groupby(["h3", "commune"], sort=True).sum().reset_index()
    write_zstd(folder / f"{HEXAGONS.name}.parquet", _described(run, sums))


def _by_cell(tile: PlaceValues, resolution: int) -> pd.DataFrame:
    """Sums of a tile by cell and commune."""
    shares = tile.shares
    rows = {"h3": cells_at(*tile.position, resolution)[shares.place], "commune": shares.commune}
    rows |= {_PEOPLE: shares.people}
    rows |= {name: np.where(holds[shares.place], shares.people, 0.0) for name, holds in tile.is_without.items()}
    if (minutes := tile.minutes.get("minutes_to_hub_dry")) is not None:
        of_share = minutes[shares.place]
        reached = np.where(np.isnan(of_share), 0.0, shares.people)
        rows |= {"reaching": reached, "minutes": np.nan_to_num(of_share) * reached}
    return pd.DataFrame(rows).groupby(["h3", "commune"], sort=True).sum().reset_index()


def _described(run: Run, sums: pd.DataFrame) -> pd.DataFrame:
    """Sums with names, codes and middles of cells, in the declared order, without what the run does not know."""
    codes = read_table(run.stages_folder / "communes.parquet", ["commune_code"])["commune_code"].to_numpy()
    numbers = sums["h3"].to_numpy(np.int64).tolist()
    lon, lat = middles_of(numbers)
    named = {"h3": names_of(numbers), "commune_code": codes[sums["commune"].to_numpy(np.int64)], "lon": lon, "lat": lat}
    if "minutes" in sums:
        reached = sums["reaching"].where(sums["reaching"] > 0)
        named |= {"minutes_to_hub_mean": sums["minutes"] / reached}
    table = sums.assign(**named, synthetic_layers=", ".join(synthetic_layers(run)))
    return table[[name for name in HEXAGONS.names if name in table]]
