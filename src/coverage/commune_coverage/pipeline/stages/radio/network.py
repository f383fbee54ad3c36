"""The country's network model as workers hold it: read once a process, the same for every tile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.core.array_archives import read_scale
from commune_coverage.core.files import read_json, read_table
from commune_coverage.core.resources import lru_cached
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, operators_of
from commune_coverage.population.tables import read_urbanisation
from commune_coverage.population.urbanisation import NAMES
from commune_coverage.radio.antenna.patterns import AntennaPattern
from commune_coverage.radio.antenna.sectors import directivity_of, patterns_from
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km
from commune_coverage.radio.diffraction.profile import Ground, flat_ground
from commune_coverage.radio.link_budget_config import Radios
from commune_coverage.radio.network_model import NetworkModel, noise_dbm_of
from commune_coverage.radio.service.parameters import LOADS, LinkParameters, make_link_parameters
from commune_coverage.radio.tile_layout import Surface, TileLayout, lay_out, no_ground
from commune_coverage.radio.transmitters import make_gains, sigma_db
from commune_coverage.radio.uncertainty import make_variance_tables
from commune_coverage.readers.ground.elevation import read_ground
from commune_coverage.readers.towers.link_budgets import load_radios

Floats = npt.NDArray[np.float64]
_KM_PER_DEG = 110.0


def radios_of(radios_path: Path | None, with_uplink: bool) -> Radios:
    """The country's link budgets; without an uplink coverage is that of the downlink alone."""
    radios = load_radios(radios_path)
    return radios if with_uplink else radios.without_uplink()


@lru_cached
def network_of(
    files: SignalFiles, radios_path: Path | None, with_uplink: bool, max_range_m: float, calibration: tuple[float, ...]
) -> NetworkModel:
    """Read once a process; ``calibration`` is the shift of received power by environment, dB."""
    radios = radios_of(radios_path, with_uplink)
    transmitters, carriers = read_table(files.transmitters), read_table(files.carriers)
    pathloss_classes = read_table(files.pathloss_classes)
    return NetworkModel(
        transmitters,
        carriers,
        operators_of(files.folder),
        radios,
        make_gains(pathloss_classes, radios, max_range_m, calibration),
        make_variance_tables(transmitters, radios),
        sigma_db(pathloss_classes, radios)[transmitters["pathloss_class"].to_numpy()],
        noise_dbm_of(transmitters, radios),
        max_range_m,
        calibration,
        read_scale(files.scale),
        directivity_of(transmitters, network_patterns(files), radios.conditions.receiver_height_m),
        read_urbanisation(files.urbanisation_grid),
    )


def network_patterns(files: SignalFiles) -> dict[str, AntennaPattern]:
    """The measured antenna patterns of a run, by name."""
    source = files.network_patterns
    return patterns_from(read_table(source)) if source.is_file() else {}


def network_for(files: SignalFiles, country: Country, shifts_db: dict[str, float] | None = None) -> NetworkModel:
    """The country's network with its calibration, or with other shifts of the received power by environment."""
    shifts = read_json(files.calibration) if shifts_db is None else shifts_db
    calibration = tuple(float(shifts.get(name, 0.0)) for name in NAMES)
    settings = country.radio
    return network_of(files, settings.radios, settings.uplink, settings.max_range_km * 1000, calibration)


def link_parameters_for(files: SignalFiles, country: Country, loads: Path | None) -> LinkParameters:
    """What turns powers into service, read once a process; as if all cells were idle without ``loads``."""
    network = network_for(files, country)
    stamp = (loads, loads.stat().st_mtime_ns) if loads is not None and loads.is_file() else None
    return _link_parameters(network, stamp, tuple(country.thresholds.high_speed_mbps))


@lru_cached
def _link_parameters(
    network: NetworkModel, loads: tuple[Path, int] | None, thresholds_mbps: tuple[float, ...]
) -> LinkParameters:
    idle = np.zeros(len(network.transmitters))
    table = None if loads is None else read_table(loads[0])
    cell_load = [idle if table is None else table[f"cell_load_{name}"].to_numpy(np.float64) for name in LOADS]
    return make_link_parameters(network, cell_load, thresholds_mbps)


def lay_out_tile(places: pd.DataFrame, network: NetworkModel, country: Country) -> TileLayout:
    """Places ready for the kernels: those of a tile, or any others with the same columns."""
    return lay_out(places, network, surface_of(places, network.radios, country))


def surface_of(places: pd.DataFrame, radios: Radios, country: Country) -> Surface:
    """The ground about places as far as cells reach, flat where no elevation is given."""
    layer = country.layers.elevation
    if layer is None or not country.radio.terrain:
        return Surface(flat_ground(), no_ground)
    lat = float(places["lat"].min()), float(places["lat"].max())
    up = country.radio.max_range_km / _KM_PER_DEG
    across = up / max(np.cos(np.radians(max(abs(lat[0]), abs(lat[1])) + up)), 0.05)
    lon = float(places["lon"].min()) - across, float(places["lon"].max()) + across
    window = read_ground(layer, lon, (lat[0] - up, lat[1] + up))
    if window is None:
        return Surface(flat_ground(), no_ground)
    earth_km = effective_earth_km(radios.conditions.refractivity_lapse_n_per_km)
    return Surface(Ground(window.height_m, window.step_m, earth_km), window.rows_columns)
