"""Data folders of earlier versions open, run on and keep their history, decisions and approvals."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.record_checks import broken_records
from commune_coverage.archive.trends import FIGURES, trend
from commune_coverage.config.quality import Alerts
from commune_coverage.core.errors import RunError
from commune_coverage.monitoring.health import health
from commune_coverage.publish.publication import list_publications, roll_back, shown_so_far
from commune_coverage.quality.approve import approve_version
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.reanalysis.replay import replay
from tests import tiny
from tests.archive.old_versions import COMMITS, unpacked

_MORE_ROWS = 20


def _silent(*_: object) -> None:
    return None


def _more_towers(country: Path) -> None:
    """So many that the version is held back until somebody approves it."""
    towers = pd.read_csv(country.parent / "towers.csv")
    many = pd.concat([towers] * _MORE_ROWS).assign(cell=range(len(towers) * _MORE_ROWS))
    many.to_csv(country.parent / "towers.csv", index=False)


@pytest.mark.long
@pytest.mark.parametrize("commit", COMMITS.values(), ids=COMMITS)
def test_what_a_version_left_goes_on_with_todays(commit: str, tmp_path: Path) -> None:
    old = unpacked(commit, tmp_path / "code")
    country, data, maps = old.write_country(tmp_path / "in"), tmp_path / "data", tmp_path / "maps"
    tiny.say(country, '[checks.national_change]\nseverity = "warn"')
    old.run(country, 1)
    _more_towers(country)
    old.run(country, 2)
    old.command("approve", country, "towers", "--because", "a new register")
    before = {path.name: path.resolve() for path in (data / "runs").iterdir()}

    third = run_pipeline(country, data, maps, date(2026, 3, 3), "serial", _silent)

    shown = shown_so_far(maps)
    assert [one.run_id for one in shown] == [*sorted(before), third.run_id]
    assert list_publications(maps, as_json=False).count("\n") == 2
    assert broken_records(data, maps) == {}
    national = trend(data, maps, "KHM")
    assert national["run_date"].tolist() == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert national[list(FIGURES[:2])].notna().all(axis=None)
    for run_id, people in zip(national["run_id"], national["internet_gap_people"], strict=True):
        table = pd.read_csv(data / "runs" / run_id / "commune_gaps.csv")
        assert people == pytest.approx(table["internet_gap_people"].sum())
    one = trend(data, maps, "KHM", "010103")
    assert one["people"].tolist() == [300, 300, 300]

    versions = InputVersions(data, "KHM")
    if (data / "history/decisions.jsonl").read_text().count("layer approved") == 0:
        assert versions.held_layers() == ["towers"], "nobody recorded it: it has to be given again"
        approve_version(data, "towers", "a new register")
    last = run_pipeline(country, data, maps, date(2026, 3, 4), "serial", _silent)
    newest = versions.versions("towers")[-1]
    assert (newest.status, newest.because, newest.measure["rows"]) == ("good", "a new register", 3 * _MORE_ROWS)
    assert replay(last.run_id, data, "serial", _silent).differ == []
    with pytest.raises(RunError, match=r"this run cannot be computed again: .*was"):
        replay(min(before), data, "serial", _silent)
    roll_back("to see that it is there", data, maps)
    roll_back("and the one before", data, maps)
    assert [one.name for one in health(data, maps, Alerts()).conditions if one.status == "critical"] == []
