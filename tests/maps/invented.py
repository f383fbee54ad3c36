"""An invented country for the pages: a grid of communes with every kind of figure, made in code."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from coverage.commune_table import commune_gaps_table

HOSTILE_NAME = (
    """</script><script>window.wasHacked = true</script><img src=x onerror="window.wasHacked=true">'\"&\u2028"""
)
HOSTILE_ROW, DATA_POOR_ROW, UNKNOWN_ROW, UNDRAWN_ROW = 1, 2, 3, 4
THRESHOLDS = {"high_speed_mbps": [10.0, 25.0], "delivery_bands_min": [30.0, 60.0, 120.0], "delivery_gap_min": 60.0}
TABLE = commune_gaps_table(
    ["km", "en"], THRESHOLDS["high_speed_mbps"], THRESHOLDS["delivery_bands_min"], THRESHOLDS["delivery_gap_min"]
)


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
    shares = [column for column in TABLE.names if column.endswith("_share")]
    squares = [_square(number // columns, number % columns) for number in numbers]
    table = gpd.GeoDataFrame(
        {
            "commune_code": [f"{number:06d}" for number in numbers],
            **_names("commune", numbers, "Commune", "ឃុំ"),
            **_names("district", numbers // 5, "District", "ស្រុក"),
            **_names("province", numbers // 10, "Province", "ខេត្ត"),
            "people": people,
            **dict.fromkeys(shares, share),
            **{column.replace("_share", "_people"): share * people for column in shares if "gap" in column},
            "minutes_to_hub_median": share * 150,
            "cells": numbers.astype(float),
            "cell_samples": numbers * 10.0,
            "internet_evidence": "measured",
            "delivery_evidence": "modelled",
            "evidence_class": "modelled",
            "internet_note": "",
            "delivery_note": "minutes are mostly a straight-line assumption",
            "run_id": "test",
            "night": "2026-11-22",
        },
        geometry=squares,
        crs="EPSG:4326",
    )
    return _with_special_rows(table.reindex(columns=TABLE.names).set_geometry("geometry", crs="EPSG:4326"))


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
    table.loc[HOSTILE_ROW, ["commune_name", "commune_name_km", "province_name", "internet_note", "delivery_note"]] = (
        HOSTILE_NAME
    )
    table.loc[DATA_POOR_ROW, ["internet_evidence", "delivery_evidence"]] = "data-poor"
    table.loc[UNKNOWN_ROW, [name for name in TABLE.names if name.endswith(("_share", "_people"))]] = np.nan
    table.loc[UNDRAWN_ROW, "geometry"] = None
    return table


def make_report(**changes: Any) -> dict[str, Any]:
    """A report of a real country with nothing synthetic, with ``changes`` to its top level."""
    report = {
        "run_id": "20261122-invented",
        "night": "2026-11-22",
        "country": {"code": "KHM", "name": {"en": "Cambodia", "km": "កម្ពុជា"}, "languages": ["km", "en"]},
        "status": "real",
        "synthetic_layers": [],
        "layers": {"towers": tower_source(synthetic=False)},
        "people": {"read": 20300, "counted": 20190, "outside": 100, "quarantined": 10},
        "unavailable": {"terrain": "the country file names no elevation layer"},
        "national": {
            "communes": 20, "people": 20190.0,
            "internet_gap_people": 9120.0, "internet_gap_share": 0.4756,
            "internet_data_poor_people": 1002.0, "internet_data_poor_communes": 1,
            "delivery_gap_people": 9120.0, "delivery_gap_share": 0.4756,
            "delivery_data_poor_people": 1002.0, "delivery_data_poor_communes": 1,
        },
        "thresholds": THRESHOLDS,
        "assumptions": [
            {"theme": "internet", "name": "cell load", "value": "0.5", "unit": "", "source": "FCC BDC"},
            {"theme": "delivery", "name": "on foot", "value": "5", "unit": "km/h", "source": "assumption"},
        ],
        "stages": [],
    }  # fmt: skip
    return report | changes


def tower_source(synthetic: bool) -> dict[str, Any]:
    return {
        "title": "A file of cells", "publisher": "A publisher <b>", "licence": "CC BY-SA 4.0",
        "attribution": "contributors", "version": "2026-11", "synthetic": synthetic, "note": "", "file": "cells.csv",
        "also": [], "held": None, "old_days": None,
        "rows": {"read": 1234, "kept": 1200, "neighbours": 20, "out_of_area": 10, "quarantined": 4}, "reasons": {},
    }  # fmt: skip
