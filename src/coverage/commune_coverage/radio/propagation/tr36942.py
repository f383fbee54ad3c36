"""3GPP TR 36.942 macro cells, section 4.5: urban and suburban, and rural. Log-normal shadowing of 10 dB.

The urban formula is stated for antennas 0 to 50 m above the rooftops. It is taken here for antennas 5 to 80 m above
ground, whatever the rooftops, with the nearer bound for their height above them: wider than stated, an assumption.
"""

from __future__ import annotations

import math

import numpy as np

from commune_coverage.radio.propagation.base import Floats, Link, Model
from commune_coverage.radio.propagation.free_space import free_space_loss_db, log_km

_OVER_ROOFS_M = (1.0, 50.0)


def urban_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Urban and suburban macro loss.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency, and heights of antenna and rooftops.

    Returns
    -------
    float64, dB
        Median loss, never below free space.

    Notes
    -----
    3GPP TR 36.942 section 4.5.2: 40 (1 - 4e-3 Dhb) log10(R) - 18 log10(Dhb) + 21 log10(f) + 80, R in km, f in MHz. Dhb
    is the height of the antenna over the rooftops in metres, stated for 0 to 50; less than 1 is taken as 1.
    """
    over_roofs_m = min(max(link.antenna_height_m - link.rooftop_height_m, _OVER_ROOFS_M[0]), _OVER_ROOFS_M[1])
    slope = 40 * (1 - 4e-3 * over_roofs_m)
    loss = slope * log_km(distance_m) - 18 * math.log10(over_roofs_m) + 21 * math.log10(link.frequency_mhz) + 80
    return np.maximum(loss, free_space_loss_db(distance_m, link))


def rural_loss_db(distance_m: Floats, link: Link) -> Floats:
    """Rural macro loss, from Hata's open area.

    Parameters
    ----------
    distance_m : float64 of any shape, m
        Distances along the ground.
    link : Link
        Frequency and height of the antenna.

    Returns
    -------
    float64, dB
        Median loss, never below free space.

    Notes
    -----
    3GPP TR 36.942 section 4.5.3, Hb in metres above ground, R in km, f in MHz: 69.55 + 26.16 log10(f) - 13.82 log10(Hb)
    + (44.9 - 6.55 log10(Hb)) log10(R) - 4.78 (log10 f)^2 + 18.33 log10(f) - 40.94. The report applies it in its 2 GHz
    band, whose downlink ends at 2,170 MHz.
    """
    log_f, log_h = math.log10(link.frequency_mhz), math.log10(link.antenna_height_m)
    at_one_km = 69.55 + 26.16 * log_f - 13.82 * log_h - 4.78 * log_f**2 + 18.33 * log_f - 40.94
    loss = at_one_km + (44.9 - 6.55 * log_h) * log_km(distance_m)
    return np.maximum(loss, free_space_loss_db(distance_m, link))


URBAN = Model(
    name="tr36942_urban",
    source="3GPP TR 36.942 4.5.2",
    loss_db=urban_loss_db,
    sigma_db=10.0,
    frequency_mhz=(800.0, 2600.0),
    distance_m=(20.0, 20_000.0),
    antenna_height_m=(5.0, 80.0),
)
RURAL = Model(
    name="tr36942_rural",
    source="3GPP TR 36.942 4.5.3",
    loss_db=rural_loss_db,
    sigma_db=10.0,
    frequency_mhz=(150.0, 2200.0),
    distance_m=(1000.0, 20_000.0),
    antenna_height_m=(30.0, 200.0),
)
