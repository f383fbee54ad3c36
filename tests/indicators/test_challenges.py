"""A figure that is challenged: accepted it is set and marked everywhere, rejected or open it is listed and no more."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.pipeline.run import Published
from tests import tiny

HEAD = "commune_code,figure,claimed_share,claim,evidence,claimed_by,claimed_on,decision,decided_by,decided_on\n"
ROWS = """010101,internet_gap_share,0.25,"we see 20 Mbps",tests,the commune,2026-02-01,accepted,regulator,2026-02-20
010102,internet_gap_share,0.5,too high,none,an operator,2026-02-01,rejected,regulator,2026-02-20
010103,delivery_gap_share,0,a new depot,a lease,a courier,2026-02-03,open,,
10104,delivery_gap_share,0.75,the road is closed,photographs,the commune,2026-02-03,accepted,the office,2026-02-20
999999,internet_gap_share,0.5,no such commune,,,,accepted,,
010105,internet_gap_share,,no number,,,,accepted,,
010106,income,0.5,no such figure,,,,accepted,,
010107,internet_gap_share,0.5,no such decision,,,,perhaps,,
010108,internet_gap_share,1.5,more than all,,,,accepted,,
010109,internet_gap_share,0.5,nobody decided it,tests,,,accepted,,
010109,internet_gap_share,0.5,nothing bears it out,,,,accepted,regulator,
"""


def _run(folder: Path, rows: str | None) -> pd.DataFrame:
    country = tiny.write_with_roads(folder / "in")
    if rows is not None:
        (folder / "in/challenges.csv").write_text(HEAD + rows)
        tiny.say(country, '[layers.challenges]\npath = "challenges.csv"\n[intake.layers.challenges]\nlost_share = 1.0')
    run_pipeline(country, folder / "d", folder / "m", date(2026, 3, 1), "serial", lambda *_: None)
    table = pd.read_csv(folder / "d/latest/commune_gaps.csv", dtype={"commune_code": str})
    return table.set_index("commune_code")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    plain, challenged = tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("challenged")
    return _run(plain, None), _run(challenged, ROWS), challenged


def test_accepted_challenges_set_share_and_people_and_the_model_stays_beside(
    tables: tuple[pd.DataFrame, pd.DataFrame, Path],
) -> None:
    before, after, _ = tables
    one = after.loc["010101"]
    assert (one["internet_gap_share"], one["internet_gap_share_low"], one["internet_gap_share_high"]) == (0.25,) * 3
    assert one["internet_gap_people"] == 0.25 * one["people"]
    assert one["internet_gap_modelled_share"] == before.loc["010101", "internet_gap_share"]
    assert one["challenged"] == "internet (regulator)"
    assert "the gap is set by an accepted challenge" in one["internet_note"]
    assert after.loc["010104", "delivery_gap_people"] == 0.75 * after.loc["010104", "people"]
    assert after.loc["010104", "challenged"] == "delivery (the office)"
    others = after.drop(index=["010101", "010104"])
    assert others["challenged"].isna().all()
    same = [name for name in before if name != "challenged" and not name.startswith("composite_rank")]
    pd.testing.assert_frame_equal(others[same], before.drop(index=["010101", "010104"])[same], check_dtype=False)


def test_every_row_is_kept_or_quarantined_with_its_reason(tables: tuple[pd.DataFrame, pd.DataFrame, Path]) -> None:
    folder = tables[2]
    report = json.loads((folder / "d/latest/report.json").read_text())
    rows = report["layers"]["challenges"]["rows"]
    assert (rows["read"], rows["kept"], rows["quarantined"]) == (11, 4, 7)
    quarantine = pd.read_csv(folder / "d/latest/quarantine.csv")
    lines = quarantine[quarantine["layer"] == "challenges"].set_index("line")["reason_code"]
    assert lines.to_dict() == {
        6: "unmatched_code",
        7: "missing_value",
        8: "out_of_range",
        9: "out_of_range",
        10: "missing_value",  # the share is left blank, as any value out of its range
        11: "missing_value",
        12: "missing_value",
    }


def test_all_outputs_carry_the_mark_and_the_nation_the_sum(tables: tuple[pd.DataFrame, pd.DataFrame, Path]) -> None:
    _, after, folder = tables
    latest = folder / "d/latest"
    for table in (gpd.read_parquet(latest / "commune_gaps.parquet"), gpd.read_file(latest / "commune_gaps.gpkg")):
        assert table.set_index("commune_code").loc["010101", "challenged"] == "internet (regulator)"
    national = json.loads((latest / "report.json").read_text())["national"]
    assert national["internet_gap_people"] == pytest.approx(after["internet_gap_people"].sum())
    data = next((folder / "m/latest").glob("*/data"))
    assert any("the gap is set by an accepted challenge" in part.read_text() for part in data.glob("parts/*.js"))
    assert '"challenged":[0,' in (data / "gaps.js").read_text()
    history = pd.read_parquet(next((folder / "d/history/KHM/communes").glob("run_date=*/*.parquet")))
    assert (history["challenged"] != "").sum() == 2


def test_a_challenge_is_a_cause_of_change_of_its_own(tmp_path: Path) -> None:
    country = tiny.write_with_roads(tmp_path / "in")
    accepted, rejected = ROWS.splitlines()[:2]
    (tmp_path / "in/challenges.csv").write_text(f"{HEAD}{rejected}\n")
    tiny.say(country, '[layers.challenges]\npath = "challenges.csv"')

    def run_date(day: int) -> Published:
        return run_pipeline(country, tmp_path / "d", tmp_path / "m", date(2026, 3, day), "serial", lambda *_: None)

    run_date(1)
    (tmp_path / "in/challenges.csv").write_text(f"{HEAD}{accepted}\n")
    run_date(2)
    changes = json.loads((tmp_path / "d/latest/changes.json").read_text())
    assert [one["cause"] for one in changes["causes"]] == ["challenges", "run_date"]
    table = pd.read_csv(tmp_path / "d/latest/commune_gaps.csv", dtype={"commune_code": str}).set_index("commune_code")
    one = table.loc["010101"]
    change = (one["internet_gap_share"] - one["internet_gap_modelled_share"]) * one["people"]
    assert changes["causes"][0]["internet_gap_people"] == pytest.approx(change, abs=0.001)
    assert changes["communes"][0]["commune_code"] == "010101"
    run_date(3)
    lines = (tmp_path / "d/history/KHM/challenges.jsonl").read_text().splitlines()
    kept = [(entry["run_date"], entry["event"], entry["challenge"]["decision"]) for entry in map(json.loads, lines)]
    assert kept == [
        ("2026-03-01", "entered", "rejected"),
        ("2026-03-02", "left", "rejected"),
        ("2026-03-02", "entered", "accepted"),
    ]
    heads = {
        (record := json.loads(path.read_text()))["manifest"]["run_date"]: record["challenges"]
        for path in (tmp_path / "d/history/KHM/runs").glob("*.json")
    }
    assert {day: head["entries"] for day, head in heads.items()} == {"2026-03-01": 1, "2026-03-02": 3, "2026-03-03": 3}
    assert heads["2026-03-03"]["digest"] == json.loads(lines[-1])["digest"]
