"""What is checked before a run is shown: for each check a run that was tampered with, and what is said of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.publish.stage import checks
from commune_coverage.quality.results import Finding, failed, findings_in
from commune_coverage.runs.run import Run, start_run
from tests import tiny

SECOND = date(2026, 3, 2)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The tiny country: a run that is shown, and the next one worked up to where it is checked."""
    folder = tmp_path_factory.mktemp("checked")
    country = tiny.write_with_roads(folder / "in")
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
    run = start_run(country, folder / "data", folder / "maps", SECOND, "serial")
    for stage in STAGES[: [stage.name for stage in STAGES].index("checks")]:
        run_stage(stage, run)
    return run


class Update:
    """The second run, to be tampered with."""

    def __init__(self, worked: Run, folder: Path) -> None:
        shutil.copytree(worked.folder, folder / "data/runs" / worked.folder.name)
        shutil.copytree((worked.data_dir / "latest").resolve(), folder / "data/latest")
        self.run = replace(worked, data_dir=folder / "data", folder=folder / "data/runs" / worked.folder.name)
        self.table = self.run.stages_folder / "commune_gaps.parquet"
        self.shown = folder / "data/latest/commune_gaps.parquet"

    def report(self, change: Callable[[dict[str, Any]], None], folder: Path | None = None) -> None:
        path = (folder or self.run.folder) / "report.json"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    def gaps(self, change: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], path: Path | None = None) -> None:
        path = path or self.table
        changed = change(gpd.read_parquet(path))
        path.unlink()
        changed.to_parquet(path)

    def found(self) -> dict[str, Finding]:
        checks(self.run, lambda *_: None)
        return {one.name: one for one in findings_in(self.run.folder)}

    def faults(self) -> tuple[dict[str, str], dict[str, str]]:
        """What blocks and what warns, each with its sentence."""
        found = list(self.found().values())
        blocks, warns = ({one.name: one.sentence for one in failed(found, kind)} for kind in ("block", "warn"))
        return blocks, warns


@pytest.fixture
def update(worked: Run, tmp_path: Path) -> Update:
    return Update(worked, tmp_path)


def test_a_run_that_nobody_tampered_with_passes_all_twelve(update: Update) -> None:
    found = update.found()
    assert {name: one.measure for name, one in found.items()} == {
        "people_conserved": 0,
        "every_commune": 0,
        "values_in_bounds": 0,
        "national_change": 0,
        "date_in_order": 0,
        "freshness_days": 0,
        "communes_moved": 0,
        "rows_quarantined": 0,
        "versions_held": 0,
        "layers_missing": 0,
        "nothing_to_compare": 0,
        "benchmarks": 0,
    }
    assert all(one.passed for one in found.values())
    assert found["communes_moved"].detail == "0 of 9 communes"
    assert found["layers_missing"].detail == found["nothing_to_compare"].detail == ""


def test_one_person_lost_of_4500_blocks(update: Update) -> None:
    def lose(report: dict[str, Any]) -> None:
        assert (report["people"]["read"], report["people"]["counted"]) == (4500, 4500)
        report["people"]["counted"] -= 1.0

    update.report(lose)
    assert update.faults() == ({"people_conserved": "people conserved: 1.000 of 4,500 people (limit 1e-06)"}, {})
    assert update.found()["people_conserved"].measure == pytest.approx(1 / 4500)


def test_a_person_too_many_blocks_as_one_lost_does(update: Update) -> None:
    update.report(lambda report: report["people"].update(counted=4500.25, quarantined=0.5))
    assert update.faults()[0] == {"people_conserved": "people conserved: -0.750 of 4,500 people (limit 1e-06)"}


def test_a_missing_commune_blocks_also_where_another_is_there_twice(update: Update) -> None:
    update.gaps(lambda table: table[table["commune_code"] != "010109"])
    assert update.faults()[0] == {"every_commune": "every commune: 8 rows of 8 communes for 9 communes (limit 0)"}
    update.gaps(lambda table: pd.concat([table, table[table["commune_code"] == "010108"]], ignore_index=True))
    blocks, _ = update.faults()
    assert blocks["every_commune"] == "every commune: 9 rows of 8 communes for 9 communes (limit 0)"
    # One commune has no row and another one too many.
    assert update.found()["every_commune"].measure == 2
    assert blocks["values_in_bounds"] == "values in bounds: commune_code: multiple_fields_uniqueness (limit 0)"


def test_a_share_above_one_and_people_below_none_block(update: Update) -> None:
    def spoil(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[2, "payment_gap_share"], table.loc[5, "people"] = 1.0001, -1.0
        return table

    update.gaps(spoil)
    sentence = (
        "values in bounds: payment_gap_share: less_than_or_equal_to(1); people: greater_than_or_equal_to(0) (limit 0)"
    )
    assert update.faults() == ({"values_in_bounds": sentence}, {})
    assert update.found()["values_in_bounds"].measure == 2


def test_a_national_gap_that_moves_by_more_than_a_tenth_blocks_and_by_a_tenth_does_not(update: Update) -> None:
    shown = update.run.data_dir / "latest"
    update.report(lambda report: report["national"].update(internet_gap_share=0.5, delivery_gap_share=0.5), shown)
    update.report(lambda report: report["national"].update(internet_gap_share=0.6, delivery_gap_share=0.45))
    assert update.faults() == ({}, {})
    update.report(lambda report: report["national"].update(internet_gap_share=0.45, delivery_gap_share=0.399))
    sentence = "national change: delivery_gap_share is 39.9% where it was 50.0% (limit 0.1)"
    assert update.faults() == ({"national_change": sentence}, {})


def test_a_layer_of_more_than_3650_days_blocks(update: Update) -> None:
    for age, blocks in ((3650, {}), (3651, {"freshness_days": "towers was fetched 3651 days ago"})):
        fetched = (SECOND - timedelta(days=age)).isoformat()
        update.report(lambda report, fetched=fetched: report["layers"]["towers"].update(fetched=fetched))
        sentences = {name: f"freshness days: {said} (limit 3650)" for name, said in blocks.items()}
        assert update.faults() == (sentences, {})
        assert update.found()["freshness_days"].measure == age


def test_communes_that_move_by_more_than_a_fifth_warn_and_by_a_fifth_do_not(update: Update) -> None:
    def gaps(*shares: float) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
        return lambda table: table.assign(delivery_gap_share=[*shares, *[0.5] * (9 - len(shares))])

    update.gaps(gaps(0.25, 0.75), update.shown)
    # One of nine is more than a tenth; 0.25 and 0.45 are a fifth apart.
    update.gaps(gaps(0.45, 0.55))
    assert update.faults() == ({}, {})
    update.gaps(gaps(0.04, 0.55))
    assert update.faults() == ({}, {"communes_moved": "communes moved: 1 of 9 communes (limit 0.1)"})
    assert update.found()["communes_moved"].measure == pytest.approx(1 / 9)
    update.gaps(gaps(0.46, 0.54))
    assert update.faults()[1] == {"communes_moved": "communes moved: 2 of 9 communes (limit 0.1)"}


def test_more_than_a_twentieth_of_a_layers_rows_in_quarantine_warns(update: Update) -> None:
    for bad, warns in ((50, {}), (51, {"rows_quarantined": "rows quarantined: 51 of 1,000 rows of hubs (limit 0.05)"})):
        rows = {"read": 1000, "quarantined": bad}
        update.report(lambda report, rows=rows: report["layers"]["hubs"]["rows"].update(rows))
        assert update.faults() == ({}, warns)


def test_an_older_version_in_use_warns(update: Update) -> None:
    update.report(lambda report: report.update(held_layers=["people", "towers"]))
    assert update.faults() == ({}, {"versions_held": "versions held: people, towers (limit 0)"})
    assert update.found()["versions_held"].measure == 2


def test_a_layer_that_is_gone_warns(update: Update) -> None:
    update.report(lambda report: [report["layers"].pop(name) for name in ("hubs", "towers")] and None)
    assert update.faults() == ({}, {"layers_missing": "layers missing: towers, hubs (limit 0)"})


def test_a_shown_run_that_cannot_be_read_warns_and_is_not_compared_with(update: Update) -> None:
    update.report(lambda report: report["national"].update(internet_gap_share=0.0))
    (update.run.data_dir / "latest/report.json").write_text('{"national"')
    blocks, warns = update.faults()
    assert blocks == {}
    assert list(warns) == ["nothing_to_compare"]
    assert warns["nothing_to_compare"].startswith("nothing to compare: the run that is shown cannot be read: ")
    assert warns["nothing_to_compare"].endswith("(limit 0)")
    assert update.found()["nothing_to_compare"].measure == 1
