"""Sites told apart between two runs: by hand, and against every pair."""

from __future__ import annotations

import json
from datetime import date
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.reanalysis.attribution.site_changes import site_changes
from tests import tiny

NAMES = {0: "North", 1: "South"}


def sites(*rows: tuple[str, str, float, float, float, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["operator", "technologies", "x_m", "y_m", "position_sigma_m", "commune"])


def test_what_came_went_and_changed_is_told_by_operator_and_place() -> None:
    before = sites(("One", "4g", 0, 0, 0, 0), ("One", "4g", 9_000, 0, 0, 1), ("Two", "2g, 4g", 0, 0, 0, 0))
    after = sites(("One", "4g, 5g", 40, 0, 0, 0), ("Two", "2g, 4g", 0, 0, 0, 0), ("Two", "4g", 0, 5_000, 0, 1))
    assert site_changes(before, after, NAMES) == {
        "new": {"count": 1, "names": ["Two 4G South"], "of": "sites"},
        "removed": {"count": 1, "names": ["One 4G South"], "of": "sites"},
        "changed": {"count": 1, "names": ["One 4G, 5G North"], "of": "sites"},
    }


def test_the_same_sites_in_another_order_are_no_change() -> None:
    some = sites(*(("One", "4g", 1_000.0 * number, 0.0, 0.0, 0) for number in range(9)))
    assert site_changes(some, some.sample(frac=1, random_state=3).reset_index(drop=True), NAMES) == {}
    assert site_changes(some.iloc[:0], some.iloc[:0], NAMES) == {}


def test_a_crowds_site_that_is_placed_anew_is_the_same() -> None:
    before, moved = sites(("One", "4g", 0, 0, 400, 0)), sites(("One", "4g", 700, 0, 10, 0))
    assert site_changes(before, moved, NAMES) == {}
    assert set(site_changes(before, sites(("One", "4g", 900, 0, 10, 0)), NAMES)) == {"new", "removed"}
    assert set(site_changes(before, sites(("Two", "4g", 0, 0, 400, 0)), NAMES)) == {"new", "removed"}


@pytest.mark.parametrize("seed", range(5))
def test_nearest_pairs_first_is_what_trying_every_order_gives(seed: int) -> None:
    """Each site once, and no two left alone that could be one."""
    rng = np.random.default_rng(seed)
    was, now = (rng.uniform(0, 400, (5, 2)) for _ in range(2))
    before, after = (sites(*(("One", "4g", *at, 0.0, 0) for at in places.tolist())) for places in (was, now))
    away = np.hypot(*(was[:, np.newaxis] - now).transpose(2, 0, 1))
    found = site_changes(before, after, NAMES)
    matched = 5 - found.get("new", {"count": 0})["count"]
    assert matched == 5 - found.get("removed", {"count": 0})["count"]
    most = max(sum(away[row, column] <= 100 for row, column in enumerate(order)) for order in permutations(range(5)))
    assert most / 2 <= matched <= most


def test_an_update_tells_its_towers_as_sites(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path / "in")
    for day in (1, 2):
        cc.run(country, tmp_path / "data", tmp_path / "maps", date(2026, 3, day), "serial")
        towers = pd.read_csv(tmp_path / "in" / "towers.csv")
        moved = towers.iloc[[0]].assign(
            cell=900, lon=tiny.centres()["lon"][8].round(7), lat=tiny.centres()["lat"][8].round(7)
        )
        pd.concat([towers, moved]).to_csv(tmp_path / "in" / "towers.csv", index=False)
    rows = json.loads((tmp_path / "data/latest/changes.json").read_text())["rows"]["towers"]
    assert rows == {"new": {"count": 1, "names": ["One 4G Commune 9"], "of": "sites"}}
    page = (tmp_path / "maps/latest/changes.html").read_text(encoding="utf-8")
    assert "Sites added (1): One 4G Commune 9" in page
