"""The radio stage: who serves whom, how many each cell then serves, and what is left for each place.

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

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_json, write_table
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import (
    SignalFiles,
    carrier_offsets_db,
    has_other_offsets,
    users_by_site,
    users_in,
)
from commune_coverage.pipeline.stages.radio.calibration import calibrate
from commune_coverage.pipeline.stages.radio.first_pass import count_users_of_tile, serve_tile
from commune_coverage.pipeline.stages.radio.incremental import (
    followed,
    network_diff,
    take_same_figures,
    take_same_servers,
)
from commune_coverage.pipeline.stages.radio.level_offsets import (
    record_level_offsets,
    required_offsets_of_tile,
    write_level_offsets,
)
from commune_coverage.pipeline.stages.radio.network import network_for, radios_of
from commune_coverage.pipeline.stages.radio.second_pass import figures_of_tile
from commune_coverage.pipeline.stages.radio.serving_network import serving_cells, write_network
from commune_coverage.pipeline.stages.radio.spectrum import record_spectrum
from commune_coverage.population.tables import has_places, places_of, read_urbanisation, tile_count
from commune_coverage.radio.antenna.sectors import is_directional
from commune_coverage.radio.link_budget_config import OVERRIDDEN, Radios, SpatialLayers, UncertainValue, Uplink
from commune_coverage.radio.network_model import NetworkModel
from commune_coverage.radio.service.cell_load import activity_factor, distant_shares
from commune_coverage.radio.service.load_equilibrium import BusyUsers, Conditions, cell_table, couple, equilibrium_loads
from commune_coverage.runs.run import Run


def record_assumptions(country: Country, radios: Radios, shifts_db: dict[str, float]) -> StageResult:
    """Every assumption with its unit and source."""
    result = StageResult(facts={"calibration_db": shifts_db})
    for name, shift in shifts_db.items():
        result.assume("internet", f"calibrated by drive tests, {name}", f"{shift:+.1f}", "dB", "drive tests")
    _conditions(result, country, radios)
    for environment, place in radios.environments.items():
        result.assume("internet", f"propagation, {environment}", ", then ".join(place.models), "", place.source)
    busy = radios.busy_hour
    users = f"{_text(busy.adoption_share)} of people, {_text(busy.demand_mbps)} Mbps each in the mean"
    result.assume("internet", "users in the busy hour", users, "", busy.source)
    for name, budget in radios.technologies.items():
        text = (
            f"{_text(budget.frequency_mhz)} MHz, {_text(budget.bandwidth_mhz)} MHz wide, "
            f"{_text(budget.eirp_dbm)} dBm EIRP, {_text(budget.antenna_height_m)} m{_layers_text(budget.layers)}"
        )
        result.assume("internet", f"{name.upper()} where no register states it", text, "", budget.source)
        _record_uplink(result, name, budget.uplink)
    for override in radios.overrides:
        of = ", ".join(text for text in (override.operator, override.environment, override.technology) if text)
        known = [f"{key} {_text(spread)}" for key in OVERRIDDEN if (spread := getattr(override, key)) is not None]
        known += [f"uplink {_uplink_text(override.uplink)}"] if override.uplink is not None else []
        values = ", ".join(known) + _layers_text(override.layers or [])
        result.assume("internet", f"instead for {of or 'all cells'}", values, "", override.source)
    return result


def _record_uplink(result: StageResult, technology: str, uplink: Uplink | None) -> None:
    name = f"{technology.upper()} uplink"
    if uplink is None:
        result.assume("internet", name, "left out: who hears a cell is covered", "", "country file")
        return
    result.assume("internet", name, _uplink_text(uplink), "", uplink.source)


def _uplink_text(uplink: Uplink) -> str:
    powers = " or ".join(_text(one) for one in uplink.power_dbm)
    return (
        f"{powers} dBm of the handset; {_text(uplink.base_antenna_gain_dbi)} dBi, noise figure "
        f"{_text(uplink.base_noise_figure_db)} dB and noise rise {_text(uplink.noise_rise_db)} dB at the base station"
    )


def _conditions(result: StageResult, country: Country, radios: Radios) -> None:
    conditions, limits = radios.conditions, country.urbanisation
    terrain = (
        "flat ground"
        if country.layers.elevation is None or not country.radio.terrain
        else (
            f"delta-Bullington over the elevation, refractivity lapse {conditions.refractivity_lapse_n_per_km:g} N/km"
        )
    )
    result.assume("internet", "terrain", terrain, "", "ITU-R P.526, P.1812-7")
    urban = f"{limits.centre_people_per_km2:g} people/km2 and {limits.centre_people:,.0f} together"
    result.assume("internet", "urban from", urban, "", "degree of urbanisation, UN 2020")
    suburban = f"{limits.cluster_people_per_km2:g} people/km2 and {limits.cluster_people:,.0f} together"
    result.assume("internet", "suburban from", suburban, "", "degree of urbanisation, UN 2020")
    result.assume("internet", "cell edge probability", conditions.edge_probability, "", conditions.source)
    result.assume("internet", "cell load at the edge", conditions.load, "", conditions.source)
    result.assume("internet", "body loss", f"{conditions.body_loss_db:g}", "dB", conditions.source)
    result.assume("internet", "receiver", f"{conditions.receiver_height_m:g} m, outdoor", "", conditions.source)
    result.assume("internet", "a model's median may be off by", f"{conditions.median_sigma_db:g}", "dB", "assumption")


def _record_sectors(result: StageResult, transmitters: pd.DataFrame) -> None:
    """How many transmitters point somewhere, and by which patterns; nothing where none does."""
    known = is_directional(transmitters)
    if known.any():
        measured = int((transmitters["pattern"] != "").sum())
        value = f"{int(known.sum()):,} of {len(known):,} transmitters, {measured:,} with a measured pattern"
        source = "register; otherwise 3GPP TR 36.814 and TR 36.942"
        result.assume("internet", "sectors whose azimuth is known", value, "", source)


def _layers_text(layers: list[SpatialLayers]) -> str:
    """Spatial layers by frequency; nothing where there is one."""
    if all(one.high == 1 for one in layers):
        return ""
    parts = [f"from {one.from_mhz:g} MHz on {_text(one)}" if one.from_mhz else _text(one) for one in layers]
    return f", spatial layers {', '.join(parts)}"


def _text(spread: UncertainValue) -> str:
    known = spread.low == spread.high
    return f"{spread.value:g}" if known else f"{spread.value:g} ({spread.low:g} to {spread.high:g})"


Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]


def signal(run: Run, progress: Progress) -> StageResult:
    """Write ``radio/<tile>.arrow`` (see ``artifacts.write_figures``) and ``transmitters/`` with users and load."""
    files = SignalFiles(run.stages_folder)
    if not (has_places(files.folder) and files.cells.is_file()):
        return StageResult()
    radios = radios_of(run.country.radio.radios, run.country.radio.uplink)
    tiles = list(range(tile_count(run.stages_folder)))
    is_known = files.known_coverage.is_file() and run.country.layers.known_coverage is not None
    done = iter(range(1, 4 * len(tiles) + 1))

    def advance() -> None:
        progress(next(done), 4 * len(tiles))

    if not files.calibration.is_file():
        write_network(serving_cells(files, run.country), files, files, run.country)
        calibrate(files, run.country, read_urbanisation(files.urbanisation_grid))
    shifts = read_json(files.calibration)
    before, way = followed(SignalFiles(run.previous) if run.previous else None, files, run.country)
    network = network_for(files, run.country)
    then = network_diff(before, network)

    def each(compute: Callable[..., None], todo: list[int], writes: Callable[[int], list[Path]]) -> None:
        for _ in range(len(tiles) - len(todo)):
            advance()
        reads, size = partial(files.read_for, run.country, before), places_of(run.stages_folder)
        function = partial(compute, files, before, run.country)
        map_items(function, todo, run.engine, advance, reads=reads, writes=writes, size=size)

    to_serve = take_same_servers(files, then, network, tiles)
    each(serve_tile, to_serve, files.served)
    each(required_offsets_of_tile, tiles if is_known else [], lambda tile: [files.required_offsets(tile)])
    offsets = write_level_offsets(files, run.country, is_known)
    is_new_level = has_other_offsets(before, files)
    is_moved = bool(carrier_offsets_db(files, network.carriers).any())
    each(count_users_of_tile, tiles if is_moved or is_new_level else [], lambda tile: [files.servers(tile)])
    _write_loads(files, tiles, network)
    to_draw = tiles if is_new_level else take_same_figures(files, then, network, tiles, to_serve)
    each(figures_of_tile, to_draw, files.drawn)
    shutil.rmtree(files.changed_folder, ignore_errors=True)
    result = record_assumptions(run.country, radios, shifts)
    _record_sectors(result, network.transmitters)
    record_spectrum(result, files, network, len(tiles))
    record_level_offsets(result, files, offsets)
    result.compute_mode = way
    return result


def _write_loads(files: SignalFiles, tiles: list[int], network: NetworkModel) -> None:
    """Users of each transmitter, for what share of the time they keep it busy, and users by tile, site and square."""
    transmitters = network.transmitters
    keys, sites = (transmitters[name].to_numpy(np.int64) for name in ("key", "site"))
    rows = [BusyUsers(np.zeros(0, np.int64), *(np.zeros(0) for _ in range(5)))]
    for tile in tiles:
        in_tile = users_in(files.servers(tile), keys)
        write_table(files.users(tile), users_by_site(in_tile, sites))
        rows.append(BusyUsers(in_tile.near, *in_tile[2:]))
    users = BusyUsers(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))
    cells, busy = cell_table(network), network.radios.busy_hour
    coupling = couple(users, cells, network.gains)
    columns: dict[str, Floats] = {
        "people": np.bincount(users.transmitter, users.people, len(transmitters)).astype(np.float64)
    }
    for name in ("value", "low", "high"):
        demand_mbps = getattr(busy.adoption_share, name) * getattr(busy.demand_mbps, name)
        conditions = Conditions(demand_mbps, network.radios.conditions.load, busy.min_activity_factor)
        columns[f"cell_load_{name}"] = equilibrium_loads(users, cells, coupling, conditions)
    usual_mbps = busy.adoption_share.value * busy.demand_mbps.value
    conditions = Conditions(usual_mbps, network.radios.conditions.load, busy.min_activity_factor)
    for name, bound in (("narrow", "low"), ("wide", "high")):
        of_width = cells._replace(bandwidth_mhz=transmitters[f"bandwidth_mhz_{bound}"].to_numpy(np.float64))
        columns[f"cell_load_{name}"] = equilibrium_loads(users, of_width, coupling, conditions)
    write_table(files.loads, pd.DataFrame(columns))
    activity = activity_factor(columns["cell_load_value"], busy.min_activity_factor)
    shares = distant_shares(activity, cells.sent_mw, cells.carrier, network.radios.conditions.load)
    write_table(files.carrier_loads, pd.DataFrame({"distant_share": shares}))
