"""Each benchmark in one process once, on the default country: results equal the peers', and the record is whole."""

from __future__ import annotations

import json
from importlib import import_module

import pytest

from benchmarks.fixture import make_fixture

# The peers' own libraries warn.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("bench")]

# Name -> the most that each line of its agreement may be.
AGREE = {
    "zonal": {
        "exactextract on the file: share of people placed otherwise": 1e-6,
        # A border cell belongs to one commune by its middle and is shared by area by ours.
        "rasterstats (cell centres): share of people placed otherwise": 2e-3,
        "geopandas sjoin of cells: share of people placed otherwise": 2e-3,
    },
    "cover": {
        "nearest tower by scipy's cKDTree: share of people placed otherwise": 0.0,
        "nearest tower by scipy's cKDTree: most people in one commune": 0.0,
        # A circle of 64 corners lacks 0.16 % of its area; cells on its edge count by area there, by their middle here.
        "buffers, union, overlay, exactextract: share of people placed otherwise": 2e-3,
        "buffers, union, overlay, exactextract: most people in one commune": 500.0,
        "buffers, union, overlay, rasterstats: share of people placed otherwise": 4e-3,
        "buffers, union, overlay, rasterstats: most people in one commune": 1000.0,
    },
    "signal": {
        "every transmitter in reach, compiled: largest relative difference": 1e-12,
        "every transmitter, NumPy: largest relative difference": 1e-9,
    },
    "travel": {
        # Edges of less than a millionth of a minute are kept as that.
        "roads: largest difference from networkx, minutes": 1e-3,
        "friction: largest difference from skimage, minutes": 1e-6,
        "nearest node: largest difference, m": 1e-6,
    },
    "reading": {},
    "plan": {
        # Prices are never below the linear programme, and come near it; then the plan comes near them.
        "bound below HiGHS' linear programme, share": 1e-6,
        "bound above HiGHS' linear programme, share": 5e-3,
        "plan below the bound, share": 0.02,
    },
}


@pytest.fixture(scope="module")
def fixture(tmp_path_factory):
    return make_fixture("default", tmp_path_factory.mktemp("bed"), 1, (1,), (0.01,))


LONG = ("plan",)  # tests/plan compares with the same programme on small problems


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.long] * (name in LONG)) for name in AGREE])
def test_results_agree_and_costs_are_compared(name, fixture):
    record = json.loads(json.dumps(getattr(import_module(f"benchmarks.{name}"), name)(fixture).record()))
    assert record.keys() == {"name", "ratios", "agreement", "facts"}
    assert record["agreement"].keys() == AGREE[name].keys()
    for line, apart in record["agreement"].items():
        assert apart <= AGREE[name][line], line
    assert record["ratios"]
    for one in record["ratios"]:
        assert 0 < one["least"] <= one["median"] <= one["greatest"]
        assert one["what"] != one["of"]
        assert {"unit", "at_most", "at_least", "is_met"} < one.keys()
