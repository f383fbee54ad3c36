"""What a propagation model is: a median loss, where it may be used, how far it scatters, and who says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Range = tuple[float, float]


@dataclass(frozen=True)
class Link:
    """One radio link but for its length: MHz, and metres above ground."""

    frequency_mhz: float
    antenna_height_m: float
    receiver_height_m: float = 1.5
    rooftop_height_m: float = 15.0


@dataclass(frozen=True)
class Model:
    """A propagation model.

    ``loss_db(distance_m, link)`` is the median loss between isotropic antennas; it never falls with distance.
    ``sigma_db`` is the log-normal scatter of places about that median. All ranges are inclusive; distances in metres
    along the ground.
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
        """Why the model says nothing of this link whatever its length; '' where it does."""
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
        """Why the model says nothing at this distance; '' where it does."""
        low, high = self.distance_m
        return "" if low <= distance_m <= high else f"distance {distance_m:,.0f} m is outside {low:,.0f}-{high:,.0f}"
