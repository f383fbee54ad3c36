"""A version that cannot be right is held back: the last good one serves, says its age, and a person can decide."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.thresholds import Plausibility
from commune_coverage.core.errors import RunError
from commune_coverage.pipeline.run import Published
from commune_coverage.quality import input_versions as versions
from commune_coverage.quality.approve import approve_version
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.select_versions import national_failure, plausibility_failure
from tests import tiny


class RunHistory:
    """The tiny country, run after run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.country = tiny.write_files(folder / "in")

    def run(self, day: int) -> Published:
        folder = self.folder
        return run_pipeline(
            self.country, folder / "data", folder / "maps", date(2026, 3, day), "serial", lambda *_: None
        )

    def people(self, share: float) -> None:
        villages = pd.read_csv(self.folder / "in/villages.csv")
        villages.assign(people=villages["people"] * share).to_csv(self.folder / "in/villages.csv", index=False)

    def published(self) -> tuple[pd.DataFrame, dict, dict, str]:
        latest = self.folder / "data/latest"
        report, manifest = (json.loads((latest / f"{name}.json").read_text()) for name in ("report", "manifest"))
        page = (self.folder / "maps/latest/index.html").read_text(encoding="utf-8")
        return pd.read_csv(latest / "commune_gaps.csv"), report, manifest, page

    def approve(self, because: str = "counted anew") -> str:
        return approve_version(self.folder / "data", "people", because)


@pytest.fixture
def updates(tmp_path: Path) -> RunHistory:
    found = RunHistory(tmp_path)
    found.run(1)
    return found


def test_half_the_people_are_held_back_and_every_output_says_so(updates):
    updates.people(0.5)
    published = updates.run(4)
    table, report, manifest, page = updates.published()
    assert table["people"].sum() == 4500
    assert report["held_layers"] == ["people"]
    held = report["layers"]["people"]["held"]
    assert held["reason"] == "2,250 people where the last good version has 4,500"
    assert (held["version_of"], held["age_days"]) == ("2026-03-01", 3)
    assert manifest["held"]["people"]["reason"] == held["reason"]
    assert "Older data: people of 1 March 2026 (3 days old)" in page
    assert 'commune-coverage approve people --because "…"' in published.held[0]


def test_it_stays_held_until_somebody_approves_it_and_the_reason_is_recorded(updates):
    updates.people(0.5)
    updates.run(2)
    assert len(updates.run(3).held) == 1
    assert updates.approve() == "people: the version held on 2026-03-02 is approved; the next run uses it"
    assert updates.run(3).held == []
    table, report, _, page = updates.published()
    assert table["people"].sum() == 2250
    assert report["held_layers"] == []
    assert "Older data: people" not in page
    kept = InputVersions(updates.folder / "data", "KHM").versions("people")
    assert kept[-1].status == "good"
    assert kept[-1].because == "counted anew"


def test_an_approval_that_somebody_writes_into_the_listing_is_none(updates):
    updates.people(0.5)
    updates.run(2)
    store = InputVersions(updates.folder / "data", "KHM")
    for listing in store.folder.glob("people.json*"):
        listing.write_text(listing.read_text().replace('"held"', '"approved"'))
    assert len(updates.run(3).held) == 1
    assert updates.published()[0]["people"].sum() == 4500


def test_approving_needs_a_reason_and_something_held(updates):
    with pytest.raises(RunError, match="no version of 'people' is held back"):
        updates.approve()
    updates.people(0.5)
    updates.run(2)
    with pytest.raises(RunError, match="say why"):
        updates.approve("  ")


def test_a_small_change_passes_and_is_the_next_to_compare_with(updates):
    for day in (2, 3, 4):
        updates.people(1.09)
        assert updates.run(day).held == []
    assert updates.published()[0]["people"].sum() == pytest.approx(4500 * 1.09**3, rel=1e-6)


def test_the_good_version_coming_back_is_used_at_once(updates):
    good = (updates.folder / "in/villages.csv").read_bytes()
    updates.people(0.5)
    updates.run(2)
    (updates.folder / "in/villages.csv").write_bytes(good)
    assert updates.run(3).held == []


def test_a_missing_file_is_stood_in_for(updates):
    (updates.folder / "in/villages.csv").unlink()
    published = updates.run(2)
    assert "'villages.csv' is not there" in published.held[0]
    assert updates.published()[0]["people"].sum() == 4500


def test_a_file_none_of_whose_rows_can_be_kept_is_held_back_however_small_it_was(updates):
    towers = updates.folder / "in/towers.csv"
    towers.write_bytes(towers.read_bytes()[: towers.stat().st_size // 2])
    assert "towers: the newest version is held back: 0 rows where the last good version has 3" in updates.run(2).held[0]
    assert updates.published()[1]["national"]["internet_gap_share"] is not None


def test_other_settings_are_not_held_to_the_same_figures(updates):
    text = updates.country.read_text().replace('place_name = "village" }', 'place_name = "village", people = "half" }')
    updates.country.write_text(text)
    villages = pd.read_csv(updates.folder / "in/villages.csv").rename(columns={"people": "half"})
    villages.assign(half=villages["half"] / 2).to_csv(updates.folder / "in/villages.csv", index=False)
    assert updates.run(2).held == []


def _other_masts(updates: RunHistory) -> None:
    """All masts in one corner."""
    towers = pd.read_csv(updates.folder / "in/towers.csv")
    towers["lon"], towers["lat"] = tiny.centres().round(7)[["lon", "lat"]].loc[8]
    towers.to_csv(updates.folder / "in/towers.csv", index=False)


def _another_hub(updates: RunHistory) -> None:
    hubs = updates.folder / "in/hubs.csv"
    first = pd.read_csv(hubs)
    pd.concat([first, first.assign(id=2, lon=first["lon"] + 0.01)]).to_csv(hubs, index=False)


def test_a_file_that_moves_the_whole_country_is_held_back_and_approved_it_excuses_nothing_else(tmp_path):
    """With a fifth of the people, so that not every cell is overloaded wherever it stands.

    Beside the approved masts come a hub, which is innocent, and a threshold that empties the gap, which is not.
    """
    updates = RunHistory(tmp_path)
    updates.people(0.2)
    updates.run(1)
    before = updates.published()[1]["national"]
    _other_masts(updates)
    assert "with it the national internet gap is" in updates.run(2).held[0]
    assert updates.published()[1]["national"] == before
    approve_version(tmp_path / "data", "towers", "the others were taken down")
    _another_hub(updates)
    text = updates.country.read_text()
    updates.country.write_text(text + "[thresholds]\nhigh_speed_mbps = [0.001]\n")
    hold = updates.run(3).hold
    assert hold is not None
    assert hold.checks == ["national_change"]
    assert updates.published()[1]["national"] == before
    updates.country.write_text(text)
    published = updates.run(4)
    assert (published.hold, published.held) == (None, [])
    after = updates.published()[1]["national"]["internet_gap_share"]
    assert after > before["internet_gap_share"] + 0.1
    was = f"where it was {before['internet_gap_share']:.1%}"
    assert f"{was}, {after:.1%} with nothing new but the approved towers" in hold.reasons[0]


def test_old_versions_are_pruned_and_the_last_good_ones_are_whole(updates, monkeypatch):
    monkeypatch.setattr(versions, "KEPT_VERSIONS", 3)
    for day in range(2, 8):
        updates.people(1.02)
        updates.run(day)
    store = InputVersions(updates.folder / "data", "KHM")
    good = store.versions("people")
    assert len(good) == 3
    kept = {path.name for path in (store.folder / "objects").iterdir()}
    assert kept == {
        facts.sha256
        for name in ("communes", "people", "towers", "hubs")
        for version in store.versions(name)
        for facts in version.files.values()
    }


def test_versions_held_run_after_run_are_pruned_too(updates, monkeypatch):
    monkeypatch.setattr(versions, "KEPT_VERSIONS", 2)
    for day in range(2, 5):
        updates.people(0.5)
        assert updates.run(day).held
    store = InputVersions(updates.folder / "data", "KHM")
    updates.people(8)
    updates.run(5)
    assert [version.status for version in store.versions("people")] == ["good", "held", "held", "good"]


def test_measures_are_compared_within_their_limits():
    limits = Plausibility()
    last = {"rows": 1000.0, "people": 4e6, "area_km2": 180_000.0, "communes": 1633.0}
    assert plausibility_failure(last, last, limits) == ""
    assert plausibility_failure({**last, "rows": 1190}, last, limits) == ""
    assert (
        plausibility_failure({**last, "rows": 1210}, last, limits) == "1,210 rows where the last good version has 1,000"
    )
    assert "people" in plausibility_failure({**last, "people": 3.5e6}, last, limits)
    assert "km2" in plausibility_failure({**last, "area_km2": 170_000}, last, limits)
    assert "communes" in plausibility_failure({**last, "communes": 1500}, last, limits)
    assert plausibility_failure({"rows": 9.0}, {"rows": 1.0}, limits) == ""
    assert plausibility_failure({"rows": 0.0}, {"rows": 1.0}, limits) == "0 rows where the last good version has 1"
    assert plausibility_failure({}, last, limits) == ""


def test_national_shares_are_compared_where_both_are_known():
    now, before = {"internet_gap_share": 0.5, "delivery_gap_share": None}, {"internet_gap_share": 0.34}
    limits = Plausibility()
    assert national_failure(now, before, limits) == "with it the national internet gap is 50.0% where it was 34.0%"
    assert national_failure(now, {"internet_gap_share": 0.4, "delivery_gap_share": 0.1}, limits) == ""
