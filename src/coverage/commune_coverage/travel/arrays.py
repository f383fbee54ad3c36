"""Types of the arrays that travel times are computed with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Integers32 = npt.NDArray[np.int32]
"""Of nodes, points, lines or edges, of which there are many: they take half the room."""
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
Lines = npt.NDArray[np.object_]
"""Shapely line strings."""
