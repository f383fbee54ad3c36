"""The second pass over a tile: its signal table, now that it is known how busy each cell is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_geo, read_table
from commune_coverage.pipeline.stages.radio.artifacts import (
    Busy,
    ChangedPlaces,
    Served,
    SignalFiles,
    nothing_moved,
    read_figures,
    read_left,
    write_figures,
    write_left,
)
from commune_coverage.pipeline.stages.radio.first_pass import TileInputs, interference_of, received_of, tile_inputs
from commune_coverage.pipeline.stages.radio.incremental import differing_loads, previous_busy
from commune_coverage.pipeline.stages.radio.network import link_parameters_for, seen_share
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.fixed_broadband import fixed_speed_mbps
from commune_coverage.radio.incremental import mark_near
from commune_coverage.radio.service.bit_flags import bit_names
from commune_coverage.radio.service.place import place_figures
from commune_coverage.radio.traffic.cell_load import activity_factor

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def figures_of_tile(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write the tile's signal table, and what cells as busy as people make them send."""
    if files.figures(tile).is_file():
        return
    inputs, loads = tile_inputs(files, before, country, tile), read_table(files.loads)
    here, network = inputs.here, inputs.network
    served = read_left(Served, files.servers(tile))
    moved = _moved_in(files.moved(tile), inputs)
    sends, leaves = differing_loads(inputs.before, loads, network.radios.busy_hour.min_activity_factor)
    old = previous_busy(inputs.before, here.channels, tile, len(inputs.people))
    busy = _interference(inputs, served, old, loads, moved.near, sends[here.near])
    asked = np.flatnonzero(
        _moved(served, busy, old, moved, leaves[here.near]) if before else np.ones(len(inputs.people))
    )
    fixed = _fixed_mbps(files, country, tile)
    found = place_figures(
        here.places,
        received_of(inputs, served, busy.total_interference_mw),
        link_parameters_for(files, country, files.loads),
        len(network.operators),
        fixed[here.order],
        asked,
    )
    fields = bit_names(len(network.operators), country.thresholds.high_speed_mbps)
    kept = read_figures(before.figures(tile)) if before else {}
    write_left(files.busy(tile), busy)
    write_figures(files.figures(tile), found, here.order[asked], fields, fixed, kept)


def _moved_in(source: Path, inputs: TileInputs) -> ChangedPlaces:
    """What the first pass says of the tile; it says nothing of a tile that it took as it was."""
    if source.is_file():
        return read_left(ChangedPlaces, source)
    return nothing_moved(len(inputs.here.channels), len(inputs.people), len(inputs.here.places.environment))


def _interference(
    inputs: TileInputs, served: Served, old: Busy, loads: pd.DataFrame, asked: Flags, sends: Flags
) -> Busy:
    here, network = inputs.here, inputs.network
    mark_near(here.places, inputs.corners, here.transmitters, sends, asked)
    sending = activity_factor(loads["busy_share_value"].to_numpy(), network.radios.busy_hour.min_activity_factor)
    load = (sending * seen_share(network.transmitters))[here.near]
    near = old.near_interference_mw.copy()
    busy = interference_of(inputs, served, load, asked, near, np.empty_like(near))
    return Busy(here.channels, near, busy)


def _moved(served: Served, busy: Busy, old: Busy, moved: ChangedPlaces, leaves: Flags) -> Flags:
    """Places of which anything differs from the earlier run."""
    by_server = np.append(leaves, False)[served.server].any(axis=0)
    return np.asarray(moved.places | by_server | (busy.total_interference_mw != old.total_interference_mw).any(axis=0))


def _fixed_mbps(files: SignalFiles, country: Country, tile: int) -> Floats:
    places = read_tile(files.folder, tile, ["x_m", "y_m"])
    if not (country.radio.fixed and files.fibre.is_file()):
        return np.zeros(len(places))
    fibre = read_geo(files.fibre)
    working = fibre.geometry[fibre["is_operational"]].to_numpy()
    return fixed_speed_mbps(places["x_m"].to_numpy(), places["y_m"].to_numpy(), working, country.radio.fixed)
