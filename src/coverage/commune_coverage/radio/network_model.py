"""The transmitters of a whole country and what follows from them, the same for every tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.scale import UNSCALED, Scale
from commune_coverage.population.urbanisation import UrbanisationGrid
from commune_coverage.radio.antenna.directivity import OMNIDIRECTIONAL, Directivity
from commune_coverage.radio.antenna.sectors import is_directional
from commune_coverage.radio.link_budget_config import Radios, noise_dbm
from commune_coverage.radio.path_gain_tables import Gains
from commune_coverage.radio.uncertainty import VarianceTables

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_SECTORS_ALL_ROUND = 3.0


@dataclass(frozen=True, eq=False)
class NetworkModel:
    """Transmitters of a country with their gain tables, noise and uncertainty.

    Attributes
    ----------
    transmitters : DataFrame
        One row a transmitter, sorted by carrier; see ``transmitters.make_network``.
    carriers : DataFrame
        One row a carrier: ``operator``, ``technology`` and ``frequency_mhz``.
    operators : list of str
        Operators by name.
    radios : Radios
        Link budgets.
    gains : Gains
        Gain tables of all pathloss classes.
    variance_tables : VarianceTables
        Uncertainty of the path loss by distance.
    sigma_db : (transmitters, environments) float64, dB
        Standard deviation of the shadowing.
    noise_dbm : (transmitters,) float64, dBm
        Noise of the receivers.
    max_range_m : float, m
        No transmitter reaches farther.
    calibration : tuple of float, dB
        Shift of the received power by environment.
    scale : Scale
        By what distances in the metric system are corrected, tile by tile.
    directivity : Directivity
        Where the transmitters point and how they radiate.
    urbanisation : UrbanisationGrid, optional
        Environments of the land; without it every path is all in the environment of its place.
    """

    transmitters: pd.DataFrame
    carriers: pd.DataFrame
    operators: list[str]
    radios: Radios
    gains: Gains
    variance_tables: VarianceTables
    sigma_db: Floats
    noise_dbm: Floats
    max_range_m: float
    calibration: tuple[float, ...]
    scale: Scale = UNSCALED
    directivity: Directivity = OMNIDIRECTIONAL
    urbanisation: UrbanisationGrid | None = None

    def co_channel_share(self, carriers: Integers) -> Floats:
        """Part of the cells of each carrier that use the same frequency.

        Parameters
        ----------
        carriers : (n,) int64
            Rows of carriers.

        Returns
        -------
        (n,) float64
            1 without a frequency plan.
        """
        names = self.carriers[["operator", "technology"]].to_numpy(dtype=str)[carriers]
        return np.array([self.radios.budget(name, "", technology).co_channel_share for name, technology in names])

    @property
    def layers(self) -> Integers:
        """Most spatial layers of each carrier.

        Returns
        -------
        (carriers, 3) int64
            Value, low and high.
        """
        table = self.carriers[["operator", "technology", "frequency_mhz"]]
        by_carrier = [
            self.radios.budget(operator, "", technology).layers_at(frequency_mhz)
            for operator, technology, frequency_mhz in table.itertuples(index=False)
        ]
        return np.array([[one.value, one.low, one.high] for one in by_carrier], dtype=np.int64).reshape(-1, 3)

    def floor_mw(self, carriers: Integers) -> Floats:
        """Noise floor of the given carriers, see ``floors_mw``.

        Parameters
        ----------
        carriers : (n,) int64
            Rows of carriers.

        Returns
        -------
        (n,) float64, mW
            A power of two each.
        """
        return floors_mw(self.transmitters, self.noise_dbm)[carriers]

    @property
    def market_share(self) -> Floats:
        """Market share of each operator: stated, or an equal part of what is left.

        Returns
        -------
        (operators,) float64
            In the order of ``operators``.
        """
        stated = self.radios.busy_hour.market_share
        left = max(1 - sum(stated.get(name, 0.0) for name in self.operators), 0.01)
        unstated = sum(name not in stated for name in self.operators)
        return np.array([stated.get(name, left / max(unstated, 1)) for name in self.operators])


def floors_mw(transmitters: pd.DataFrame, noise_dbm: Floats) -> Floats:
    """Noise floor of every carrier: that of its narrowest transmitter, to the power of two below.

    Parameters
    ----------
    transmitters : DataFrame
        Column ``carrier``.
    noise_dbm : (transmitters,) float64, dBm
        Noise of the receivers.

    Returns
    -------
    (carriers,) float64, mW
        By carrier.
    """
    lowest = pd.Series(noise_dbm).groupby(transmitters["carrier"].to_numpy()).min().to_numpy()
    return np.asarray(2.0 ** np.floor(np.log2(10 ** (lowest / 10))))


def noise_dbm_of(transmitters: pd.DataFrame, radios: Radios) -> Floats:
    """Noise of the receivers of each transmitter.

    Parameters
    ----------
    transmitters : DataFrame
        Columns ``bandwidth_mhz`` and ``technology``.
    radios : Radios
        Link budgets.

    Returns
    -------
    (transmitters,) float64, dBm
        Thermal noise and noise figure.
    """
    figures = {name: budget.noise_figure_db for name, budget in radios.technologies.items()}
    widths, technology = transmitters["bandwidth_mhz"].to_numpy(), transmitters["technology"].to_numpy()
    return np.array([noise_dbm(width, figures[name]) for width, name in zip(widths, technology, strict=True)])


def sector_share(transmitters: pd.DataFrame) -> Floats:
    """Part of all directions that the sectors of a transmitter face.

    Parameters
    ----------
    transmitters : DataFrame
        Columns ``sectors`` and ``azimuth_deg``.

    Returns
    -------
    (transmitters,) float64
        1 from three sectors on, and where the azimuth is known: then the pattern says what goes where.
    """
    share = np.minimum(transmitters["sectors"].to_numpy() / _SECTORS_ALL_ROUND, 1.0)
    return np.where(is_directional(transmitters), 1.0, share)


def distant_power_mw(transmitters: pd.DataFrame, radios: Radios) -> Floats:
    """Power that each transmitter adds to the distant interference, at the stated cell load.

    Parameters
    ----------
    transmitters : DataFrame
        Columns ``eirp_dbm``, ``sectors`` and ``azimuth_deg``.
    radios : Radios
        Link budgets.

    Returns
    -------
    (transmitters,) float64, mW
        Mean over time and directions.
    """
    power_mw = 10 ** (transmitters["eirp_dbm"].to_numpy(np.float64) / 10)
    return np.asarray(power_mw * sector_share(transmitters) * radios.conditions.load)
