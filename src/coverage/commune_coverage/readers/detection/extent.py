"""Where a country lies, as far as it helps to recognise positions: its bounds and, where known, its outline."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from commune_coverage.readers.parsing.coordinates import Floats, share_inside
from commune_coverage.readers.parsing.hemispheres import Bounds


@dataclass(frozen=True)
class Extent:
    """A country's bounds, degrees, and the shapes of its communes, WGS 84; without these its bounds stand for it."""

    bounds: Bounds
    shapes: npt.NDArray[np.object_] = field(default_factory=lambda: np.zeros(0, dtype=object))

    def share(self, lon: Floats, lat: Floats) -> float:
        """Count positions in the country.

        Parameters
        ----------
        lon : ndarray of float64
            (n,) degrees.
        lat : ndarray of float64
            (n,) degrees.

        Returns
        -------
        float
            Share of the known positions, 0 to 1.
        """
        known = np.isfinite(lon) & np.isfinite(lat)
        if not len(self.shapes) or not known.any():
            return share_inside(lon, lat, self.bounds)
        points = np.atleast_1d(np.asarray(shapely.points(lon[known], lat[known])))
        _, hit = shapely.STRtree(points).query(self.shapes, predicate="intersects")
        return float(len(np.unique(hit)) / known.sum())


def extent_of(country: Extent | Bounds | None) -> Extent | None:
    """Take bounds alone for an extent.

    Parameters
    ----------
    country : Extent, Bounds or None
        West, south, east, north in degrees, or an extent.

    Returns
    -------
    Extent or None
    """
    return country if country is None or isinstance(country, Extent) else Extent(country)
