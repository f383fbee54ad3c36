"""What workers do for one tile: find its servers, and once it is known how busy cells are, its figures."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from coverage.country import Country
from coverage.signal.arrays import RowsColumns, Tile, lay_out, no_ground
from coverage.signal.best_server import best_servers
from coverage.signal.figures import place_figures
from coverage.signal.fixed import fixed_speed_mbps
from coverage.signal.interference import interference_mw
from coverage.signal.load import sending_share
from coverage.signal.place_fields import field_names
from coverage.signal.radios import Radios
from coverage.signal.terms import Received, Terms
from coverage.signal.terrain.ground import Ground, flat_ground
from coverage.signal.terrain.loss import effective_earth_km
from coverage.signal.users import users_and_work
from coverage.sources.terrain import read_ground
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_network import Network, network_of
from coverage.steps.signal_table import nothing_received, read_received, write_figures, write_received
from coverage.store import read_geo, read_json, read_table, read_tile
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
    power, server = best_servers(here.places, here.transmitters, network.gains, here.masts, here.ground)
    load = np.full(len(here.near), network.radios.conditions.load)
    interference, strongest = _interference(here, network, server, load)
    received = Received(power, strongest, interference, interference, server, here.near, here.channels)
    people = places["people"].to_numpy()[here.order]
    users, work = users_and_work(here.places, people, received, terms_for(files, country, None), network.market)
    write_received(target, received, users, work)


def figures_of_tile(files: SignalFiles, country: Country, tile: int) -> None:
    """Second pass: the tile's signal table, now that it is known how busy each cell is."""
    target = files.figures(tile)
    if target.is_file():
        return
    network, places = network_for(files, country), read_tile(files.folder, tile)
    here, fixed = lay_out_tile(places, network, country), _fixed_mbps(files, country, places)
    received = nothing_received(len(places)) if network.transmitters.empty else _busy(files, here, network, tile)
    terms = terms_for(files, country, files.loads)
    found = place_figures(here.places, received, terms, len(network.operators), fixed[here.order])
    fields = field_names(len(network.operators), country.thresholds.high_speed_mbps)
    write_figures(target, found, here.order, fields, fixed)


def _busy(files: SignalFiles, here: Tile, network: Network, tile: int) -> Received:
    """What the first pass found, and the interference of cells as busy as people make them."""
    received = read_received(files.servers(tile), here.near, here.channels)
    busy_share = read_table(files.loads)["busy_share_value"].to_numpy()
    sending = sending_share(busy_share, network.radios.busy_hour.idle_share)
    interference = _interference(here, network, received.server, sending[here.near])[0]
    return received._replace(busy_interference_mw=interference)


def terms_for(files: SignalFiles, country: Country, loads: Path | None) -> Terms:
    """What turns powers into service, read once a process; as if all cells were idle without ``loads``."""
    network = network_for(files, country)
    stamp = (loads, loads.stat().st_mtime_ns) if loads is not None and loads.is_file() else None
    return _terms(network, stamp, tuple(country.thresholds.high_speed_mbps))


@lru_cache(maxsize=2)
def _terms(network: Network, loads: tuple[Path, int] | None, thresholds_mbps: tuple[float, ...]) -> Terms:
    return network.terms(None if loads is None else read_table(loads[0]), thresholds_mbps)


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


def _fixed_mbps(files: SignalFiles, country: Country, places: pd.DataFrame) -> Floats:
    if not (country.signal.fixed and files.fibre.is_file()):
        return np.zeros(len(places))
    fibre = read_geo(files.fibre)
    working = fibre.geometry[fibre["is_operational"]].to_numpy()
    return fixed_speed_mbps(places["x_m"].to_numpy(), places["y_m"].to_numpy(), working, country.signal.fixed)
