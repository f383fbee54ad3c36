"""Friction surfaces: minutes that a metre takes, where there are no roads."""

from __future__ import annotations

import numpy as np

from commune_coverage.config.layers import FrictionLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.band import Limits
from commune_coverage.readers.formats.nodata import without_stand_ins
from commune_coverage.readers.formats.raster import check_raster
from commune_coverage.readers.layer_spec import ReadContext, ReadResult

FRICTION = Limits("minutes a metre", float(np.nextafter(0.0, 1.0)), 1000.0)
"""Above nothing, for nothing takes no time, and not 16 hours a metre."""


def read_friction(layer: FrictionLayer, context: ReadContext) -> ReadResult:  # noqa: ARG001 -- every reader has a context
    """Check the friction raster, and that of the wet season where there is one.

    Parameters
    ----------
    layer : FrictionLayer
        Rasters of minutes a metre, in any reference system.
    context : ReadContext
        Not used.

    Returns
    -------
    ReadResult
        No table; a log with each raster's size.

    Raises
    ------
    UnreadableFileError
        When a raster is damaged, or its values are no minutes a metre.
    MissingCrsError
        When one does not state its reference system.
    """
    logs = []
    for ref in [layer] if layer.wet is None else [layer, layer.wet]:
        log = RowLog("friction", ref.path.name)
        without_stand_ins(ref, FRICTION, log)
        check_raster(ref, log)
        logs.append(log)
    return ReadResult(row_logs=logs)
