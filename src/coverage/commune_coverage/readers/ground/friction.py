"""Friction surfaces: minutes that a metre takes, where there are no roads."""

from __future__ import annotations

from commune_coverage.config.layers import FrictionLayer
from commune_coverage.readers.formats.provenance import files_of
from commune_coverage.readers.formats.raster import check_raster
from commune_coverage.readers.layer_spec import ReadContext, ReadResult


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
        When a raster is damaged.
    MissingCrsError
        When one does not state its reference system.
    """
    return ReadResult(row_logs=[check_raster("friction", ref) for _, ref in files_of(layer)])
