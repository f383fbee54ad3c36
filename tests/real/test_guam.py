"""Guam from Ookla's tiles alone, inside one polygon drawn around them: a measured gap without any tower."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline

COUNTRY = """
code = "GUM"
[name]
en = "Guam"
[layers.communes]
path = "around.geojson"
[layers.speed_tests]
path = "{folder}/gu_ookla_mobile_2023Q4.geojson"
[[layers.speed_tests.also]]
path = "{folder}/gu_ookla_fixed_2023Q4.geojson"
network = "fixed"
"""


def test_tiles_alone_give_a_measured_gap(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "formats"
    tiles = {
        n: json.loads((folder / f"gu_ookla_{n}_2023Q4.geojson").read_text())["features"] for n in ("mobile", "fixed")
    }
    shapes = [shapely.geometry.shape(tile["geometry"]) for found in tiles.values() for tile in found]
    around = json.loads(shapely.to_geojson(shapely.union_all(shapes).convex_hull.buffer(0.01)))
    feature = {"type": "Feature", "properties": {"commune_code": "GU", "commune_name": "Guam"}, "geometry": around}
    (tmp_path / "around.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (tmp_path / "country.toml").write_text(COUNTRY.format(folder=folder))
    run_pipeline(tmp_path / "country.toml", tmp_path / "d", tmp_path / "m", date(2026, 1, 1), "serial", lambda *_: None)
    row = pd.read_parquet(tmp_path / "d/latest/commune_gaps.parquet").iloc[0]
    for network, found in tiles.items():
        tests = np.array([tile["properties"]["tests"] for tile in found], dtype=float)
        mbps = np.array([tile["properties"]["avg_d_kbps"] for tile in found]) / 1000
        assert row[f"measured_{network}_tests"] == tests.sum()
        assert row[f"measured_{network}_gap_10_mbps_share"] == pytest.approx(tests[mbps < 10].sum() / tests.sum())
        assert row[f"measured_{network}_download_mbps"] == pytest.approx((tests * mbps).sum() / tests.sum())
    assert np.isnan(row["internet_gap_share"])
    assert row["internet_evidence"] == "data-poor"
