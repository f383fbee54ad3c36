"""Values of places, summed by commune."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class CommuneSums(NamedTuple):
    """Values of places, summed by commune.

    Attributes
    ----------
    sums : dict of str to float64[communes]
        People for whom something holds, or people times a value.
    medians : dict of str to float64[communes]
        Medians over people; NaN where nobody has a value.
    national : dict of str to float
        Medians over all people.
    """

    sums: dict[str, Floats]
    medians: dict[str, Floats]
    national: dict[str, float]
