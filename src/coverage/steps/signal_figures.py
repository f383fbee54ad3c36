"""The second pass over a tile: its signal table, now that it is known how busy each cell is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.country import Country
from coverage.signal.figures import place_figures
from coverage.signal.fixed import fixed_speed_mbps
from coverage.signal.interference import all_interference, near_interference
from coverage.signal.load import sending_share
from coverage.signal.place_fields import field_names
from coverage.steps.signal_before import differing_loads
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_network import far_mw, seen_share
from coverage.steps.signal_servers import Scene, moved_at_edge, near_blocks, read_served, received_of, scene_of
from coverage.steps.signal_state import Busy, Served, write_left
from coverage.steps.signal_table import read_figures, write_figures
from coverage.steps.signal_tiles import terms_for
from coverage.store import read_geo, read_table, read_tile

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def figures_of_tile(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write the tile's signal table, and what cells as busy as people make them send."""
    if files.figures(tile).is_file():
        return
    scene, served, loads = scene_of(files, before, country, tile), read_served(files, tile), read_table(files.loads)
    sends, leaves = differing_loads(scene.before, loads, scene.network.radios.busy_hour.idle_share)
    near = scene.here.near
    busy = _interference(scene, served, loads, sends[near])
    asked = np.flatnonzero(_moved(scene, served, busy, leaves[near]) if before else np.ones(len(scene.people), bool))
    fixed, order = _fixed_mbps(files, country, tile), scene.here.order
    found = place_figures(
        scene.here.places, received_of(served, busy.all_mw), terms_for(files, country, files.loads),
        len(scene.network.operators), fixed[order], asked,
    )  # fmt: skip
    fields = field_names(len(scene.network.operators), country.thresholds.high_speed_mbps)
    old = read_figures(before.figures(tile)) if before else {}
    write_left(files.busy(tile), busy)
    write_figures(files.figures(tile), found, order[asked], fields, fixed, old)


def _interference(scene: Scene, served: Served, loads: pd.DataFrame, sends: Flags) -> Busy:
    here, network, old = scene.here, scene.network, scene.earlier.busy
    sending = sending_share(loads["busy_share_value"].to_numpy(), network.radios.busy_hour.idle_share)
    near, strongest = old.near_mw.copy(), np.zeros_like(old.near_mw)
    near_interference(
        here.places, scene.corners, here.transmitters, network.gains, here.masts, here.ground, served.server,
        (sending * seen_share(network.transmitters))[here.near],
        far_mw(network.transmitters, network.radios)[here.near], near_blocks(scene, served, sends), near, strongest,
    )  # fmt: skip
    same = network.same_carrier_share(here.channels)
    return Busy(near, all_interference(here.places, scene.corners, served.far_field, near, served.server, same))


def _moved(scene: Scene, served: Served, busy: Busy, leaves: Flags) -> Flags:
    """Places of which anything differs from the earlier night."""
    by_server = np.append(leaves, False)
    otherwise = (busy.all_mw != scene.earlier.busy.all_mw).any(axis=0) | by_server[served.server].any(axis=0)
    return np.asarray(moved_at_edge(scene, served) | otherwise)


def _fixed_mbps(files: SignalFiles, country: Country, tile: int) -> Floats:
    places = read_tile(files.folder, tile, ["x_m", "y_m"])
    if not (country.signal.fixed and files.fibre.is_file()):
        return np.zeros(len(places))
    fibre = read_geo(files.fibre)
    working = fibre.geometry[fibre["is_operational"]].to_numpy()
    return fixed_speed_mbps(places["x_m"].to_numpy(), places["y_m"].to_numpy(), working, country.signal.fixed)
