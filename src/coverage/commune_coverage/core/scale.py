"""The local scale of a plane: by how much a metre in it is longer or shorter than one on the ellipsoid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Scale(NamedTuple):
    """True metres in a metre of the plane, on a coarse grid with bilinear values in between.

    Attributes
    ----------
    true_per_m : (rows, columns) float64
        True metres in a metre of the plane at each node, rows from south; beyond the grid the edge counts.
    west_m, south_m : float
        Position of the first node, m.
    cell_m : float
        From one node to the next, m.
    strip_ends_m : (parts - 1,) float64
        Where in the plane one part of the country ends and the next begins, going east, m.
    """

    true_per_m: Floats
    west_m: float
    south_m: float
    cell_m: float
    strip_ends_m: Floats

    @property
    def is_one(self) -> bool:
        """Whether distances of the plane are taken as they are."""
        return self.true_per_m.size == 1

    def at(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> Floats:
        """Look up the scale.

        Parameters
        ----------
        x_m, y_m : array_like
            (n,) positions in the plane, m.

        Returns
        -------
        ndarray of float64
            (n,) true metres in a metre of the plane.
        """
        x_m, y_m = (np.asarray(side, dtype=np.float64) for side in (x_m, y_m))
        if self.is_one:
            return np.full(x_m.shape, self.true_per_m[0, 0])
        rows, columns = self.true_per_m.shape
        row = np.clip((y_m - self.south_m) / self.cell_m, 0.0, rows - 1.0)
        column = np.clip((x_m - self.west_m) / self.cell_m, 0.0, columns - 1.0)
        low, left = np.minimum(row.astype(np.int64), rows - 2), np.minimum(column.astype(np.int64), columns - 2)
        up, along = row - low, column - left
        lower = self.true_per_m[low, left] * (1 - along) + self.true_per_m[low, left + 1] * along
        upper = self.true_per_m[low + 1, left] * (1 - along) + self.true_per_m[low + 1, left + 1] * along
        return np.asarray(lower * (1 - up) + upper * up)

    def in_middle(self, x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> float:
        """Look up the scale in the middle of positions (n,), for all of them as one."""
        if self.is_one:
            return float(self.true_per_m[0, 0])
        middle = [(np.min(side) + np.max(side)) / 2 for side in (x_m, y_m)]
        return float(self.at(*middle))

    def total_length_m(self, lines: npt.NDArray[np.object_]) -> float:
        """Measure all of many lines (n,) in the plane; points among them have no length."""
        import shapely

        if self.is_one:
            return float(shapely.length(lines).sum())
        at, of_line = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
        rows = np.flatnonzero(of_line[1:] == of_line[:-1])
        return float(self.lengths_m(at[rows], at[rows + 1]).sum())

    def strip_of(self, x_m: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Number the part of the country, from west, in whose strip of the plane each position (n,) lies."""
        return np.searchsorted(self.strip_ends_m, np.asarray(x_m, dtype=np.float64), side="right")

    def lengths_m(self, from_m: Floats, to_m: Floats) -> Floats:
        """Measure straight lines on the ellipsoid.

        Parameters
        ----------
        from_m, to_m : ndarray of float64
            (n, 2) ends in the plane, m.

        Returns
        -------
        ndarray of float64
            (n,) lengths, m; inf between parts of the country, which have no common plane.

        Notes
        -----
        The scale along a line is integrated by Simpson's rule, which is exact for a cubic.
        """
        length_m = np.hypot(*(to_m - from_m).T)
        if not self.is_one:
            start, middle, end = (self.at(*at.T) for at in (from_m, (from_m + to_m) / 2, to_m))
            length_m *= (start + 4 * middle + end) / 6
        if len(self.strip_ends_m):
            length_m[self.strip_of(from_m[:, 0]) != self.strip_of(to_m[:, 0])] = np.inf
        return np.asarray(length_m)


def unscaled(strip_ends_m: npt.ArrayLike = ()) -> Scale:
    """Return the scale of a plane whose distances are taken as they are."""
    return Scale(np.ones((1, 1)), 0.0, 0.0, 1.0, np.asarray(strip_ends_m, dtype=np.float64))


UNSCALED = unscaled()
