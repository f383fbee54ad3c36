"""The band of a raster that holds the values, and what its cells can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.enums import Resampling
from rasterio.windows import Window

Floats = npt.NDArray[np.float64]
Bounds = tuple[int, int, int, int]
"""(row, column, height, width), in cells."""


@dataclass(frozen=True)
class Limits:
    """What a cell of a layer can hold: values from ``low`` to ``high`` in the layer's unit.

    ``none`` are stored numbers within that stand for none all the same. ``by_row`` says that what is beyond is set
    aside cell by cell, elsewhere; else several different values beyond are another unit.
    """

    what: str
    low: float = -math.inf
    high: float = math.inf
    none: tuple[float, ...] = ()
    by_row: bool = False

    def forbid(self, values: Floats) -> npt.NDArray[np.bool_]:
        """Tell which values no cell can hold; NaN is none of them.

        Parameters
        ----------
        values : ndarray of float64
            Values in the layer's unit.

        Returns
        -------
        ndarray of bool
            Flags.
        """
        return np.asarray((values < self.low) | (values > self.high), dtype=bool)


ANYTHING = Limits("values")


@dataclass(frozen=True)
class Band:
    """The band of an open raster that holds the values: value = stored number x ``scale`` + ``offset``.

    ``absent`` are stored numbers that stand for none, besides those that the file declares; so is what lies beyond
    ``limits``.
    """

    source: rasterio.DatasetReader
    number: int
    scale: float
    offset: float
    absent: tuple[float, ...] = ()
    limits: Limits = ANYTHING

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the stored numbers."""
        return np.dtype(self.source.dtypes[self.number - 1])

    def stored(self, bounds: Bounds) -> Floats:
        """Read the numbers of a window as they are stored.

        Parameters
        ----------
        bounds : Bounds
            (row, column, height, width), in cells.

        Returns
        -------
        ndarray of float64
            (height, width) numbers; NaN where there is none or one that is not finite.
        """
        row, column, height, width = bounds
        numbers = self.source.read(self.number, window=Window(column, row, width, height), masked=True)
        return self._without_absent(numbers)

    def values(self, bounds: Bounds) -> Floats:
        """Read the values of a window.

        Parameters
        ----------
        bounds : Bounds
            (row, column, height, width), in cells.

        Returns
        -------
        ndarray of float64
            (height, width) values in the layer's unit, NaN where there is none.
        """
        return self._within(self.scaled(self.stored(bounds)))

    def averages(self, shape: tuple[int, int]) -> Floats:
        """Read the whole band in fewer cells, each the mean of those that it is made of.

        Parameters
        ----------
        shape : tuple[int, int]
            Rows and columns, no more than the raster has.

        Returns
        -------
        ndarray of float64
            Values in the layer's unit, NaN where there is none.
        """
        numbers = self.source.read(self.number, out_shape=shape, resampling=Resampling.average, masked=True)
        return self._within(self.scaled(self._without_absent(numbers)))

    def scaled(self, numbers: Floats) -> Floats:
        """Turn stored numbers into values.

        Parameters
        ----------
        numbers : ndarray of float64
            Stored numbers.

        Returns
        -------
        ndarray of float64
            Values in the layer's unit.
        """
        return numbers if self.is_unscaled else numbers * self.scale + self.offset

    @property
    def is_unscaled(self) -> bool:
        """Whether numbers are stored as they are."""
        return self.scale == 1 and self.offset == 0

    def _within(self, values: Floats) -> Floats:
        if self.limits is not ANYTHING:
            values[self.limits.forbid(values)] = np.nan
        return values

    def _without_absent(self, numbers: np.ma.MaskedArray) -> Floats:
        plain = np.asarray(np.ma.filled(numbers.astype(np.float64), np.nan))
        if self.absent:
            plain[np.isin(plain, self.absent)] = np.nan
        plain[~np.isfinite(plain)] = np.nan
        return plain
