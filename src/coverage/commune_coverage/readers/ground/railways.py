"""Railways: vector lines, cut to the country."""

from __future__ import annotations

from commune_coverage.config.layers import Layer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.ground.lines import lines_near, read_classed_lines
from commune_coverage.readers.ground.roads import NOT_THERE
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.schema.inputs import RAILWAYS


def read_railways(layer: Layer, context: ReadContext) -> ReadResult:
    """Read railways that are there; those under construction, disused or removed are set aside.

    Parameters
    ----------
    layer : Layer
        Vector lines in any reference system.
    context : ReadContext
        Without an area the lines are checked and stay in the file's reference system.

    Returns
    -------
    ReadResult
        Table ``railways``: (lines,) LineStrings in the metric reference system with the columns of ``RAILWAYS``.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingCrsError
        When it does not state its reference system.
    """
    log, area = RowLog("railways", layer.path.name), context.area
    found = read_classed_lines(layer, RAILWAYS, log)
    is_there = ~found["class"].str.strip().str.lower().isin(NOT_THERE)
    log.set_aside(found.loc[~is_there, LINE], Reason.NOT_OPEN)
    found = found[is_there]
    if area is None:
        log.kept = len(found)
        return ReadResult({"railways": found.explode(ignore_index=True)}, [log])
    found = lines_near(found, area, 0.0, log)
    length_m = area.system.scale.total_length_m(found.geometry.to_numpy())
    return ReadResult({"railways": found}, [log], {"length_km": length_m / 1000})
