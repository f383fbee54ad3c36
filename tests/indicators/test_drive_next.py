"""Where to test next: the value of one test, by going through what it may say, and the order that follows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from commune_coverage.config.verification import Verification
from commune_coverage.indicators.verification.drive_next import rank_cells

SETTINGS = Verification()


def cells(**columns: list) -> pd.DataFrame:
    usual = {"people": 100.0, "tests": 0, "failing": 0, "is_edge": False, "modelled_share": 1.0}
    count = len(next(iter(columns.values())))
    return pd.DataFrame({name: [value] * count for name, value in usual.items()} | columns)


def test_value_is_what_drawing_cells_and_one_test_of_each_gives() -> None:
    table = rank_cells(cells(people=[10.0, 10.0, 10.0], tests=[0, 3, 40], failing=[0, 2, 1]), SETTINGS)
    random, prior = np.random.default_rng(1), (3 + 0.1) / (43 + 1)
    for row in table.itertuples():
        fails, passes = 2 * prior + row.failing, 2 * (1 - prior) + row.tests - row.failing
        true_share = random.beta(fails, passes, 400_000)
        is_worse = true_share > 0.1
        assert row.chance_overstated == pytest.approx(is_worse.mean(), abs=4e-3)
        failed = random.random(len(true_share)) < true_share
        after = sum(part.mean() * is_worse[part].var() for part in (failed, ~failed))
        assert row.told_by_a_test == pytest.approx(is_worse.var() - after, abs=2e-3)


def test_people_and_doubt_decide_and_nobody_is_sent_where_nobody_lives() -> None:
    table = rank_cells(cells(people=[0.0, 50.0, 500.0, 500.0], tests=[0, 0, 0, 200], failing=[0, 0, 0, 0]), SETTINGS)
    assert table["people"].tolist()[0] == 500.0
    assert table["tests"].tolist()[0] == 0
    assert table["rank"].tolist() == [1, 2, 3]
    assert (table["people"] > 0).all()


def test_where_the_model_sees_nothing_failures_elsewhere_of_that_kind_count() -> None:
    table = rank_cells(
        cells(modelled_share=[1.0, 0.0, 1.0, 0.0], tests=[0, 0, 20, 20], failing=[0, 0, 0, 15]), SETTINGS
    ).sort_index()
    chance = table["chance_overstated"].to_numpy()
    assert chance[0] < 0.2
    assert chance[1] > 0.9
    assert chance[0] == pytest.approx(stats.beta.sf(0.1, 2 * 0.1 / 21, 2 - 2 * 0.1 / 21))
