"""What a propagation model is: a median loss, its valid range, its shadowing and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True)
class Link:
    """One radio link but for its length.

    Attributes
    ----------
    frequency_mhz : float, MHz
        Carrier frequency.
    antenna_height_m : float, m
        Height of the transmitting antenna above ground.
    receiver_height_m : float, m
        Height of the receiver above ground.
    rooftop_height_m : float, m
        Mean height of the rooftops around the transmitter.
    """

    frequency_mhz: float
    antenna_height_m: float
    receiver_height_m: float = 1.5
    rooftop_height_m: float = 15.0


@dataclass(frozen=True)
class Model:
    """A propagation model with its valid range and source.

    Attributes
    ----------
    name : str
        Name in the link-budget file.
    source : str
        Recommendation, report or paper.
    loss_db : callable
        ``loss_db(distance_m, link)``: median loss (dB) between isotropic antennas at each distance along the ground (m,
        float64 of any shape). It never falls with distance.
    sigma_db : float, dB
        Standard deviation of the log-normal shadowing about that median.
    frequency_mhz, distance_m, antenna_height_m, receiver_height_m : tuple of float
        Valid ranges, ends included, in MHz and m.
    """

    name: str
    source: str
    loss_db: Callable[[Floats, Link], Floats]
    sigma_db: float
    frequency_mhz: Range
    distance_m: Range
    antenna_height_m: Range
    receiver_height_m: Range = (1.0, 10.0)

    def why_not(self, link: Link) -> str:
        """Explain why the model is not valid for a link, whatever its length.

        Parameters
        ----------
        link : Link
            Frequency and heights.

        Returns
        -------
        str
            '' where it is valid.
        """
        limits = {
            "frequency": (link.frequency_mhz, self.frequency_mhz, "MHz"),
            "antenna": (link.antenna_height_m, self.antenna_height_m, "m"),
            "receiver": (link.receiver_height_m, self.receiver_height_m, "m"),
        }
        outside = (
            f"{what} {value:g} {unit} is outside {low:g}-{high:g}"
            for what, (value, (low, high), unit) in limits.items()
            if not low <= value <= high
        )
        return "; ".join(outside)

    def too_far_or_near(self, distance_m: float) -> str:
        """Explain why the model is not valid at a distance.

        Parameters
        ----------
        distance_m : float, m
            Distance along the ground.

        Returns
        -------
        str
            '' where it is valid.
        """
        low, high = self.distance_m
        return "" if low <= distance_m <= high else f"distance {distance_m:,.0f} m is outside {low:,.0f}-{high:,.0f}"
