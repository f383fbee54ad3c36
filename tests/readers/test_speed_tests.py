"""Ookla's tiles in each of their forms, drive tests, and what is wrong with either."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commune_coverage.config.layers import SpeedTestsFile, SpeedTestsLayer
from commune_coverage.core.errors import CoverageError
from commune_coverage.readers.measured.speed_tests import middle_of_quadkeys, read_speed_tests
from tests import tiny

OOKLA = {"avg_d_kbps": [8105, 50000], "avg_u_kbps": [1000, 2000], "avg_lat_ms": [23, 40], "tests": [1, 7], "devices": 1}


def _quadkey(lon: float, lat: float) -> str:
    """By the map provider's own description: interleaved bits of column and row at zoom 16."""
    sine = np.sin(np.radians(lat))
    column = int((lon + 180) / 360 * 2**16)
    row = int((0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * 2**16)
    return "".join(str((column >> bit & 1) + 2 * (row >> bit & 1)) for bit in range(15, -1, -1))


def _tiles() -> pd.DataFrame:
    middle = tiny.centres().iloc[[0, 4]]
    keys = [_quadkey(lon, lat) for lon, lat in middle.to_numpy()]
    return pd.DataFrame({"quadkey": keys, **OOKLA})


def test_a_quadkey_is_the_middle_of_its_tile() -> None:
    lon, lat = middle_of_quadkeys(pd.Series(["1332033011011111", "0", "bad", "", None]))
    assert (lon[0], lat[0]) == pytest.approx((144.66522, 13.92074), abs=1e-4)
    assert (lon[1], lat[1]) == pytest.approx((-90, 66.51326), abs=1e-4)
    assert np.isnan(lon[2:]).all()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tiles_by_quadkey(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"tiles.{form}"
    _tiles().to_csv(path, index=False) if form == "csv" else _tiles().to_parquet(path)
    tests, (log,) = tiny.read(
        read_speed_tests, SpeedTestsLayer(path=path, format="ookla", network="fixed"), tiny.area()
    )
    assert tests["download_mbps"].tolist() == [8.105, 50]
    assert tests["tests"].tolist() == [1, 7]
    assert tests["commune"].tolist() == [0, 4]
    assert set(tests["network"]) == {"fixed"}
    assert log.is_balanced()
    assert log.kept == 2


def test_drive_tests_with_faults_and_other_files(tmp_path: Path) -> None:
    lon, lat = tiny.centres().iloc[4]
    rows = [
        (lon, lat, 12.5, "One", "LTE", -95),
        (lon, lat, -3, "One", "LTE", -95),
        (lon, lat, "", "Two", "GSM", -70),
        (lon, lat, "", "Two", "GSM", ""),
        (lon, lat, 9, "Two", "XYZ", -300),
        ("", lat, 9, "Two", "LTE", -90),
        (0.5, 80.0, 9, "Two", "LTE", -90),
    ]
    names = ["lon", "lat", "download_mbps", "operator", "technology", "rsrp_dbm"]
    drive, tiles = tmp_path / "drive.csv", tmp_path / "tiles.csv"
    pd.DataFrame(rows, columns=names).to_csv(drive, index=False)
    _tiles().to_csv(tiles, index=False)
    layer = SpeedTestsLayer(path=drive, also=[SpeedTestsFile(path=tiles, network="fixed")])
    tests, logs = tiny.read(read_speed_tests, layer, tiny.area())
    assert [(log.read, log.kept, log.out_of_area, log.quarantined) for log in logs] == [(7, 4, 1, 2), (2, 2, 0, 0)]
    assert [row["line"] for row in logs[0].rows] == [7, 5]
    assert {column: each.cells for (column, _), each in logs[0].blanked.items()} == {"download_mbps": 1, "rsrp_dbm": 1}
    assert tests["technology"].tolist() == ["4g", "4g", "2g", "", "", ""]
    assert tests["rsrp_dbm"].tolist()[:4] == pytest.approx([-95, -95, -70, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"lon,lat,speed\n1,2,3\n"),
        ("a.csv", b""),
        ("a.parquet", b"PAR1 no"),
        ("a.geojson", b"<html>"),
        ("a.csv", b"quadkey,tests\n0123012301230123,5\n"),
    ],
)
def test_what_is_no_speed_test_is_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CoverageError) as caught:
        tiny.read(read_speed_tests, SpeedTestsLayer(path=tmp_path / name), tiny.area())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("network", ["mobile", "fixed"])
def test_guams_tiles_are_read_whole(shared_data: Path, network: str) -> None:
    path = shared_data / "formats" / f"gu_ookla_{network}_2023Q4.geojson"
    features = json.loads(path.read_text())["features"]
    tests, (log,) = tiny.read(read_speed_tests, SpeedTestsLayer(path=path, network=network), None)
    assert log.read == log.kept == len(features)
    assert tests["tests"].sum() == sum(feature["properties"]["tests"] for feature in features)
    corners = np.array([feature["geometry"]["coordinates"][0] for feature in features])
    assert tests["lon"].to_numpy() == pytest.approx((corners[..., 0].min(1) + corners[..., 0].max(1)) / 2, abs=1e-5)
    assert tests["lat"].to_numpy() == pytest.approx((corners[..., 1].min(1) + corners[..., 1].max(1)) / 2, abs=1e-5)


def test_what_a_test_says_of_itself(tmp_path: Path) -> None:
    lon, lat = tiny.centres().iloc[4]
    rows = [
        (lon, lat, 12.5, "yes", "2026-02-03T08:30:00+07:00", "a1", "In vehicle", "drive"),
        (lon, lat, "", "no", "2026-02-03", "a1", "", "Walk"),
        (lon, lat, "", "", "2026-02-03", "a1", "outdoor", "drive"),
        (lon, lat, 3, "perhaps", "yesterday", "", "cellar", "balloon"),
    ]
    names = ["lon", "lat", "download_mbps", "success", "time", "device", "environment", "kind"]
    path = tmp_path / "drive.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    layer = SpeedTestsLayer(path=path, format="drive", environment="indoor", kind="crowd")
    tests, (log,) = tiny.read(read_speed_tests, layer, tiny.area())
    assert (log.kept, log.quarantined) == (3, 1)
    assert tests["success"].tolist() == pytest.approx([1, 0, np.nan], nan_ok=True)
    assert tests["time"].tolist() == ["2026-02-03T08:30:00+07:00", "2026-02-03", ""]
    assert tests["device"].tolist() == ["a1", "a1", ""]
    assert tests["environment"].tolist() == ["in_vehicle", "indoor", "indoor"]
    assert tests["kind"].tolist() == ["drive", "walk", "crowd"]
    assert {column for column, _ in log.blanked} == {"success", "time", "environment", "kind"}
