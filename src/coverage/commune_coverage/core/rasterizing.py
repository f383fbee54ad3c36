"""rasterio's burning of geometries into arrays, quiet when threads burn at the same time."""

from __future__ import annotations

import warnings

from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import geometry_mask, rasterize

__all__ = ["geometry_mask", "rasterize"]

# rasterio hides this warning while it burns, but filters are one for all threads: the first thread that is done shows
# it to the others. An array has no georeference of its own, so nobody is to be warned.
warnings.filterwarnings("ignore", "Dataset has no geotransform", NotGeoreferencedWarning)
