"""What draws are made of: a sample of places, the cells that there are or may be, and the power of each at each place.

It is written into a work folder, where those who draw find it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.array_archives import read_fields, record_fields, write_fields
from commune_coverage.core.files import link_file, read_table, write_table
from commune_coverage.engine import map_items
from commune_coverage.ensemble.compact import joined_paths, paths_of
from commune_coverage.ensemble.networks import with_possible
from commune_coverage.ensemble.placement import possible_positions
from commune_coverage.ensemble.reception import Paths
from commune_coverage.ensemble.sample import sample_places
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, carrier_offsets_db, read_figures
from commune_coverage.pipeline.stages.radio.network import network_for, surface_of
from commune_coverage.pipeline.stages.radio.serving_network import serving_cells, write_network
from commune_coverage.population.tables import read_shares, read_tile, tile_count
from commune_coverage.runs.run import Run

_POSITIONS_FOR_EACH, _MIN_POSITIONS, _APART_M = 3, 50, 1_000.0
"""Positions where masts may stand: how many for each site of the largest operator, and how far apart."""
_NO_STATION = -1
_LINKED = ("scale", "urbanisation_grid", "calibration", "carrier_corrections", "level_offsets")


class EnsembleFiles(NamedTuple):
    """Paths of what draws are made of, in their work folder."""

    folder: Path

    @property
    def network(self) -> SignalFiles:
        """Tables of the network of all cells that there are or may be."""
        return SignalFiles(self.folder)

    @property
    def cells(self) -> Path:
        """Cells that there are or may be."""
        return self.folder / "possible_cells.parquet"

    @property
    def sample(self) -> Path:
        """Places that stand for all."""
        return self.folder / "sample.parquet"

    @property
    def positions(self) -> Path:
        """New positions where masts may stand."""
        return self.folder / "positions.parquet"

    @property
    def paths(self) -> Path:
        """Power of the transmitters at the places of the sample."""
        return self.folder / "paths.npz"

    def read_paths(self) -> Paths:
        return Paths(**record_fields(read_fields(self.paths), "paths", Paths))


def prepare(run: Run, files: EnsembleFiles, has_missing: bool) -> None:
    """Write the sample, the network with the cells that may be missing, and the power of each at each place."""
    of_run, settings = SignalFiles(run.stages_folder), run.country.ensemble
    sample = _sample(of_run, settings.places_per_commune, settings.seed)
    cells = listed_cells(of_run, run.country)
    positions = _positions(sample, cells, settings.seed) if has_missing else sample.iloc[:0]
    if has_missing:
        cells = with_possible(cells, positions)
        cells["station"] = cells["station"].fillna(_NO_STATION).astype(np.int64)
    write_table(files.sample, sample)
    write_table(files.positions, positions)
    write_table(files.cells, cells)
    write_network(cells, of_run, files.network, run.country)
    for name in _LINKED:
        source: Path = getattr(of_run, name)
        if source.is_file():
            link_file(source, getattr(files.network, name))
    _write_paths(run, files, sample)


def listed_cells(of_run: SignalFiles, country: Country) -> pd.DataFrame:
    """The cells that serve the country, with whether each stands in it."""
    is_inside = read_table(of_run.folder / "cell_communes.parquet")["is_inside"]
    return serving_cells(of_run, country).assign(is_inside=is_inside).reset_index(drop=True)


def _sample(of_run: SignalFiles, per_commune: int, seed: int) -> pd.DataFrame:
    """Places that stand for all, with where they are and what fixed line they have."""
    parts = []
    for tile in range(tile_count(of_run.folder)):
        shares, places = read_shares(of_run.folder, tile), read_tile(of_run.folder, tile, ["x_m", "y_m"])
        of_place = {"x_m": places["x_m"].to_numpy()[shares.place], "y_m": places["y_m"].to_numpy()[shares.place]}
        counted = {"commune": shares.commune.astype(np.int64), "people": np.asarray(shares.people)}
        parts.append(pd.DataFrame(of_place | counted | {"tile": tile, "place": np.asarray(shares.place)}))
    sample = sample_places(pd.concat(parts, ignore_index=True), per_commune, seed)
    details = [_details(of_run, int(str(tile)), own) for tile, own in sample.groupby("tile", sort=True)]
    return sample.join(pd.concat(details)) if details else sample


def _details(of_run: SignalFiles, tile: int, own: pd.DataFrame) -> pd.DataFrame:
    places = read_tile(of_run.folder, tile, ["lon", "lat", "environment"])
    fixed_mbps = read_figures(of_run.figures(tile), lambda name: name == "fixed_mbps")["fixed_mbps"]
    rows = own["place"].to_numpy()
    columns = {name: places[name].to_numpy()[rows] for name in places.columns}
    return pd.DataFrame(columns | {"fixed_mbps": fixed_mbps[rows].astype(np.float64)}, index=own.index)


def _positions(sample: pd.DataFrame, cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    largest = int(cells.groupby("operator")["site"].nunique().max())
    return possible_positions(sample, max(_POSITIONS_FOR_EACH * largest, _MIN_POSITIONS), _APART_M, seed)


def _write_paths(run: Run, files: EnsembleFiles, sample: pd.DataFrame) -> None:
    """Find the paths tile by tile, where distances are true and the ground about them is held."""
    tiles = sorted(sample["tile"].unique().tolist())
    reads = partial(_reads, files, run.country)
    found = map_items(partial(_paths_of_tile, files, run.country), tiles, run.engine, reads=reads)
    write_fields(files.paths, paths=joined_paths(found))


def _reads(files: EnsembleFiles, country: Country, _: int) -> Iterable[Path]:
    elevation, radios = country.layers.elevation, country.radio.radios
    return [files.folder, *([elevation.path] if elevation else []), *([radios] if radios else [])]


def _paths_of_tile(files: EnsembleFiles, country: Country, tile: int) -> tuple[npt.NDArray[np.int64], Paths]:
    """Rows of the tile's places in the sample, and their paths with the offsets of their carriers."""
    network, sample = network_for(files.network, country), read_table(files.sample)
    rows = np.flatnonzero(sample["tile"] == tile)
    places = sample.iloc[rows]
    paths = paths_of(places, network, surface_of(places, network.radios, country))
    ratio = 10 ** (carrier_offsets_db(files.network, network.carriers) / 10)
    of_path = np.repeat(ratio[network.transmitters["carrier"].to_numpy(np.int64)], np.diff(paths.start))
    return rows, paths._replace(power_mw=(paths.power_mw * of_path).astype(np.float32))
