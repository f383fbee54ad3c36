"""The signal stage: who serves whom, how many each cell then serves, and what is left for each place.

Two passes over the tiles of places. The first finds every place's best server and counts each transmitter's users; the
second knows how busy each cell is, and what speed that leaves.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.engine import map_items
from coverage.runs import Run
from coverage.signal.radios import Radios
from coverage.signal.transmitters import make_network
from coverage.sources.radios import load_radios
from coverage.sources.terrain import over_ground_m
from coverage.sources.towers import is_complete
from coverage.steps.agreement import calibrate
from coverage.steps.report import StageNotes
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_notes import stated
from coverage.steps.signal_tiles import figures_of_tile, serve_tile
from coverage.store import has_places, places_of, read_json, read_settled, read_table, tile_count, write_table

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]


def signal(run: Run, progress: Progress) -> StageNotes:
    """Write ``signal/<tile>.arrow`` (see ``signal_table``) and ``transmitters/`` with users and load."""
    files = SignalFiles(run.stages_folder)
    if not (has_places(files.folder) and files.cells.is_file()):
        return StageNotes()
    radios = load_radios(run.country.signal.radios)
    tiles = list(range(tile_count(run.stages_folder)))
    done = iter(range(1, 2 * len(tiles) + 1))

    def advance() -> None:
        progress(next(done), 2 * len(tiles))

    if not files.calibration.is_file():
        _write_network(run, files, radios)
    shifts = read_json(files.calibration)
    serve, draw = (partial(work, files, run.country) for work in (serve_tile, figures_of_tile))
    shared: dict[str, Any] = {"reads": partial(files.read_for, run.country), "size": places_of(run.stages_folder)}
    map_items(serve, tiles, run.engine, advance, writes=lambda tile: [files.servers(tile)], **shared)
    if not files.loads.is_file():
        _write_loads(files, tiles, radios)
    map_items(draw, tiles, run.engine, advance, writes=lambda tile: [files.figures(tile)], **shared)
    shutil.rmtree(files.servers_folder, ignore_errors=True)
    return stated(run.country, radios, shifts)


def _write_network(run: Run, files: SignalFiles, radios: Radios) -> None:
    """Transmitters, channels and kinds of the country's serving cells."""
    cells, settings = read_table(files.cells), run.country.signal
    cells = cells[cells["is_home"] & (cells["samples"].fillna(np.inf) >= settings.min_samples)]
    x_m, y_m = cells["x_m"].to_numpy(), cells["y_m"].to_numpy()
    settled = read_settled(files.settled)
    raised = np.full(len(cells), np.nan)
    elevation = run.country.layers.elevation
    if elevation is not None and settings.terrain:
        raised = over_ground_m(elevation, cells["lon"].to_numpy(), cells["lat"].to_numpy())
    layer = run.country.layers.towers
    is_register = layer is not None and is_complete(layer)
    network = make_network(cells, settled.at(x_m, y_m), raised, is_register, radios)
    write_table(files.channels, network.channels)
    write_table(files.kinds, network.kinds)
    write_table(files.transmitters, network.transmitters)
    calibrate(files, run.country, settled)


def _write_loads(files: SignalFiles, tiles: list[int], radios: Radios) -> None:
    """Users of each transmitter, summed over tiles in their order, and for what share of the time they keep it busy."""
    transmitters = read_table(files.transmitters)
    users, work = np.zeros(len(transmitters)), np.zeros(len(transmitters))
    for tile in tiles if len(transmitters) else ():
        with np.load(files.servers(tile)) as kept:
            np.add.at(users, kept["near"], kept["users"])
            np.add.at(work, kept["near"], kept["work"])
    busy, sectors = radios.busy_hour, transmitters["sectors"].to_numpy()
    columns = {"people": users}
    for name in ("value", "low", "high"):
        asked = getattr(busy.adoption_share, name) * getattr(busy.demand_mbps, name)
        columns[f"busy_share_{name}"] = work * asked / sectors
    write_table(files.loads, pd.DataFrame(columns))
