"""What workers do for one tile: find its servers, and once it is known how busy cells are, its figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.country import Country
from coverage.signal.arrays import RowsColumns, Tile, lay_out, no_ground
from coverage.signal.best_server import best_servers
from coverage.signal.figures import Received, Sent, channel_figures, outdoor_speeds_mbps
from coverage.signal.fixed import fibre_distance_m, fixed_speed_mbps
from coverage.signal.interference import interference_mw
from coverage.signal.load import Chosen, sending_share, users_and_work
from coverage.signal.radios import Radios
from coverage.signal.terrain.ground import Ground, flat_ground
from coverage.signal.terrain.loss import effective_earth_km
from coverage.signal.tile import NO_SERVER
from coverage.signal.tile_table import ChannelHere, tile_table
from coverage.signal.transmitters import STEPS
from coverage.sources.terrain import read_ground
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_network import SPREAD, Network, network_of
from coverage.store import read_geo, read_json, read_table, read_tile, write_arrays, write_table
from coverage.urbanisation import NAMES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_KM_PER_DEG = 110.0


def network_for(files: SignalFiles, country: Country, shifts_db: dict[str, float] | None = None) -> Network:
    """The country's network with its calibration, or with other shifts of the received power by environment."""
    shifts = read_json(files.calibration) if shifts_db is None else shifts_db
    calibration = tuple(float(shifts.get(name, 0.0)) for name in NAMES)
    return network_of(files, country.signal.radios, country.signal.max_range_km * 1000, calibration)


def serve_tile(files: SignalFiles, country: Country, tile: int) -> None:
    """First pass: power, server and interference of each channel, and each transmitter's users."""
    target = files.servers(tile)
    if target.is_file() or files.figures(tile).is_file():
        return
    network, places = network_for(files, country), read_tile(files.folder, tile)
    if network.transmitters.empty:
        return
    here = lay_out_tile(places, network, country)
    received, server = best_servers(here.places, here.transmitters, network.gains, here.masts, here.ground)
    load = np.full(len(here.near), network.radios.conditions.load)
    interference, strongest = _interference(here, network, server, load)
    powers: dict[str, Any] = {
        "received": received,
        "server": server,
        "interference": interference,
        "strongest": strongest,
    }
    users, work = _users(here, network, places, powers)
    write_arrays(target, lambda stream: np.savez(stream, **powers, users=users, work=work))


def figures_of_tile(files: SignalFiles, country: Country, tile: int) -> None:
    """Second pass: the tile's signal table."""
    target = files.figures(tile)
    if target.is_file():
        return
    network, places = network_for(files, country), read_tile(files.folder, tile)
    thresholds = country.thresholds.high_speed_mbps
    found = [] if network.transmitters.empty else _channels_here(files, country, network, places, tile)
    fixed = _fixed_mbps(files, country, places)
    write_table(target, tile_table(len(places), len(network.operators), found, thresholds, fixed))


def _channels_here(
    files: SignalFiles, country: Country, network: Network, places: pd.DataFrame, tile: int
) -> list[ChannelHere]:
    """What each channel gives the tile, now that it is known how busy its cells are."""
    here, loads = lay_out_tile(places, network, country), read_table(files.loads)
    with np.load(files.servers(tile)) as kept:
        powers = {name: kept[name] for name in ("received", "server", "interference", "strongest")}
    sending = sending_share(loads["busy_share_value"].to_numpy(), network.radios.busy_hour.idle_share)
    powers["busy"] = _interference(here, network, powers["server"], sending[here.near])[0]
    sent, found = network.sent(loads), []
    for row, channel in enumerate(here.channels):
        at, seen = _seen(here, network, row, powers)
        if len(at):
            thresholds = country.thresholds.high_speed_mbps
            found.append(_channel_here(network, sent, channel, here.order[at], seen, thresholds))
    return found


def lay_out_tile(places: pd.DataFrame, network: Network, country: Country) -> Tile:
    """Places ready for the kernels: those of a tile, or any others with the same columns."""
    reach_m = country.signal.max_range_km * 1000
    ground, rows_columns = _ground(places, network.radios, country)
    return lay_out(places, network.transmitters, network.channels, network.radios, ground, rows_columns, reach_m)


def _ground(places: pd.DataFrame, radios: Radios, country: Country) -> tuple[Ground, RowsColumns]:
    """The ground about a tile as far as cells reach, flat where no elevation is given."""
    layer = country.layers.elevation
    if layer is None or not country.signal.terrain:
        return flat_ground(), no_ground
    lat = float(places["lat"].min()), float(places["lat"].max())
    up = country.signal.max_range_km / _KM_PER_DEG
    across = up / max(np.cos(np.radians(max(abs(lat[0]), abs(lat[1])) + up)), 0.05)
    lon = float(places["lon"].min()) - across, float(places["lon"].max()) + across
    window = read_ground(layer, lon, (lat[0] - up, lat[1] + up))
    if window is None:
        return flat_ground(), no_ground
    earth_km = effective_earth_km(radios.conditions.refractivity_lapse_n_per_km)
    return Ground(window.height_m, window.step_m, earth_km), window.rows_columns


def _interference(here: Tile, network: Network, server: Integers, load: Floats) -> tuple[Floats, Floats]:
    """Interference in mW (channels, places), from cells of the same carrier only; and the strongest other cell."""
    sent = load * network.seen_share[here.near]
    power, strongest = interference_mw(
        here.places, here.transmitters, network.gains, here.masts, here.ground, server, sent
    )
    same = np.array([network.budget(channel).co_channel_share for channel in here.channels])
    return power * same.reshape(-1, 1), strongest


def _seen(here: Tile, network: Network, row: int, powers: dict[str, Any]) -> tuple[Integers, Received]:
    """The places, in block order, that a channel reaches, and what they receive of it."""
    at = np.flatnonzero(powers["server"][row] != NO_SERVER)
    serving = here.near[powers["server"][row, at]]
    x_m, y_m = (network.transmitters[name].to_numpy()[serving] for name in ("x_m", "y_m"))
    distance = np.hypot(here.places.x_m[at] - x_m, here.places.y_m[at] - y_m)
    environment = np.repeat(here.places.environment, np.diff(here.places.block_start))[at]
    edge = powers["interference"][row, at]
    busy = powers["busy"][row, at] if "busy" in powers else edge
    return at, Received(
        powers["received"][row, at], powers["strongest"][row, at], edge, busy, serving, distance, environment
    )


def _users(here: Tile, network: Network, places: pd.DataFrame, powers: dict[str, Any]) -> tuple[Floats, Floats]:
    """Customers and work of every transmitter of the country among the tile's people."""
    chosen = [
        Chosen(np.zeros(len(places)), np.zeros(len(places)), np.full(len(places), NO_SERVER, dtype=np.int64))
        for _ in network.operators
    ]
    nobody = pd.DataFrame({f"busy_share_{name}": np.zeros(len(network.transmitters)) for name in SPREAD})
    sent = network.sent(nobody)
    for row, channel in enumerate(here.channels):
        at, seen = _seen(here, network, row, powers)
        own = chosen[network.operators.index(network.channels["operator"].iloc[channel])]
        mhz = float(network.channels["frequency_mhz"].iloc[channel])
        edge, typical = outdoor_speeds_mbps(seen, sent, network.budget(channel), mhz, network.radios)
        faster = edge > own.edge_mbps[at]
        own.edge_mbps[at[faster]], own.typical_mbps[at[faster]] = edge[faster], typical[faster]
        own.server[at[faster]] = seen.server[faster]
    people = places["people"].to_numpy()[here.order]
    return users_and_work(people, chosen, network.market, len(network.transmitters))


def _channel_here(
    network: Network, sent: Sent, channel: int, at: Integers, seen: Received, thresholds: list[float]
) -> ChannelHere:
    row = network.channels.iloc[channel]
    figures = channel_figures(
        seen, sent, network.budget(channel), float(row["frequency_mhz"]), network.radios, thresholds
    )
    table = network.transmitters
    stated = np.logical_and.reduce([table[f"{name}_stated"].to_numpy() for name in STEPS])
    return ChannelHere(
        network.operators.index(row["operator"]), row["technology"], at, 10 * np.log10(seen.received_mw),
        table["cell"].to_numpy()[seen.server], stated[seen.server], figures,
    )  # fmt: skip


def _fixed_mbps(files: SignalFiles, country: Country, places: pd.DataFrame) -> Floats:
    if not (country.signal.fixed and files.fibre.is_file()):
        return np.zeros(len(places))
    fibre = read_geo(files.fibre)
    working = fibre.geometry[fibre["is_operational"]].to_numpy()
    return fixed_speed_mbps(
        fibre_distance_m(places["x_m"].to_numpy(), places["y_m"].to_numpy(), working), country.signal.fixed
    )
