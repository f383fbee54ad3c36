"""Logarithms for inner loops: a table of 128 steps and three terms of a series, within 1e-10 of the exact one.

The library's cost more than all else that is done with a place. These are plain arithmetic, so their bytes are the
same on every machine.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import inlined

Floats = npt.NDArray[np.float64]

_STEPS = 128
_MIDDLES = 1 + (np.arange(_STEPS) + 0.5) / _STEPS
_INVERSE, _LOG2 = 1 / _MIDDLES, np.log2(_MIDDLES)
_BITS, _BIAS = 52, 1023
_SHIFT = _BITS - 7
_FRACTION, _ONE = (1 << _BITS) - 1, _BIAS << _BITS
_LOG2_E = 1 / math.log(2.0)
DB_PER_OCTAVE = 10 * math.log10(2.0)


@inlined
def log2(value: float) -> float:
    """Binary logarithm.

    Parameters
    ----------
    value : float
        Positive.

    Returns
    -------
    float
        Within 1e-10 of the exact one; -1,023 of 0.
    """
    bits = np.float64(value).view(np.int64)
    step = (bits >> _SHIFT) & (_STEPS - 1)
    off = np.int64((bits & _FRACTION) | _ONE).view(np.float64) * _INVERSE[step] - 1.0
    near = off * (1.0 + off * (off * (1.0 / 3.0) - 0.5))
    return float(((bits >> _BITS) - _BIAS) + _LOG2[step] + near * _LOG2_E)


@inlined
def in_db(ratio: float) -> float:
    """Ratio in decibels.

    Parameters
    ----------
    ratio : float
        Positive.

    Returns
    -------
    float, dB
        Ten times the decimal logarithm.
    """
    return DB_PER_OCTAVE * log2(ratio)
