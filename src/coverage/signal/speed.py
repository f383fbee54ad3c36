"""From received power to the speed at the cell edge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from coverage.signal.radios import Conditions, Technology, noise_dbm

Floats = npt.NDArray[np.float64]


def edge_sinr_db(received_dbm: Floats, budget: Technology, bandwidth_mhz: float, conditions: Conditions) -> Floats:
    """SINR that is exceeded with the edge probability at the stated load."""
    floor = noise_dbm(bandwidth_mhz, budget.noise_figure_db)
    return np.asarray(received_dbm - floor - conditions.margin_db)


def edge_speed_mbps(sinr_db: Floats, budget: Technology, bandwidth_mhz: float) -> Floats:
    """Downlink speed by the attenuated and truncated Shannon bound, 3GPP TR 36.942 annex A.

    Zero below the technology's least SINR; capped at its greatest spectral efficiency.
    """
    efficiency = budget.attenuation * np.log2(1 + 10 ** (np.asarray(sinr_db) / 10))
    speed = bandwidth_mhz * np.minimum(efficiency, budget.max_bits_per_s_per_hz)
    return np.where(sinr_db >= budget.min_sinr_db, speed, 0.0)
