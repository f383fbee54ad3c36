"""The ensemble of a run: intervals by hand from the draws, the same bytes on every engine, nothing without it."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.core.errors import CountryFileError, RunError
from commune_coverage.schema.ensemble import INTERVALS
from tests import tiny

DAY = date(2026, 3, 1)
DRAWS = 20
ENSEMBLE = f"""
[ensemble]
draws = {DRAWS}
seed = 5
[[obligations]]
id = "four"
title = "4G for most"
technology = "4g"
level = "commune"
share = 0.5
by = 2027-01-01
source = "invented"
[[obligations]]
id = "fast"
title = "10 Mbps for some"
speed_mbps = 10
share = 0.2
by = 2027-01-01
source = "invented"
"""


def write(folder: Path, text: str = ENSEMBLE) -> Path:
    """The tiny country with places all over its communes."""
    country, rng = tiny.write_files(folder), np.random.default_rng(1)
    around = tiny.centres().loc[np.repeat(np.arange(9), 12)].reset_index(drop=True)
    around = around + rng.uniform(-0.04, 0.04, around.shape)
    around.round(7).assign(village=range(len(around)), people=10.0 * (1 + np.arange(len(around)) // 12)).to_csv(
        folder / "villages.csv", index=False
    )
    tiny.say(country, text)
    return country


def run(country: Path, name: str, engine: str = "serial", day: date = DAY) -> cc.Results:
    folder = country.parent
    cc.run(country, folder / f"data-{name}", folder / f"maps-{name}", day, engine)
    return cc.open_results(folder / f"data-{name}")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, cc.Results]:
    country = write(tmp_path_factory.mktemp("ensemble"))
    return country, run(country, "own")


def drawn(results: cc.Results, figure: str, operator: str, technology: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of a figure by commune, and its (communes, draws) values."""
    table = results.draws
    is_it = table["figure"].eq(figure) & table["operator"].eq(operator) & table["technology"].eq(technology)
    rows = table[is_it].sort_values("commune_code")
    return rows, rows[[name for name in rows if name.startswith("draw_")]].to_numpy(np.float64)


def rows_of(results: cc.Results, level: str, figure: str, operator: str, technology: str) -> pd.DataFrame:
    table = results.intervals
    is_it = table["level"].eq(level) & table["figure"].eq(figure) & table["operator"].eq(operator)
    return table[is_it & table["technology"].eq(technology)].sort_values("code")


def test_intervals_are_the_first_and_the_nineteenth_of_twenty_draws_and_ranks_those_of_each_draw(done) -> None:
    """Of 20 equal weights the least values that 5, 50 and 95 % of the weight do not exceed: the 1st, 10th and 19th."""
    _, values = drawn(done[1], "covered", "any", "4g")
    rows = rows_of(done[1], "commune", "covered", "any", "4g")
    ordered = np.sort(values, axis=1)
    for name, place in (("low", 0), ("estimate", 9), ("high", 18)):
        np.testing.assert_allclose(rows[name], ordered[:, place], atol=1e-6)
    assert (rows["high"] - rows["low"]).max() > 0.1
    greater = (values[:, None] > values[None]).sum(axis=0)
    equal = (values[:, None] == values[None]).sum(axis=0)
    ranks = np.sort(greater + (equal + 1) / 2, axis=1)
    for name, place in (("rank_low", 0), ("rank", 9), ("rank_high", 18)):
        np.testing.assert_allclose(rows[name], ranks[:, place])


def test_a_province_and_the_nation_are_means_of_their_communes_by_people_draw_by_draw(done) -> None:
    for key in (("covered", "Two", "2g"), ("internet_gap", "any", "any")):
        rows, values = drawn(done[1], *key)
        national = np.sort(rows["people"].to_numpy() @ values / rows["people"].sum())
        for level in ("nation", "province"):
            one = rows_of(done[1], level, *key).iloc[0]
            np.testing.assert_allclose([one["low"], one["estimate"], one["high"]], national[[0, 9, 18]], atol=1e-6)


def test_the_run_s_own_figure_stands_beside_and_is_said_to_be_outside_where_it_is(done) -> None:
    results = done[1]
    communes = results.communes.sort_values("commune_code")
    columns = {("covered", "any", "4g"): "covered_4g_share", ("internet_gap", "any", "any"): "internet_gap_share"}
    for key, column in columns.items():
        rows = rows_of(results, "commune", *key)
        np.testing.assert_allclose(rows["run_value"], communes[column].to_numpy(float), atol=1e-6)
        known = rows[rows["run_value"].notna()]
        beyond = (known["run_value"] < known["low"] - 1e-6) | (known["run_value"] > known["high"] + 1e-6)
        assert known["run_outside"].tolist() == np.where(beyond, "yes", "no").tolist()
        assert rows.loc[rows["run_value"].isna(), "run_outside"].isna().all()
    national = rows_of(results, "nation", "internet_gap", "any", "any").iloc[0]
    assert national["run_value"] == pytest.approx(results.report["national"]["internet_gap_share"], abs=1e-6)


def test_the_probability_of_missing_a_target_is_the_share_of_draws_that_miss_it(done) -> None:
    _, values = drawn(done[1], "covered", "any", "4g")
    rows = rows_of(done[1], "commune", "covered", "any", "4g")
    assert set(rows["obligation"]) == {"four"}
    np.testing.assert_allclose(rows["missed_probability"], (values < 0.5).mean(axis=1), atol=1e-6)
    people, gaps = drawn(done[1], "internet_gap", "any", "any")
    nation = rows_of(done[1], "nation", "internet_gap", "any", "any").iloc[0]
    national = people["people"].to_numpy() @ gaps / people["people"].sum()
    assert (nation["obligation"], nation["target_share"]) == ("fast", pytest.approx(0.8))
    assert nation["missed_probability"] == pytest.approx((national > 0.8).mean(), abs=1e-6)
    others = done[1].intervals[done[1].intervals["obligation"].isna()]
    assert others[["target_share", "missed_probability"]].isna().all(axis=None)


def test_sites_are_those_of_the_file_and_more(done) -> None:
    rows = done[1].intervals[done[1].intervals["figure"] == "sites"].set_index("operator")
    assert rows.index.tolist() == ["One", "Two"]
    assert (rows[["low", "estimate", "high"]] >= 1).all(axis=None)
    assert set(rows["unit"]) == {"sites"}


def test_columns_are_declared_and_rows_are_named_once(done) -> None:
    table = done[1].intervals
    assert table.columns.tolist() == INTERVALS.names
    assert not table.duplicated(["level", "code", "figure", "operator", "technology", "obligation"]).any()
    known = table[table["low"].notna()]
    assert ((known["low"] <= known["estimate"]) & (known["estimate"] <= known["high"])).all()
    facts = {one["name"]: one["value"] for one in done[1].report["assumptions"]}
    outside = table[(table["level"] == "commune") & table["run_outside"].eq("yes")]
    count = int(facts["outside the ensemble's 90 % interval"].split(" of ")[0])
    assert count >= outside.drop_duplicates(["code", "figure", "operator", "technology"]).shape[0]


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_every_engine_gives_the_same_bytes(done, engine: str) -> None:
    other = run(done[0], engine, engine)
    for name in ("intervals.csv", "ensemble_draws.parquet"):
        assert (other.folder / name).read_bytes() == (done[1].folder / name).read_bytes()


def test_the_next_day_takes_the_draws_from_the_cache(done) -> None:
    shutil.copytree(done[0].parent / "data-own" / "cache", done[0].parent / "data-later" / "cache")
    again = run(done[0], "later", day=DAY + timedelta(days=1))
    stages = {stage["name"]: stage for stage in again.report["stages"]}
    assert stages["ensemble"]["reused"]
    assert not stages["indicators"]["reused"]


def test_another_seed_draws_otherwise_and_without_draws_there_are_none(done, tmp_path: Path) -> None:
    other = run(write(tmp_path / "other", ENSEMBLE.replace("seed = 5", "seed = 6")), "other")
    assert not other.intervals["estimate"].equals(done[1].intervals["estimate"])
    none = run(write(tmp_path / "none", ENSEMBLE.replace("draws = 20", "draws = 0")), "none")
    assert not list(none.folder.glob("*ensemble*")) + list(none.folder.glob("intervals*"))
    with pytest.raises(RunError, match="the country file asks for no draws"):
        _ = none.draws
    for name in ("commune_gaps.csv", "operator_coverage.csv", "obligations.csv"):
        own, its = (pd.read_csv(each.folder / name).drop(columns="run_id") for each in (other, none))
        pd.testing.assert_frame_equal(own, its)


def test_too_few_draws_for_an_interval_are_refused(tmp_path: Path) -> None:
    country = write(tmp_path, "[ensemble]\ndraws = 5")
    with pytest.raises(CountryFileError, match="an interval of 90 % takes 20 draws at least"):
        cc.load_country(country)
