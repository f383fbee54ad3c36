"""Which earlier releases a catalogue links: none that shows more of layers than this one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from commune_coverage.core.run_places import places_of
from commune_coverage.core.state.declared import REPORT
from commune_coverage.pipeline.stages.open_data import release


@pytest.mark.parametrize(
    ("hidden", "linked"), [([], ["whole", "two_editions"]), (["towers"], ["two_editions"]), (["towers", "people"], [])]
)
def test_only_releases_that_show_no_more_are_linked(
    hidden: list[str], linked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    country = SimpleNamespace(confidential_layers=dict.fromkeys(hidden))
    run = SimpleNamespace(run_id="now", country=country, data_dir=tmp_path / "d", maps_dir=tmp_path / "m")
    reports = {"whole": {}, "two_editions": {"withheld_layers": {"towers": None}}, "now": {}}
    for name, said in reports.items():
        places = places_of(name, run.data_dir, run.maps_dir)
        for folder in (places.run, places.public_tables) if said else (places.run,):
            REPORT.write(folder / "report.json", dict.fromkeys(REPORT.needed, "") | said)
    shown = [SimpleNamespace(run_id=name, run_date="2026-01-01") for name in (*reports, "removed", "whole")]
    monkeypatch.setattr(release, "shown_so_far", lambda _: shown)
    assert [one.run_id for one in release.earlier_releases(run)] == linked
