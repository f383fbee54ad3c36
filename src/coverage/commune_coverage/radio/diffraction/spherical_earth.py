"""Diffraction over a smooth spherical earth, ITU-R P.526-15 section 3.2 and P.1812-7 sections 4.3.2 and 4.3.3.

The first term of the residue series over average land, horizontal or vertical polarisation alike at these
frequencies. Distances in km, heights in m, frequencies in GHz.
"""

from __future__ import annotations

import math

from commune_coverage.core.jit import compiled

LAND_PERMITTIVITY = 22.0
LAND_CONDUCTIVITY_S_PER_M = 0.003


@compiled
def spherical_earth_loss_db(
    distance_km: float, tx_m: float, rx_m: float, frequency_ghz: float, earth_km: float
) -> float:
    """Diffraction loss over a smooth spherical earth.

    Parameters
    ----------
    distance_km : float, km
        Length of the path.
    tx_m, rx_m : float, m
        Heights of the antennas above the smooth earth; less than 0.1 m counts as 0.1 m.
    frequency_ghz : float, GHz
        Carrier frequency.
    earth_km : float, km
        Effective earth radius.

    Returns
    -------
    float, dB
        Loss beyond free space, 0 where the path is clear.

    Notes
    -----
    ITU-R P.1812-7 section 4.3.2 (P.526-15 section 3.2), over average land.
    """
    d = distance_km
    tx_m, rx_m = max(tx_m, 0.1), max(rx_m, 0.1)
    horizon_km = math.sqrt(2 * earth_km) * (math.sqrt(0.001 * tx_m) + math.sqrt(0.001 * rx_m))
    if d >= horizon_km:
        return first_term_loss_db(d, tx_m, rx_m, frequency_ghz, earth_km)
    clearance_m, needed_m = _clearance(d, tx_m, rx_m, frequency_ghz, earth_km)
    if clearance_m >= needed_m:
        return 0.0
    marginal_earth_km = 500 * (d / (math.sqrt(tx_m) + math.sqrt(rx_m))) ** 2
    loss = first_term_loss_db(d, tx_m, rx_m, frequency_ghz, marginal_earth_km)
    return max(0.0, (1 - clearance_m / needed_m) * loss)


@compiled
def _clearance(d: float, tx_m: float, rx_m: float, frequency_ghz: float, earth_km: float) -> tuple[float, float]:
    """Least height of the ray over the curved earth, and the height that leaves no diffraction loss; m."""
    c = (tx_m - rx_m) / (tx_m + rx_m)
    m = 250 * d * d / (earth_km * (tx_m + rx_m))
    angle = math.acos(min(1.0, max(-1.0, 1.5 * c * math.sqrt(3 * m / (m + 1) ** 3)))) / 3
    b = 2 * math.sqrt((m + 1) / (3 * m)) * math.cos(math.pi / 3 + angle)
    d1 = d / 2 * (1 + b)
    d2 = d - d1
    height = ((tx_m - 500 * d1 * d1 / earth_km) * d2 + (rx_m - 500 * d2 * d2 / earth_km) * d1) / d
    wavelength_m = 0.299792458 / frequency_ghz
    return height, 17.456 * math.sqrt(max(d1 * d2, 0.0) * wavelength_m / d)


@compiled
def first_term_loss_db(d: float, tx_m: float, rx_m: float, frequency_ghz: float, earth_km: float) -> float:
    """First term of the residue series for diffraction over a smooth earth.

    Parameters
    ----------
    d : float, km
        Length of the path.
    tx_m, rx_m : float, m
        Heights of the antennas above the smooth earth.
    frequency_ghz : float, GHz
        Carrier frequency.
    earth_km : float, km
        Effective earth radius.

    Returns
    -------
    float, dB
        Loss beyond free space; may be negative where the series does not hold.

    Notes
    -----
    ITU-R P.1812-7 section 4.3.3, equations (30) to (37), permittivity 22 and conductivity 0.003 S/m. Its three cube
    roots are of one ``size``: (f / a^2)^(1/3) = f size^2 and (f^2 / a)^(1/3) = f size.
    """
    lossy = 18 * LAND_CONDUCTIVITY_S_PER_M / frequency_ghz
    size = (earth_km * frequency_ghz) ** (-1 / 3)
    k = 0.036 * size / math.sqrt(math.sqrt((LAND_PERMITTIVITY - 1) ** 2 + lossy * lossy))
    k2 = k * k
    beta = (1 + 1.6 * k2 + 0.67 * k2 * k2) / (1 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * frequency_ghz * size * size * d
    y = 0.9575 * beta * frequency_ghz * size
    fall = 11 + 10 * math.log10(x) - 17.6 * x if x >= 1.6 else -20 * math.log10(x) - 5.6488 * x**1.425
    return -fall - _height_gain_db(beta * y * tx_m, k) - _height_gain_db(beta * y * rx_m, k)


@compiled
def _height_gain_db(b: float, k: float) -> float:
    """G(Y) with B = beta Y, never below 2 + 20 log10 K."""
    far = b > 2
    gain = 17.6 * math.sqrt(b - 1.1) - 5 * math.log10(b - 1.1) - 8 if far else 20 * math.log10(b + 0.1 * b * b * b)
    return max(gain, 2 + 20 * math.log10(k))
