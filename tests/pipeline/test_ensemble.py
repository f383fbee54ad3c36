"""The ensemble of a run: intervals by hand from the draws, the same bytes on every engine, nothing without it."""

from __future__ import annotations

import html
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import commune_coverage as cc
from commune_coverage.cli.validation_text import left_out_lines
from commune_coverage.core.errors import CountryFileError, RunError
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.schema.ensemble import INTERVALS
from commune_coverage.site.i18n.numbers import held, range_text, share_text
from tests import tiny
from tests.site.pages import page_files

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


def test_the_pages_tell_the_interval_of_the_nation_and_of_each_commune(done) -> None:
    maps = done[0].parent / "maps-own" / "latest"
    nation = rows_of(done[1], "nation", "internet_gap", "any", "any").iloc[0]
    low, high, estimate = (share_text(nation[name]) for name in ("low", "high", "estimate"))
    told = f"90 % interval {range_text(low, high)}", f"With masts that the file may lack: {estimate} of all people"
    pages = [(maps / name).read_text(encoding="utf-8") for name in ("index.html", "internet.html", "delivery.html")]
    shown = [html.unescape(page).replace("\u00a0", " ") for page in pages]
    assert [all(text in page for text in told) for page in shown] == [True, True, False]
    gaps = (page_files(maps) / "data/gaps.js").read_text(encoding="utf-8")
    rows = rows_of(done[1], "commune", "internet_gap", "any", "any")
    shares = [held(one, "_share") for one in rows["estimate"]]
    assert f'"internet_drawn_share":{json.dumps(shares, separators=(",", ":"))}' in gaps


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


@pytest.mark.parametrize("engine", [pytest.param("threads", marks=pytest.mark.long), "processes"])
def test_every_engine_gives_the_same_bytes(done, engine: str) -> None:
    other = run(done[0], engine, engine)
    for name in ("intervals.csv", "ensemble_draws.parquet"):
        assert (other.folder / name).read_bytes() == (done[1].folder / name).read_bytes()


def test_the_next_day_takes_the_draws_from_the_cache(done) -> None:
    shutil.copytree(done[0].parent / "data-own" / "cache", done[0].parent / "data-later" / "cache")
    again = run(done[0], "later", day=DAY + timedelta(days=1))
    stages = {stage["name"]: stage for stage in again.report["stages"]}
    assert stages["ensemble"]["reused"]
    assert stages["indicators"]["reused"]


def test_another_seed_draws_otherwise_and_without_draws_there_are_none(done, tmp_path: Path) -> None:
    other = run(write(tmp_path / "other", ENSEMBLE.replace("seed = 5", "seed = 6")), "other")
    assert not other.intervals["estimate"].equals(done[1].intervals["estimate"])
    none = run(write(tmp_path / "none", ENSEMBLE.replace("draws = 20", "draws = 0")), "none")
    assert not list(none.folder.glob("*ensemble*")) + list(none.folder.glob("intervals*"))
    with pytest.raises(RunError, match="the country file asks for no draws"):
        _ = none.draws
    for name in ("commune_gaps.csv", "operator_coverage.csv", "obligations.csv"):
        own, its = (pd.read_csv(each.folder / name) for each in (other, none))
        pd.testing.assert_frame_equal(own, its)


@pytest.mark.parametrize(("file", "column", "value"), [("towers.csv", "mcc", 457), ("villages.csv", "people", 0)])
def test_without_a_cell_of_the_country_or_anybody_in_it_nothing_is_drawn(
    tmp_path: Path, file: str, column: str, value: int
) -> None:
    country = write(tmp_path, f"[ensemble]\ndraws = {DRAWS}")
    tiny.without_limits(country)
    table = pd.read_csv(tmp_path / file)
    table.assign(**{column: value}).to_csv(tmp_path / file, index=False)
    results = run(country, "nothing")
    assert not (results.folder / "intervals.csv").exists()
    assert "none: the file has no cell" in str(results.report["assumptions"])


def test_previews_plans_and_explanations_draw_nothing() -> None:
    figures = [stage for stage in STAGES if stage.produces_indicators]
    left = {name for stage in figures for name in (*stage.writes, f"{stage.name}.report")}
    assert "ensemble" not in {stage.name for stage in figures}
    assert all(set(stage.reads) <= left for stage in figures)


def test_too_few_draws_for_an_interval_are_refused(tmp_path: Path) -> None:
    country = write(tmp_path, "[ensemble]\ndraws = 5")
    with pytest.raises(CountryFileError, match="an interval of 90 % takes 20 draws at least"):
        cc.load_country(country)


BY_A_GAP = """
[[benchmarks]]
figure = "internet_gap_share"
use = "weigh"
value = 0.5
tolerance = 0.1
date = 2025-12-31
source = "x"
definition = "x"
"""


def evidence(value: float, tolerance: float = 0.04, source: str = "a report", **key: str) -> str:
    """A published share of 2G of the operator Two, or what the key says."""
    named = {"operator": "two", "technology": "2g"} | key
    lines = "".join(f'{name} = "{text}"\n' for name, text in named.items() if text)
    stated = f'value = {value}\ntolerance = {tolerance}\ndate = 2025-12-31\nsource = "{source}"\n'
    return f"[[ensemble.evidence]]\n{lines}{stated}"


def test_what_is_known_pulls_the_draws_and_masts_are_as_many_as_told(done, tmp_path: Path) -> None:
    (tmp_path / "shares.csv").write_text(
        "operator,technology,covered_percent,tolerance_share,date,published_by,use\nOne,4g,50,0.02,2025-12-31,office,weigh\n"
        "One,4g,70,0.02,2024-12-31,office,compare\n"
    )
    two = """
    [[benchmarks]]
    covered = { operator = "Two", technology = "4g" }
    value = 0.5
    tolerance = 0.06
    date = 2025-12-31
    source = "a ministry"
    definition = "people"
    use = "weigh"
    [layers.known_coverage]
    path = "shares.csv"
    """
    masts = evidence(6, 1.0, operator="one", technology="", measure="masts")
    results = run(write(tmp_path, ENSEMBLE + masts + two), "told")
    table = results.ensemble_evidence.set_index("source")
    assert table.index.tolist() == ["a report", "a ministry", "office"]
    assert set(table["used"]) == {"yes"}
    sites = results.intervals[results.intervals["figure"] == "sites"].set_index("operator").loc["One"]
    assert 5 <= sites["low"] <= sites["estimate"] <= sites["high"] <= 7
    assert (table["predicted_low"] <= table["predicted_high"]).all()
    lines = left_out_lines(results.folder / "ensemble_evidence.csv")
    assert lines[0].startswith("one masts 2025-12-31: published 6, predicted without it ")
    assert lines[2].startswith("One 4G people 2025-12-31: published 50.0%, predicted without it ")
    assert [line.split(": ")[-1] for line in lines] == [
        "within" if one == "yes" else "outside" for one in table["predicted_within"]
    ]
    assert left_out_lines(done[1].folder / "ensemble_evidence.csv") == []
    for operator, source, published in (("Two", "a ministry", 0.5), ("One", "office", 0.5)):
        told, untold = (rows_of(each, "nation", "covered", operator, "4g").iloc[0] for each in (results, done[1]))
        assert abs(told["estimate"] - published) < abs(untold["estimate"] - published)
        assert told["estimate"] == pytest.approx(table.loc[source, "estimate"], abs=1e-6)


def test_what_conflicts_is_named_and_pulls_nothing(done, tmp_path: Path) -> None:
    """Of sources that contradict each other none counts, nor what the file cannot have."""
    text = evidence(0.0, 0.002, "nobody") + evidence(0.5, 0.02, "one") + evidence(0.9, 0.02, "other")
    text += evidence(0.5, 0.02, "elsewhere", technology="5g") + evidence(0, 0.2, "few", technology="", measure="masts")
    results = run(write(tmp_path, ENSEMBLE + text), "conflicts")
    notes = results.ensemble_evidence.set_index("source")["note"]
    assert notes["one"] == "contradicts 0.0% by nobody; contradicts 90.0% by other"
    assert notes["elsewhere"] == "the file has no cell of this operator and technology"
    assert notes["few"].startswith("conflicts with the cells: 1 sites")
    assert set(results.ensemble_evidence["used"]) == {"no"}
    assert results.ensemble_evidence.set_index("source").loc["one", "predicted"] > 0
    name = "ensemble_draws.parquet"
    assert (results.folder / name).read_bytes() == (done[1].folder / name).read_bytes()
    said = [one["value"] for one in results.report["assumptions"] if one["name"] == "not weighed by"]
    assert len(said) == 5


def test_a_share_that_no_draw_comes_near_is_drawn_without(done, tmp_path: Path) -> None:
    """The one cell of One does not reach everybody, wherever a second or a third may stand."""
    results = run(write(tmp_path, ENSEMBLE + evidence(1.0, 0.002, "all", operator="one", technology="4g")), "far")
    row = results.ensemble_evidence.iloc[0]
    assert (row["used"], row["note"]) == ("no", "conflicts with the cells: no draw comes near it")
    assert row["predicted_within"] == "no"
    name = "ensemble_draws.parquet"
    assert (results.folder / name).read_bytes() == (done[1].folder / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (evidence(1.5), "a share of people is of a technology, and from 0 to 1"),
        (evidence(0.5, technology=""), "a share of people is of a technology, and from 0 to 1"),
        (evidence(5, measure="masts"), "masts are those of an operator in the country"),
        (evidence(0.5, 0.0), "greater than 0"),
        (BY_A_GAP, "an ensemble is weighed by people covered outdoors"),
    ],
)
def test_evidence_that_the_draws_cannot_have_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(CountryFileError, match=why):
        cc.load_country(write(tmp_path, text))


def test_evidence_of_an_area_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CountryFileError, match="'9999', which is the code of no commune, district or province"):
        run(write(tmp_path, ENSEMBLE + evidence(0.5, code="9999")), "nowhere")
