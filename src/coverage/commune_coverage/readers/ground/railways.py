"""Railways: vector lines, cut to the country."""

from __future__ import annotations

import geopandas as gpd
import shapely

from commune_coverage.config.layers import Layer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import shapes_near
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.vector import read_vector
from commune_coverage.readers.ground.roads import NOT_THERE, lines_only
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows
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
    lines = read_vector(layer)
    log.read += len(lines)
    lines = lines_only(lines, log)
    table = check_rows(pick_columns(lines, RAILWAYS, layer), RAILWAYS, log)
    table = table.assign(**{"class": table["class"].fillna("") if "class" in table else ""})
    is_there = ~table["class"].str.strip().str.lower().isin(NOT_THERE)
    log.set_aside(table.loc[~is_there, LINE], Reason.NOT_OPEN)
    table = table[is_there]
    found = gpd.GeoDataFrame(table, geometry=lines.geometry.loc[table.index], crs=lines.crs)
    if area is None:
        log.kept = len(found)
        return ReadResult({"railways": found.explode(ignore_index=True)}, [log])
    found = shapes_near(found, area, 0.0, log)[["class", "geometry"]].explode(ignore_index=True)
    found = found.set_geometry(shapely.force_2d(found.geometry.to_numpy()), crs=found.crs)
    length_m = area.system.scale.total_length_m(found.geometry.to_numpy())
    return ReadResult({"railways": found}, [log], {"length_km": length_m / 1000})
