"""Bits per second and Hz at a SINR: the attenuated and truncated Shannon bound, over one or several spatial layers.

One layer follows 3GPP TR 36.942 annex A. Several layers (MIMO) share the transmitter's power and the antennas of the
receiver; as many are used as give most, as a device's rank indicator asks for (3GPP TS 38.214 section 5.2.2).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.fast_log import log2

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LN2 = math.log(2.0)
_MAX_OCTAVES = 1000.0


@inlined
def layer_sinr_share(rank: int, layers: int) -> float:
    """Part of the SINR of a single layer that each of several has.

    Parameters
    ----------
    rank : int
        Layers that are used, from 1 to ``layers``.
    layers : int
        Most layers, which is also how many antennas receive.

    Returns
    -------
    float
        1 for a single layer; 1/4 for two of two.

    Notes
    -----
    Each layer has 1 / rank of the power, and a receiver of n antennas that keeps the others out has n - rank + 1 of
    them left for it (Winters, Salz and Gitlin, IEEE Trans. Commun. 42, 1994).
    """
    return (layers - rank + 1) / (layers * rank)


@compiled
def spectral_efficiency(sinr: float, shannon_alpha: float, max_efficiency: float, layers: int) -> float:
    """Spectral efficiency at a SINR.

    Parameters
    ----------
    sinr : float
        SINR of a single layer, as a ratio.
    shannon_alpha : float
        Attenuation factor alpha.
    max_efficiency : float, bit/s/Hz
        Greatest spectral efficiency of a layer.
    layers : int
        Most spatial layers, from 1 on.

    Returns
    -------
    float, bit/s/Hz
        Of the number of layers that gives most.

    Notes
    -----
    max over r of r min(alpha log2(1 + SINR (n - r + 1) / (n r)), greatest efficiency), r from 1 to n layers: 3GPP
    TR 36.942 annex A for each layer. Two layers of two give more than one from 9 dB on (SINR > 8). Against simulated
    Rayleigh channels the gain lies between that of a zero-forcing receiver and that of their capacity, 0 to 25 dB.
    """
    best = 0.0
    for rank in range(1, layers + 1):
        share = layer_sinr_share(rank, layers)
        best = max(best, rank * min(shannon_alpha * log2(1 + sinr * share), max_efficiency))
    return best


@compiled
def needed_sinr(efficiency: float, shannon_alpha: float, max_efficiency: float, layers: int) -> float:
    """SINR that a spectral efficiency takes.

    Parameters
    ----------
    efficiency : float, bit/s/Hz
        Spectral efficiency.
    shannon_alpha, max_efficiency, layers
        As for ``spectral_efficiency``.

    Returns
    -------
    float
        As a ratio; +inf where no SINR gives it.

    Notes
    -----
    Inverse of ``spectral_efficiency``: the least of what each number of layers takes.
    """
    least = np.inf
    for rank in range(1, layers + 1):
        if efficiency <= rank * max_efficiency:
            octaves = min(efficiency / (rank * shannon_alpha), _MAX_OCTAVES)
            least = min(least, math.expm1(octaves * _LN2) / layer_sinr_share(rank, layers))
    return least


def spectral_efficiencies(sinr: Floats, shannon_alpha: Floats, max_efficiency: Floats, layers: Integers) -> Floats:
    """``spectral_efficiency`` of each of n.

    Parameters
    ----------
    sinr, shannon_alpha, max_efficiency : (n,) float64
        As for ``spectral_efficiency``.
    layers : (n,) int64
        Most spatial layers.

    Returns
    -------
    (n,) float64, bit/s/Hz
        Spectral efficiencies.
    """
    result = np.empty(len(sinr))
    _fill_efficiencies(sinr, shannon_alpha, max_efficiency, layers, result)
    return result


def needed_sinrs(efficiency: Floats, shannon_alpha: Floats, max_efficiency: Floats, layers: Integers) -> Floats:
    """``needed_sinr`` of each of n.

    Parameters
    ----------
    efficiency, shannon_alpha, max_efficiency : (n,) float64
        As for ``needed_sinr``.
    layers : (n,) int64
        Most spatial layers.

    Returns
    -------
    (n,) float64
        As ratios; +inf where no SINR gives the efficiency.
    """
    result = np.empty(len(efficiency))
    _fill_needed(efficiency, shannon_alpha, max_efficiency, layers, result)
    return result


@compiled
def _fill_efficiencies(sinr: Floats, alpha: Floats, most: Floats, layers: Integers, result: Floats) -> None:
    for row in range(len(sinr)):
        result[row] = spectral_efficiency(sinr[row], alpha[row], most[row], layers[row])


@compiled
def _fill_needed(efficiency: Floats, alpha: Floats, most: Floats, layers: Integers, result: Floats) -> None:
    for row in range(len(efficiency)):
        result[row] = needed_sinr(efficiency[row], alpha[row], most[row], layers[row])
