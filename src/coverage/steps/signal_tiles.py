"""A tile laid out for the passes of the signal stage: the network, the places, the ground about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from coverage.country import Country
from coverage.memory import read_once
from coverage.signal.arrays import RowsColumns, Tile, lay_out, no_ground
from coverage.signal.radios import Radios
from coverage.signal.terms import Terms
from coverage.signal.terrain.ground import Ground, flat_ground
from coverage.signal.terrain.loss import effective_earth_km
from coverage.signal.transmitters import farthest_m
from coverage.sources.terrain import read_ground
from coverage.steps.signal_files import SignalFiles
from coverage.steps.signal_network import Network, network_of
from coverage.store import read_json, read_table
from coverage.urbanisation import NAMES

_KM_PER_DEG = 110.0


def network_for(files: SignalFiles, country: Country, shifts_db: dict[str, float] | None = None) -> Network:
    """The country's network with its calibration, or with other shifts of the received power by environment."""
    shifts = read_json(files.calibration) if shifts_db is None else shifts_db
    calibration = tuple(float(shifts.get(name, 0.0)) for name in NAMES)
    return network_of(files, country.signal.radios, country.signal.max_range_km * 1000, calibration)


def terms_for(files: SignalFiles, country: Country, loads: Path | None) -> Terms:
    """What turns powers into service, read once a process; as if all cells were idle without ``loads``."""
    network = network_for(files, country)
    stamp = (loads, loads.stat().st_mtime_ns) if loads is not None and loads.is_file() else None
    return _terms(network, stamp, tuple(country.thresholds.high_speed_mbps))


@read_once
def _terms(network: Network, loads: tuple[Path, int] | None, thresholds_mbps: tuple[float, ...]) -> Terms:
    return network.terms(None if loads is None else read_table(loads[0]), thresholds_mbps)


def lay_out_tile(places: pd.DataFrame, network: Network, country: Country) -> Tile:
    """Places ready for the kernels: those of a tile, or any others with the same columns."""
    ground, rows_columns = _ground(places, network.radios, country)
    reach_m = farthest_m(network.transmitters, network.gains)
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
