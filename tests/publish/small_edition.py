"""The tables of an edition of three communes and a hub, for the formats that are made of them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from commune_coverage.publish.exports import export_commune_gaps
from commune_coverage.schema.inputs import Column, Table

HOSTILE = '"><script>alert(1)</script>&'
_GAPS = ("internet", "delivery", "payment")


def communes(west: float = 0.0, **columns: list[object]) -> gpd.GeoDataFrame:
    """Communes side by side, of two provinces: nobody lives in the second, and of the third the gaps are not known."""
    squares = [shapely.box(west + x, 0, west + x + 1, 1) for x in range(3)]
    given = {"commune_code": ["01", "02", "03"], "province_code": ["A", "A", "B"], "people": [10.0, 0.0, 30.0]}
    gaps = {f"{gap}_gap_people": [4.0, np.nan, np.nan] for gap in _GAPS}
    return gpd.GeoDataFrame(given | {"area_km2": 1.0} | gaps | columns, geometry=squares, crs="EPSG:4326")


def write(folder: Path, text: str = "Words.", west: float = 0.0) -> None:
    """Write the tables; ``text`` is said of every column of the communes, and is the hub's name without quotes."""
    shares = {f"{gap}_gap_share": [0.4, np.nan, 1.0] for gap in _GAPS}
    table = communes(west, **shares)
    columns = [Column(str(name), "text" if "code" in str(name) else "number", text) for name in table]
    export_commune_gaps(table, Table("commune_gaps", "", tuple(columns)), folder)
    hub = f"point_id,point_name,lon,lat\n007,{text.replace(chr(34), '')},0.5,0.5\n"
    (folder / "hubs.csv").write_text(hub, encoding="utf-8")
