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
    carrier_offsets_db,
    has_other_offsets,
    nothing_changed,
    read_figures,
    read_left,
    write_figures,
    write_left,
)
from commune_coverage.pipeline.stages.radio.first_pass import (
    Sending,
    TileInputs,
    interference_of,
    service_inputs,
    tile_inputs,
)
from commune_coverage.pipeline.stages.radio.incremental import differing_loads, other_distant_shares, previous_busy
from commune_coverage.pipeline.stages.radio.level_tiles import write_levels
from commune_coverage.pipeline.stages.radio.network import link_parameters_for
from commune_coverage.population.tables import read_tile
from commune_coverage.radio.fixed_broadband import fixed_speed_mbps
from commune_coverage.radio.incremental import mark_near
from commune_coverage.radio.interference.kernel import NearInterference
from commune_coverage.radio.network_model import sector_share
from commune_coverage.radio.service.bit_flags import bit_names
from commune_coverage.radio.service.cell_load import activity_factor
from commune_coverage.radio.service.place import place_figures

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def figures_of_tile(files: SignalFiles, before: SignalFiles | None, country: Country, tile: int) -> None:
    """Write the tile's signal table, its levels, and what cells as busy as people make them send."""
    if files.figures(tile).is_file():
        return
    inputs, loads = tile_inputs(files, before, country, tile), read_table(files.loads)
    layout, radios = inputs.layout, inputs.network.radios
    served = read_left(Served, files.servers(tile))
    changed = _changed_in(files.changed(tile), inputs)
    sends, leaves = differing_loads(inputs.diff, loads, radios.busy_hour.min_activity_factor)
    old = previous_busy(inputs.diff, layout.carriers, tile, len(inputs.people))
    mask = _near_blocks(inputs, changed.near, sends)
    mask |= other_distant_shares(inputs.diff, files)[layout.carriers][:, np.newaxis]
    shares = read_table(files.carrier_loads)["distant_share"].to_numpy()
    busy = _interference(inputs, served, old, (loads, shares), mask)
    differs = np.ones(len(inputs.people), dtype=np.bool_)
    if before is not None and not has_other_offsets(before, files):
        differs = _differs(served, busy, old, changed, leaves[layout.near])
    rows = np.flatnonzero(differs)
    fixed = _fixed_mbps(files, country, tile, layout.true_per_m)
    parameters = link_parameters_for(files, country, files.loads)
    offsets_db = carrier_offsets_db(files, inputs.network.carriers)
    service = service_inputs(inputs, served, busy.total_interference_mw, parameters, offsets_db)
    figures = place_figures(service, fixed[layout.order], rows)
    names = bit_names(service.operators, country.thresholds.high_speed_mbps)
    if _has_fixed(files, country):
        names += [f"mobile_served_{speed:g}" for speed in country.thresholds.high_speed_mbps]
        figures = figures._replace(flags=np.hstack([figures.flags, figures.mobile_served]))
    previous = read_figures(before.figures(tile)) if before else {}
    write_left(files.busy(tile), busy)
    write_levels(files.levels(tile), before.levels(tile) if before else None, inputs, service, rows)
    write_figures(files.figures(tile), figures, layout.order[rows], names, fixed, previous)


def _changed_in(source: Path, inputs: TileInputs) -> ChangedPlaces:
    """What the first pass wrote of the tile; nothing changed where it took the tile from the previous run."""
    if source.is_file():
        return read_left(ChangedPlaces, source)
    return nothing_changed(len(inputs.layout.carriers), len(inputs.people), len(inputs.tile.places.environment))


def _near_blocks(inputs: TileInputs, mask: Flags, sends: Flags) -> Flags:
    """(carriers, blocks) whose near interference can differ: those of the first pass, or near another load."""
    mark_near(inputs.tile, sends[inputs.layout.near], mask)
    return mask


def _interference(
    inputs: TileInputs, served: Served, old: Busy, loads: tuple[pd.DataFrame, Floats], mask: Flags
) -> Busy:
    """Interference by the loads of the cells and the distant shares of the carriers."""
    layout, network = inputs.layout, inputs.network
    activity = activity_factor(loads[0]["cell_load_value"].to_numpy(), network.radios.busy_hour.min_activity_factor)
    load = (activity * sector_share(network.transmitters))[layout.near]
    near_mw = old.near_interference_mw.copy()
    near = NearInterference(near_mw, np.empty_like(near_mw))
    total_mw = interference_of(inputs, served, Sending(load, loads[1]), mask, near)
    return Busy(layout.carriers, near_mw, total_mw)


def _differs(served: Served, busy: Busy, old: Busy, changed: ChangedPlaces, leaves: Flags) -> Flags:
    """Places of which anything differs from the previous run."""
    by_server = np.append(leaves, False)[served.server].any(axis=0)
    by_interference = (busy.total_interference_mw != old.total_interference_mw).any(axis=0)
    return np.asarray(changed.places | by_server | by_interference)


def _has_fixed(files: SignalFiles, country: Country) -> bool:
    """Whether distance to fibre tells the speed of fixed lines."""
    return bool(country.radio.fixed) and files.fibre.is_file()


def _fixed_mbps(files: SignalFiles, country: Country, tile: int, true_per_m: float) -> Floats:
    places = read_tile(files.places_folder, tile, ["x_m", "y_m"])
    if not _has_fixed(files, country):
        return np.zeros(len(places))
    fibre = read_geo(files.fibre)
    working = fibre.geometry[fibre["is_operational"]].to_numpy()
    x_m, y_m = places["x_m"].to_numpy(), places["y_m"].to_numpy()
    return fixed_speed_mbps(x_m, y_m, working, country.radio.fixed, true_per_m)
