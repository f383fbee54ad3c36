"""What another version of a layer's file changes, row by row, where the layer has rows that can be told apart."""

from __future__ import annotations

from commune_coverage.config.layers import Layer, PointsFile, TowersFile
from commune_coverage.quality.row_diff import RowChanges, row_changes
from commune_coverage.readers.points.reader import is_osm
from commune_coverage.readers.towers.cells import CELL_KEY, headerless_cells
from commune_coverage.schema.inputs import CELLS, COMMUNES, LAT, LON, PEOPLE, POINTS, Column, Table

_PLACE = tuple(Column(each.name, each.kind, each.sentence, aliases=each.aliases) for each in (LON, LAT))
_ROWS: dict[str, tuple[Table, list[str]]] = {
    "communes": (COMMUNES, ["commune_code"]),
    "people": (Table("people", PEOPLE.sentence, (*_PLACE, *PEOPLE.columns)), ["place_code"]),
    "towers": (CELLS, CELL_KEY),
    "hubs": (POINTS, ["point_id"]),
    "payments": (POINTS, ["point_id"]),
}
_RASTERS = (".tif", ".tiff", ".img", ".vrt")


def layer_changes(name: str, old: Layer, new: Layer) -> RowChanges | None:
    """Rows that are new, gone or different; None for a raster, an OSM extract or a layer without rows of its own."""
    has_rows = name in _ROWS and all(each.path.suffix.lower() not in _RASTERS for each in (old, new))
    if not has_rows or any(isinstance(each, PointsFile) and is_osm(each) for each in (old, new)):
        return None
    headerless = headerless_cells(old) if isinstance(old, TowersFile) else None
    table, key = _ROWS[name]
    return row_changes(old, new, table, key, headerless)
