"""The country's transmitters as workers hold them: read once a process, the same for every tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.files import read_json, read_table
from commune_coverage.core.resources import lru_cached
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km
from commune_coverage.radio.diffraction.profile import Ground, flat_ground
from commune_coverage.radio.link_budget_config import Radios, noise_dbm
from commune_coverage.radio.path_gain_tables import Gains
from commune_coverage.radio.service.parameters import LinkParameters, make_link_parameters
from commune_coverage.radio.tile_layout import RowsColumns, Tile, lay_out, no_ground
from commune_coverage.radio.transmitters import farthest_m, make_gains, sigma_db
from commune_coverage.radio.uncertainty import VarianceTables, make_variance_tables
from commune_coverage.readers.ground.elevation import read_ground
from commune_coverage.readers.towers.link_budgets import load_radios

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
SPREAD = ("value", "low", "high")
_SECTORS_ALL_ROUND = 3.0


@dataclass(frozen=True, eq=False)
class Network:
    """The whole country's transmitters and what follows from them, the same for every tile."""

    transmitters: pd.DataFrame
    channels: pd.DataFrame
    operators: list[str]
    radios: Radios
    gains: Gains
    variance_tables: VarianceTables
    sigma_db: Floats
    noise_dbm: Floats
    max_range_m: float
    calibration: tuple[float, ...]

    def same_carrier_share(self, channels: Integers) -> Floats:
        """Part of each channel's cells that use one carrier."""
        named = self.channels[["operator", "technology"]].to_numpy(dtype=str)[channels]
        return np.array([self.radios.budget(name, "", technology).co_channel_share for name, technology in named])

    def floor_mw(self, channels: Integers) -> Floats:
        """``floors_mw`` of the chosen channels."""
        return floors_mw(self.transmitters, self.noise_dbm)[channels]

    @property
    def market(self) -> Floats:
        """Each operator's part of the market: stated, or what is left shared equally."""
        stated = self.radios.busy_hour.market_share
        left = max(1 - sum(stated.get(name, 0.0) for name in self.operators), 0.01)
        silent = sum(name not in stated for name in self.operators)
        return np.array([stated.get(name, left / max(silent, 1)) for name in self.operators])

    def parameters(self, loads: pd.DataFrame | None, thresholds_mbps: Sequence[float]) -> LinkParameters:
        """What turns powers into service, with ``loads`` of each transmitter, or as if each were idle."""
        idle = np.zeros(len(self.transmitters))
        busy = [idle if loads is None else loads[f"busy_share_{name}"].to_numpy() for name in SPREAD]
        return make_link_parameters(
            self.transmitters,
            self.channels,
            self.operators,
            self.radios,
            self.variance_tables,
            self.sigma_db,
            self.noise_dbm,
            (busy[0], busy[1], busy[2]),
            thresholds_mbps,
        )


def floors_mw(transmitters: pd.DataFrame, noise_dbm: Floats) -> Floats:
    """Of every channel, the noise of its narrowest carrier to the power of two below."""
    least = pd.Series(noise_dbm).groupby(transmitters["channel"].to_numpy()).min().to_numpy()
    return np.asarray(2.0 ** np.floor(np.log2(10 ** (least / 10))))


def noise_dbm_of(transmitters: pd.DataFrame, radios: Radios) -> Floats:
    """Noise of each transmitter's receivers, dBm."""
    figures = {name: one.noise_figure_db for name, one in radios.technologies.items()}
    widths, technology = transmitters["bandwidth_mhz"].to_numpy(), transmitters["technology"].to_numpy()
    return np.array([noise_dbm(width, figures[name]) for width, name in zip(widths, technology, strict=True)])


def seen_share(transmitters: pd.DataFrame) -> Floats:
    """Part of all directions that a transmitter's sectors look at: all of them from three sectors on."""
    return np.minimum(transmitters["sectors"].to_numpy() / _SECTORS_ALL_ROUND, 1.0)


def far_mw(transmitters: pd.DataFrame, radios: Radios) -> Floats:
    """What each transmitter adds to far fields: its power for the stated share of time."""
    power_mw = 10 ** (transmitters["eirp_dbm"].to_numpy(np.float64) / 10)
    return np.asarray(power_mw * seen_share(transmitters) * radios.conditions.load)


@lru_cached
def network_of(
    files: SignalFiles, radios_path: Path | None, max_range_m: float, calibration: tuple[float, ...]
) -> Network:
    """Read once a process; ``calibration`` is the shift of received power by environment, dB."""
    radios = load_radios(radios_path)
    transmitters, channels, kinds = (read_table(path) for path in (files.transmitters, files.channels, files.kinds))
    return Network(
        transmitters,
        channels,
        operators_of(files.folder),
        radios,
        make_gains(kinds, radios, max_range_m, calibration),
        make_variance_tables(transmitters, radios),
        sigma_db(kinds, radios)[transmitters["kind"].to_numpy()],
        noise_dbm_of(transmitters, radios),
        max_range_m,
        calibration,
    )


_KM_PER_DEG = 110.0


def network_for(files: SignalFiles, country: Country, shifts_db: dict[str, float] | None = None) -> Network:
    """The country's network with its calibration, or with other shifts of the received power by environment."""
    shifts = read_json(files.calibration) if shifts_db is None else shifts_db
    calibration = tuple(float(shifts.get(name, 0.0)) for name in NAMES)
    return network_of(files, country.radio.radios, country.radio.max_range_km * 1000, calibration)


def link_parameters_for(files: SignalFiles, country: Country, loads: Path | None) -> LinkParameters:
    """What turns powers into service, read once a process; as if all cells were idle without ``loads``."""
    network = network_for(files, country)
    stamp = (loads, loads.stat().st_mtime_ns) if loads is not None and loads.is_file() else None
    return _terms(network, stamp, tuple(country.thresholds.high_speed_mbps))


@lru_cached
def _terms(network: Network, loads: tuple[Path, int] | None, thresholds_mbps: tuple[float, ...]) -> LinkParameters:
    return network.parameters(None if loads is None else read_table(loads[0]), thresholds_mbps)


def lay_out_tile(places: pd.DataFrame, network: Network, country: Country) -> Tile:
    """Places ready for the kernels: those of a tile, or any others with the same columns."""
    ground, rows_columns = _ground(places, network.radios, country)
    reach_m = farthest_m(network.transmitters, network.gains)
    return lay_out(places, network.transmitters, network.channels, network.radios, ground, rows_columns, reach_m)


def _ground(places: pd.DataFrame, radios: Radios, country: Country) -> tuple[Ground, RowsColumns]:
    """The ground about a tile as far as cells reach, flat where no elevation is given."""
    layer = country.layers.elevation
    if layer is None or not country.radio.terrain:
        return flat_ground(), no_ground
    lat = float(places["lat"].min()), float(places["lat"].max())
    up = country.radio.max_range_km / _KM_PER_DEG
    across = up / max(np.cos(np.radians(max(abs(lat[0]), abs(lat[1])) + up)), 0.05)
    lon = float(places["lon"].min()) - across, float(places["lon"].max()) + across
    window = read_ground(layer, lon, (lat[0] - up, lat[1] + up))
    if window is None:
        return flat_ground(), no_ground
    earth_km = effective_earth_km(radios.conditions.refractivity_lapse_n_per_km)
    return Ground(window.height_m, window.step_m, earth_km), window.rows_columns
