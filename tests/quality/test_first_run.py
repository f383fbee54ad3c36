"""What of a layer may be unusable: limits, what does not count, and approval from the first version on."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from commune_coverage.api import check
from commune_coverage.api import run as run_pipeline
from commune_coverage.config.loader import load_country
from commune_coverage.config.quality import Intake
from commune_coverage.core.errors import CountryFileError, UnusableLayerError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.monitoring.health import health
from commune_coverage.quality.approve import approve_version
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.intake import Measured, failure_text, failures_of, worst_reasons
from tests import tiny
from tests.commands import command
from tests.quality.spoilt import positions, write_country


def run(folder, country, day=1):
    return run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, day), "serial", lambda *_: None)


def test_exactly_the_limit_passes_and_a_layer_has_its_own():
    measured = [Measured("lost_share", 0.5, "half"), Measured("outside_share", 0.51, "more")]
    assert [each.check for each in failures_of("hubs", measured, Intake())] == ["outside_share"]
    own = Intake(layers={"hubs": {"lost_share": 0.49, "outside_share": 1}})
    assert [each.check for each in failures_of("hubs", measured, own)] == ["lost_share"]
    assert [each.check for each in failures_of("towers", measured, own)] == ["outside_share"]


def test_few_rows_on_one_point_and_an_extract_with_rows_inside_pass():
    points = [Measured("one_point_share", 1.0, "", rows) for rows in (9, 10)]
    assert failures_of("hubs", points, Intake()) == points[1:]
    for extent, needed in (("larger", 3), ("nation", 100)):
        files = [Measured("outside_share", 0.999, "", 9000, inside, extent) for inside in (needed - 1, needed)]
        assert failures_of("towers", files, Intake()) == files[:1]
    assert failures_of("towers", [Measured("outside_share", 0.51, "", 9000, 4410)], Intake())


def test_the_three_worst_reasons_are_named_with_lines():
    log = RowLog("hubs", "h.csv", read=11)
    for rows, reason in zip(
        (1, 4, 2, 3), (Reason.NULL_ISLAND, Reason.NOT_A_NUMBER, Reason.MISSING_VALUE, Reason.DUPLICATE_ID), strict=True
    ):
        log.set_aside(range(2, 2 + rows), reason, "x")
    said = worst_reasons([log])
    assert said.startswith("a value that must be a number is not one: 4 ('h.csv' line 2: x, 'h.csv' line 3: x); ")
    assert Reason.NULL_ISLAND.value not in said
    assert worst_reasons([RowLog("hubs", "h.csv")]) == ""
    assert failure_text("hubs", [], [log], Intake()) == ""


def test_limits_of_a_layer_that_is_none_are_refused(tmp_path):
    country = tiny.write_files(tmp_path)
    tiny.say(country, "[intake.layers.tower]\nlost_share = 0.9")
    with pytest.raises(CountryFileError, match="names tower, which is no layer"):
        load_country(country)
    with pytest.raises(ValidationError):
        Intake(lost_share=1.5)


def test_a_held_first_version_is_one_sentence_until_it_is_approved(tmp_path):
    country = write_country(tmp_path / "in", "towers register", "90 % bad")
    folders = ("--data-dir", tmp_path / "data", "--maps-dir", tmp_path / "maps", "--engine", "serial")
    checked = command("check", country, "--data-dir", tmp_path / "data")
    ran = command("run", country, *folders)
    for done, prefix in ((checked, "problem"), (ran, "error")):
        assert done.returncode == 1
        (line,) = done.stderr.strip().splitlines()
        assert line.startswith(f"{prefix}: towers: 18 of 20 rows of 'towers.csv' are set aside (limit 50%). ")
        assert "'towers.csv' line 2: 104.13071, no position" in line
        assert 'commune-coverage approve towers --because "…"' in line
    failed = next(one for one in health(tmp_path / "data", tmp_path / "maps", load_country(country).alerts).conditions)
    assert failed.sentence.startswith("the last run failed: towers: 18 of 20 rows")
    approved = command("approve", "towers", "--because", "the rest is planned", "--data-dir", tmp_path / "data")
    assert approved.returncode == 0, approved.stderr
    assert "approved: 18 of 20 rows" in command("check", country, "--data-dir", tmp_path / "data").stdout
    assert command("run", country, *folders).returncode == 0
    (kept,) = InputVersions(tmp_path / "data", "KHM").versions("towers")
    assert (kept.status, kept.because) == ("good", "the rest is planned")


def test_what_was_approved_once_is_not_asked_again_of_the_next_version(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "90 % bad")
    with pytest.raises(UnusableLayerError):
        run(tmp_path, country)
    approve_version(tmp_path / "data", "hubs", "the others have no address")
    run(tmp_path, country)
    hubs = positions("90 % bad").assign(**{"class": "post office"}, id=np.arange(20) + 101)
    hubs.to_csv(country.parent / "hubs.csv", index=False)
    assert run(tmp_path, country, day=2).held == []


def test_a_mended_file_runs_without_an_approval(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "all bad")
    with pytest.raises(UnusableLayerError):
        run(tmp_path, country)
    positions("sound").assign(**{"class": "post office"}).to_csv(country.parent / "hubs.csv", index=False)
    assert "without last-mile delivery" in run(tmp_path, country).headline


def test_a_later_version_that_is_mostly_unusable_falls_back_on_the_last_good_one(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "sound")
    run(tmp_path, country)
    one = positions("one point").assign(**{"class": "post office"})
    one.to_csv(country.parent / "hubs.csv", index=False)
    (held,) = run(tmp_path, country, day=2).held
    assert "hubs: the newest version is held back: 20 of 20 rows stand on one position" in held


@pytest.mark.parametrize(("rows_inside", "stops"), [(1, True), (3, False)])
def test_a_crowd_s_file_of_the_world_passes_with_some_rows_inside(tmp_path, rows_inside, stops):
    country = write_country(tmp_path / "in", "towers crowd", "sound", is_alone=True)
    towers = country.parent / "towers.csv"
    cells = pd.read_csv(towers)
    world = pd.concat([cells.iloc[:rows_inside], *[cells.assign(lat=cells["lat"] + move) for move in range(5, 45)]])
    world.assign(cell=np.arange(len(world)) * 256).to_csv(towers, index=False)
    assert bool(check(country, tmp_path / "data").problems) is stops
    tiny.say(country, "complete = true")
    assert check(country, tmp_path / "data").problems


def test_small_files_and_absent_layers_stop_nothing(tmp_path):
    country = tiny.write_with_roads(tmp_path / "in")
    assert check(country, tmp_path / "data").problems == []
    text = country.read_text()
    country.write_text(text[: text.index("[layers.towers]")])
    assert "not available" in run(tmp_path, country).headline
