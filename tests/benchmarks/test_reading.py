"""300,000 cells read, validated and gathered into sites, against what pandas takes just to read the file."""

import statistics
import time

import numpy as np
import pandas as pd
import pytest

from coverage.country import Country
from coverage.layers import Layers, TowersFile, TowersLayer
from coverage.sources.cells import OPENCELLID_COLUMNS, read_cells
from coverage.sources.sites import sites_of
from tests import tiny

CELLS = 300_000
ROUNDS = 9
MOST_TIMES = 6

pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A national OpenCelliD file: sites of some cells each, scattered as a crowd places them."""
    rng = np.random.default_rng(3)
    site = rng.integers(0, CELLS // 6, CELLS)
    lon, lat = rng.uniform(103, 106, CELLS // 6)[site], rng.uniform(10.5, 13.5, CELLS // 6)[site]
    frame = pd.DataFrame({
        "radio": rng.choice(["GSM", "UMTS", "LTE"], CELLS), "mcc": 456, "net": site % 6, "area": site % 900 + 1,
        "cell": np.arange(CELLS), "unit": 0, "lon": (lon + rng.normal(0, 3e-4, CELLS)).round(6),
        "lat": (lat + rng.normal(0, 3e-4, CELLS)).round(6), "range": 1000, "samples": rng.integers(1, 400, CELLS),
        "changeable": 1, "created": 1_500_000_000, "updated": rng.integers(1_600_000_000, 1_700_000_000, CELLS),
        "averageSignal": 0,
    })[OPENCELLID_COLUMNS]  # fmt: skip
    target = tmp_path_factory.mktemp("cells") / "456.csv"
    frame.to_csv(target, index=False)
    return target


def _gathered(file, country, area):
    cells, log = read_cells(file, country)
    x_m, y_m = area.to_metric(cells["lon"].to_numpy(), cells["lat"].to_numpy())
    operator, _ = pd.factorize(cells["operator"])
    return log, sites_of(
        x_m, y_m, operator, cells["samples"].to_numpy(), TowersLayer.model_fields["site_radius_m"].default
    )


def test_reading_validating_and_gathering(path, capsys):
    file, area = TowersFile(path=path), tiny.area()
    country = Country(code="KHM", name={"en": "C"}, layers=Layers(communes={"path": path}), operators={"A": ["456-01"]})
    log, sites = _gathered(file, country, area)
    assert (log.read, log.quarantined, len(sites)) == (CELLS, 0, CELLS)
    ours, pandas = [], []
    for _ in range(ROUNDS):
        for seconds, function in ((pandas, lambda: pd.read_csv(path)), (ours, lambda: _gathered(file, country, area))):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
    times = statistics.median(ours) / statistics.median(pandas)
    with capsys.disabled():
        print(f"\n{CELLS:,} cells to {sites.max() + 1:,} sites: {times:.2f} x pandas.read_csv")  # noqa: T201
    assert times <= MOST_TIMES
