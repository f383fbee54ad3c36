"""The signal stage: who serves whom, how many each cell then serves, and what is left for each place.

Two passes over the tiles of places. The first finds every place's best server and counts each transmitter's users; the
second knows how busy each cell is, and what speed that leaves.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

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
from coverage.steps.signal_before import MOST_CHANGED, before_of
from coverage.steps.signal_figures import figures_of_tile
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_notes import stated
from coverage.steps.signal_same import take_same_figures, take_same_servers
from coverage.steps.signal_servers import serve_tile
from coverage.steps.signal_state import users_by_site, users_in
from coverage.steps.signal_tiles import network_for
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
    before, way = _followed(run, files)
    network = network_for(files, run.country)
    then = before_of(before, network)

    def each(work: Callable[..., None], asked: list[int], writes: Callable[[int], list[Path]]) -> None:
        for _ in range(len(tiles) - len(asked)):
            advance()
        reads, size = partial(files.read_for, run.country, before), places_of(run.stages_folder)
        function = partial(work, files, before, run.country)
        map_items(function, asked, run.engine, advance, reads=reads, writes=writes, size=size)

    to_serve = take_same_servers(files, then, network, tiles)
    each(serve_tile, to_serve, files.served)
    _write_loads(files, tiles, radios)
    each(figures_of_tile, take_same_figures(files, then, network, tiles, to_serve), files.drawn)
    shutil.rmtree(files.moved_folder, ignore_errors=True)
    notes = stated(run.country, radios, shifts)
    notes.way = way
    return notes


def _followed(run: Run, files: SignalFiles) -> tuple[SignalFiles | None, str]:
    """The earlier night to go on from, if any, and what is said of it."""
    if run.before is None:
        return None, "from scratch: no earlier night of the same places, settings and code"
    before = SignalFiles(run.before)
    for table in ("channels", "calibration"):
        if getattr(before, table).read_bytes() != getattr(files, table).read_bytes():
            return None, f"from scratch: other {table} than the night before"
    changed = before_of(before, network_for(files, run.country)).changed_share
    if changed > MOST_CHANGED:
        return None, f"from scratch: {changed:.0%} of the transmitters came or went"
    return before, f"from the night before: {changed:.2%} of the transmitters came or went"


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
    """Users of each transmitter, for what share of the time they keep it busy, and users by tile, site and square."""
    transmitters = read_table(files.transmitters)
    users, work = np.zeros(len(transmitters)), np.zeros(len(transmitters))
    keys, sites = (transmitters[name].to_numpy(np.int64) for name in ("key", "site"))
    for tile in tiles:
        found = users_in(files.servers(tile), keys)
        write_table(files.users(tile), users_by_site(found, sites))
        users += np.bincount(found.near, found.people, len(users))
        work += np.bincount(found.near, found.work, len(work))
    busy, sectors = radios.busy_hour, transmitters["sectors"].to_numpy()
    columns = {"people": users}
    for name in ("value", "low", "high"):
        asked = getattr(busy.adoption_share, name) * getattr(busy.demand_mbps, name)
        columns[f"busy_share_{name}"] = work * asked / sectors
    write_table(files.loads, pd.DataFrame(columns))
