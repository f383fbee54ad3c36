"""Files of declared coverage larger than the memory that they take: polygons and a raster made here, and removed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.windows import Window

from tests import tiny

SIDE_M = 60_000.0
MAX_MB = 1500
VERTICES, AT_ONCE = 640, 2_000
BLOCK = 512
COUNTRY = """
code = "KHM"
metric_crs = "EPSG:32648"
[name]
en = "Large files"
[layers.communes]
path = "communes.geojson"
[[layers.coverage]]
path = "polygons.gpkg"
operator = "One"
technology = "4g"
[[layers.coverage]]
path = "cells.tif"
operator = "Two"
technology = "4g"
min_value = 128
"""
RUN = """
import sys, resource
from datetime import date
from pathlib import Path
from commune_coverage.api import run
folder = Path(sys.argv[1])
run(folder / "country.toml", folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
"""


class Cost(NamedTuple):
    """Largest memory of any stage, MB; CPU seconds of the process; shares of land that each operator covers."""

    peak_mb: float
    cpu_s: float
    shares: dict[str, float]


def write_polygons(path: Path, size_bytes: float) -> int:
    """Discs of 640 vertices and 100 m to 1 km over the country, some 10 kB each; how many."""
    count = max(AT_ONCE, round(size_bytes / (16 * VERTICES + 60) / AT_ONCE) * AT_ONCE)
    angle = np.linspace(0, 2 * np.pi, VERTICES + 1)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    ring[-1] = ring[0]
    for start in range(0, count, AT_ONCE):
        random = np.random.default_rng(start)
        middle = random.uniform(0, 3 * SIDE_M, (AT_ONCE, 1, 2)) + np.array([tiny.WEST, tiny.SOUTH])
        shapes = shapely.polygons(ring * random.uniform(100, 1000, (AT_ONCE, 1, 1)) + middle)
        frame = gpd.GeoDataFrame({"number": np.arange(AT_ONCE)}, geometry=shapes, crs=tiny.METRIC)
        pyogrio.write_dataframe(
            frame, path, layer="discs", append=start > 0, layer_options={"SPATIAL_INDEX": "NO"} if start == 0 else {}
        )
    return count


def write_cells(path: Path, size_bytes: float) -> None:
    """A raster of bytes over the country, not compressed, without two rows alike."""
    side = max(BLOCK, round(np.sqrt(size_bytes) / BLOCK) * BLOCK)
    cell_m = 3 * SIDE_M / side
    at = from_origin(tiny.WEST, tiny.SOUTH + 3 * SIDE_M, cell_m, cell_m)
    profile = {"driver": "GTiff", "height": side, "width": side, "count": 1, "dtype": "uint8", "crs": tiny.METRIC}
    tiles = {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "BIGTIFF": "YES"}
    values = np.random.default_rng(1).integers(1, 256, (BLOCK, side + BLOCK), dtype=np.uint8)
    with rasterio.open(path, "w", transform=at, **profile, **tiles) as sink:
        for row in range(0, side, BLOCK):
            first = row // BLOCK % BLOCK
            sink.write(values[:, first : first + side], 1, window=Window(0, row, side, BLOCK))


def computed(folder: Path, polygon_bytes: float, raster_bytes: float) -> Cost:
    folder.mkdir()
    communes = tiny.communes().to_crs(tiny.METRIC)
    wider = communes.geometry.scale(SIDE_M / tiny.SIDE_M, SIDE_M / tiny.SIDE_M, origin=(tiny.WEST, tiny.SOUTH))
    communes.set_geometry(wider).to_crs("EPSG:4326").to_file(folder / "communes.geojson")
    write_polygons(folder / "polygons.gpkg", polygon_bytes)
    write_cells(folder / "cells.tif", raster_bytes)
    (folder / "country.toml").write_text(COUNTRY)
    code = f"{RUN}\nused = resource.getrusage(resource.RUSAGE_SELF)\nprint(used.ru_utime + used.ru_stime)\n"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    stages = json.loads((folder / "data/latest/report.json").read_text())["stages"]
    table = pd.read_parquet(folder / "data/latest/declared_coverage.parquet")
    nation = table[(table["level"] == "nation") & (table["technology"] == "4g")].set_index("operator")
    (folder / "polygons.gpkg").unlink()
    (folder / "cells.tif").unlink()
    shares = nation["covered_land_share"].to_dict()
    return Cost(max(stage["peak_memory_mb"] for stage in stages), float(done.stdout.split()[-1]), shares)


def expected_share(polygons: int) -> float:
    """Of discs at random: 1 less the chance that none of so many holds a place, away from the country's edge."""
    mean_m2 = np.pi * (1000**3 - 100**3) / (3 * 900)
    return float(1 - np.exp(-polygons * mean_m2 / (3 * SIDE_M) ** 2))


def test_files_of_some_megabytes_take_no_more_memory_than_stated(tmp_path) -> None:
    cost = computed(tmp_path / "small", 40e6, 60e6)
    assert cost.peak_mb < MAX_MB
    assert cost.shares["Two"] == pytest.approx(128 / 255, abs=0.005)
    assert cost.shares["One"] == pytest.approx(expected_share(4_000), abs=0.02)


SIZES_GB = {"half": (1.0, 1.5), "whole": (2.0, 3.0)}
"""Of polygons and raster."""


@pytest.mark.long
def test_gigabytes_take_no_more_memory_than_stated(tmp_path, capsys) -> None:
    half, whole = (computed(tmp_path / name, *(size * 1e9 for size in sizes)) for name, sizes in SIZES_GB.items())
    with capsys.disabled():
        memory = f"{half.peak_mb:.0f} and {whole.peak_mb:.0f} MB"
        sys.stdout.write(f"\n{memory}, {half.cpu_s:.0f} and {whole.cpu_s:.0f} CPU s\n")
    assert max(half.peak_mb, whole.peak_mb) < MAX_MB
    assert whole.shares["Two"] == pytest.approx(128 / 255, abs=0.005)
