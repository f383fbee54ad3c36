"""An invented country for the pages: a grid of communes with every kind of figure, made in code."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from commune_coverage.config.thresholds import Thresholds
from commune_coverage.schema.commune_gaps import commune_gaps_table
from commune_coverage.schema.themes import declare_delivery, declare_internet, declare_payment
from commune_coverage.site.data.history import FIGURES, RunHistory
from commune_coverage.site.data.points import Points
from commune_coverage.site.geometry.raster_overlays import Canvas, OverlaySpec
from commune_coverage.site.geometry.tile_grid import Extent, tile_grid_of
from commune_coverage.site.i18n.saying import Saying
from commune_coverage.site.pages.page import SiteExtras

HOSTILE_NAME = (
    """</script><script>window.wasHacked = true</script><img src=x onerror="window.wasHacked=true">'\"&\u2028"""
)
HOSTILE_ROW, DATA_POOR_ROW, UNKNOWN_ROW, UNDRAWN_ROW = 1, 2, 3, 4
LIMITS = Thresholds(high_speed_mbps=[10.0, 25.0], delivery_bands_min=[30.0, 60.0, 120.0], delivery_gap_min=60.0)
THRESHOLDS = LIMITS.model_dump() | {"currency": "USD"}
TABLE = commune_gaps_table(["km", "en"], [declare_internet(LIMITS), declare_delivery(LIMITS), declare_payment(LIMITS)])


def khmer_number(number: int) -> str:
    return "".join(chr(0x17E0 + int(digit)) for digit in str(number))


def commune_grid(rows: int = 4, columns: int = 5) -> gpd.GeoDataFrame:
    """``commune_gaps`` for squares of 0.1 degrees, five communes to a district and ten to a province.

    Rows 1 to 4 are special: a hostile name, too little evidence, no figure, no boundary.
    """
    count = rows * columns
    numbers = np.arange(count)
    share = numbers / max(count - 1, 1)
    people = 1000.0 + numbers
    shares = {column: _season(column, share) for column in TABLE.names if "_share" in column}
    counted = {column.replace("_share", "_people"): column for column in shares if column.endswith("_share")}
    squares = [_square(number // columns, number % columns) for number in numbers]
    table = gpd.GeoDataFrame(
        {
            "commune_code": [f"{number:06d}" for number in numbers],
            **_names("commune", numbers, "Commune", "ឃុំ"),
            **_names("district", numbers // 5, "District", "ស្រុក"),
            **_names("province", numbers // 10, "Province", "ខេត្ត"),
            "people": people,
            **shares,
            **{column: shares[of] * people for column, of in counted.items() if column in TABLE.names},
            **{column: _season(column, share) * 150 for column in TABLE.names if column.endswith("_median")},
            "cost_per_parcel": 0.4 + share,
            "cost_per_parcel_wet": 0.4 + 3 * share,
            "cells": numbers.astype(float),
            "cell_samples": numbers * 10.0,
            "internet_evidence": "measured",
            "delivery_evidence": "modelled",
            "payment_evidence": "modelled",
            "evidence_class": "modelled",
            "internet_note": "",
            "delivery_note": "12% of people have no way to a pick-up in the wet season",
            "payment_note": "",
        },
        geometry=squares,
        crs="EPSG:4326",
    )
    return _with_special_rows(table.reindex(columns=TABLE.names).set_geometry("geometry", crs="EPSG:4326"))


def _season(column: str, share: np.ndarray) -> np.ndarray:
    """The wet season takes half of what the dry one leaves."""
    return (1 + share) / 2 if "_wet" in column else share


def _names(level: str, numbers: np.ndarray, latin: str, khmer: str) -> dict[str, list[str]]:
    return {
        f"{level}_code": [f"{number:06d}" for number in numbers],
        f"{level}_name": [f"{latin} {number}" for number in numbers],
        f"{level}_name_km": [khmer + khmer_number(number) for number in numbers],
    }


def _square(row: int, column: int) -> shapely.Polygon:
    """With points along its edges, so that there is something to simplify."""
    return shapely.segmentize(
        shapely.box(104 + column / 10, 11 + row / 10, 104.1 + column / 10, 11.1 + row / 10), 0.1 / 12
    )


def _with_special_rows(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    themes = ("internet", "delivery", "payment")
    named = ["commune_name", "commune_name_km", "province_name", *(f"{theme}_note" for theme in themes)]
    table.loc[HOSTILE_ROW, named] = HOSTILE_NAME
    table.loc[DATA_POOR_ROW, [f"{theme}_evidence" for theme in themes]] = "data-poor"
    table.loc[UNKNOWN_ROW, [name for name in TABLE.names if name.endswith(("_share", "_people"))]] = np.nan
    table.loc[UNDRAWN_ROW, "geometry"] = None
    return table


def without_payments() -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    """Table and report of a run without a payments layer: the columns are there and empty."""
    reason = "the country file names no payments layer"
    table, report = commune_grid(), make_report()
    table[[column for column in TABLE.names if "payment" in column]] = np.nan
    table[["payment_evidence", "payment_note"]] = "data-poor", reason
    national = {figure: None if figure.startswith("payment") else value for figure, value in report["national"].items()}
    return table, report | {"national": national, "unavailable": {"payment_gap": reason}}


def make_report(**changes: Any) -> dict[str, Any]:
    """A report of a real country with nothing synthetic, with ``changes`` to its top level."""
    report = {
        "run_id": "20261122-invented",
        "run_date": "2026-11-22",
        "country": {"code": "KHM", "name": {"en": "Cambodia", "km": "កម្ពុជា"}, "languages": ["km", "en"]},
        "status": "real",
        "synthetic_layers": [],
        "layers": {"towers": tower_source(synthetic=False)},
        "people": {"read": 20300, "counted": 20190, "outside": 100, "quarantined": 10},
        "unavailable": {"terrain": "the country file names no elevation layer"},
        "national": {
            "communes": 20,
            "people": 20190.0,
            "internet_gap_people": 9120.0,
            "internet_gap_share": 0.4756,
            "internet_data_poor_people": 1002.0,
            "internet_data_poor_communes": 1,
            "delivery_gap_people": 9120.0,
            "delivery_gap_share": 0.4756,
            "delivery_data_poor_people": 1002.0,
            "delivery_data_poor_communes": 1,
            "delivery_gap_wet_people": 14655.0,
            "delivery_gap_wet_share": 0.7637,
            "delivery_wet_loss_people": 5535.0,
            "payment_gap_people": 9120.0,
            "payment_gap_share": 0.4756,
            "payment_data_poor_people": 1002.0,
            "payment_data_poor_communes": 1,
        },
        "thresholds": THRESHOLDS,
        "assumptions": [
            {"theme": "internet", "name": "cell load", "value": "0.5", "unit": "", "source": "FCC BDC"},
            {"theme": "delivery", "name": "on foot", "value": "5", "unit": "km/h", "source": "assumption"},
            {"theme": "payment", "name": "method", "value": "over roads", "unit": "", "source": "assumption"},
        ],
        "stages": [],
    }
    return report | changes


def tower_source(synthetic: bool) -> dict[str, Any]:
    return {
        "title": "A file of cells",
        "publisher": "A publisher <b>",
        "licence": "CC BY-SA 4.0",
        "attribution": "contributors",
        "version": "2026-11",
        "synthetic": synthetic,
        "note": "",
        "file": "cells.csv",
        "also": [],
        "held": None,
        "old_days": None,
        "rows": {"read": 1234, "kept": 1200, "neighbours": 20, "out_of_area": 10, "quarantined": 4},
        "reasons": {},
    }


def beside_of(table: gpd.GeoDataFrame) -> SiteExtras:
    """An earlier run in which half as many people were in each gap, two towers, a hub, and a picture."""
    before = table[["commune_code", *FIGURES]].assign(**{name: table[name] / 2 for name in FIGURES})
    updates = RunHistory(
        {"2026-11-21": before}, pd.DataFrame([{"run_date": "2026-11-21", "internet_gap_people": 4560.0}])
    )
    sites = pd.DataFrame(
        {
            "site": [7, 8],
            "operator": ["One", HOSTILE_NAME],
            "lon": [104.05, 104.15],
            "lat": [11.05, 11.15],
            "cells": [3, 1],
            "technologies": ["2g 4g", "2g"],
            "commune": [0, -1],
            "people": [812.0, np.nan],
            "hull": [[[104.0, 11.0], [104.1, 11.0], [104.1, 11.1]], None],
        }
    )
    hubs = pd.DataFrame(
        {
            "name": ["Post office"],
            "kind": ["post office"],
            "lon": [104.25],
            "lat": [11.25],
            "commune": [10],
            "load": [0.5],
            "people": [2020.0],
            "communes": [[10, 11]],
        }
    )
    nearest = [(0, 0.75, 22.4) if row in (10, 11) else None for row in range(len(table))]
    servers = [[(0, 812.0)] if row == 10 else [] for row in range(len(table))]
    lon, lat, classes = np.linspace(104, 104.5, 50), np.linspace(11, 11.4, 50), np.repeat([1, 2], 25)
    entries = [("#bdd7e7", Saying("picture_fast", {"mbps": "10"})), ("#08519c", Saying("picture_no_signal"))]
    picture = OverlaySpec("signal", "internet", Saying("picture_signal"), entries)
    canvas = Canvas(tile_grid_of([Extent(104, 11, 104.5, 11.4)]), [picture])
    canvas.paint(0, lon, lat, classes.astype(np.uint8)[np.newaxis])
    return SiteExtras(updates, Points(sites, hubs, nearest, servers), canvas.painted())
