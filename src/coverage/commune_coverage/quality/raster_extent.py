"""Whether a raster covers much more than the country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commune_coverage.config.layers import Layer
from commune_coverage.readers.formats.raster import crs_of, open_raster

if TYPE_CHECKING:
    from commune_coverage.readers.boundaries.study_area import StudyArea

# A national raster is cut along its borders or their frame, with some margin.
_MUCH_WIDER = 4.0


def is_wider_than(layer: Layer, area: StudyArea) -> bool:
    """Tell whether a raster's frame is more than four times that of the communes: a continent's, or the world's.

    Parameters
    ----------
    layer : Layer
        A raster.
    area : StudyArea
        The communes.

    Returns
    -------
    bool
        Whether it is.
    """
    with open_raster(layer) as source:
        communes = area.communes.geometry.to_crs(crs_of(source, layer)).total_bounds
        raster = np.array(source.bounds)
    return _frame(raster) > _MUCH_WIDER * _frame(communes)


def _frame(bounds: np.ndarray) -> float:
    return float(abs((bounds[2] - bounds[0]) * (bounds[3] - bounds[1])))
