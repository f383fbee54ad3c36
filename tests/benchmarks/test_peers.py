"""Each step against a peer in the same process, interleaved; ratios, never lone seconds."""

import statistics
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterstats
import shapely
from rasterio.transform import from_origin

from coverage.layers import PeopleLayer
from coverage.signal.best_server import STEPS, best_service, path_loss_db
from coverage.sources.people_raster import cell_frame, read_tile
from coverage.sources.radios import load_radios
from coverage.sources.rasters import open_raster, windows

ROUNDS = 5

pytestmark = [pytest.mark.bench, pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")]


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _report(name, ours, peer, peer_name, capsys):
    ratios = sorted(_seconds(peer) / _seconds(ours) for _ in range(ROUNDS))
    middle = statistics.median(ratios)
    with capsys.disabled():
        print(f"\n{name}: {peer_name} takes {middle:.2f} x our time ({ratios[0]:.2f} to {ratios[-1]:.2f})")  # noqa: T201
    return middle


def test_people_per_commune_against_rasterstats(tmp_path, capsys):
    rng = np.random.default_rng(1)
    values = np.where(rng.random((2000, 2000)) < 0.07, rng.gamma(1, 5, (2000, 2000)), 0).astype("float32")
    path, communes_path = tmp_path / "p.tif", tmp_path / "c.parquet"
    options = {"height": 2000, "width": 2000, "count": 1, "dtype": "float32", "crs": "EPSG:4326", "nodata": -99999}
    with rasterio.open(path, "w", transform=from_origin(100, 12, 1 / 1200, 1 / 1200), **options) as target:
        target.write(values, 1)
    seeds = shapely.MultiPoint(rng.uniform((100, 12 - 5 / 3), (100 + 5 / 3, 12), (180, 2)))
    box = shapely.box(100, 12 - 5 / 3, 100 + 5 / 3, 12)
    cells = [part.intersection(box) for part in shapely.voronoi_polygons(seeds, extend_to=box).geoms]
    communes = gpd.GeoDataFrame(geometry=cells, crs="EPSG:4326")
    communes.to_parquet(communes_path)
    layer = PeopleLayer(path=path)

    def ours():
        with open_raster(layer) as source:
            tiles = windows(source)
        found, triples = cell_frame([read_tile(layer, communes_path, window) for window in tiles])
        people = found["people"].to_numpy()[triples["place"]] * triples["fraction"]
        return np.bincount(triples["commune"], weights=people, minlength=len(communes))

    def peer():
        return np.array([row["sum"] or 0 for row in rasterstats.zonal_stats(communes, str(path), stats=["sum"])])

    assert ours().sum() == pytest.approx(values.sum(dtype=float), rel=1e-6)
    assert peer() == pytest.approx(ours(), rel=0.2)
    _report("people per commune, exact fractions", ours, peer, "rasterstats (cell centres)", capsys)


def test_best_server_against_brute_force(capsys):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 100_000, (2, 20_000))
    cells = pd.DataFrame(rng.uniform(0, 100_000, (400, 2)), columns=["x_m", "y_m"]).assign(
        **dict.fromkeys(STEPS, np.nan)
    )
    radios, urban = load_radios(None), np.zeros(len(x), dtype=bool)
    budget = radios.technologies["4g"]

    def ours():
        return best_service(x, y, urban, cells, "4g", radios, 35_000).received_dbm

    def peer():
        best = np.full(len(x), -np.inf)
        for mast_x, mast_y in cells[["x_m", "y_m"]].to_numpy():
            loss = path_loss_db(np.hypot(x - mast_x, y - mast_y), urban, budget.frequency_mhz, 30.0, radios)
            best = np.maximum(best, budget.eirp_dbm - loss)
        return best

    assert ours() == pytest.approx(peer())
    assert _report("best server", ours, peer, "every cell at every place (numpy)", capsys) > 1
