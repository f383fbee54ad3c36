"""The scoreboard of a country of nine villages, by hand: what is known, the model, the disc, and what is said."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from commune_coverage.cli.app import app
from commune_coverage.cli.validation_text import lines_of
from commune_coverage.core.files import read_json
from commune_coverage.pipeline.stages.radio.scoreboard import FIGURE_COLUMNS, scores_of_figures, sentences_of
from commune_coverage.radio.scoring.validation import robust_mean_db, shrunken_means_db
from tests import tiny
from tests.radio.test_country import RUN_DATE
from tests.radio.test_level_offsets import HEADER, WITHIN, run


def figures(known: list[float], model: list[float], disc: list[float], use: str = "validation") -> pd.DataFrame:
    """Three communes of 100, 200 and 100 people."""
    table = pd.DataFrame(
        {"known_share": known, "model_share": model, "disc_share": disc, "log_distance_share": math.nan}
    )
    table = table.assign(code=["1", "2", "3"], people=[100.0, 200.0, 100.0], withheld_share=math.nan, use=use)
    named = {"level": "commune", "operator": "A", "technology": "4g", "measure": "people", "date": "2023-06-30"}
    return table.assign(**named, published_by="", tolerance_share=0.02, note="")[FIGURE_COLUMNS]


def scored(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(scores_of_figures(table)).set_index("predictor")


def test_three_communes_by_hand() -> None:
    found = scored(figures([1.0, 0.5, 0.0], [0.8, 0.5, 0.4], [1.0, 0.5, 0.5]))
    # Squares of errors by people: model (100 * 0.04 + 100 * 0.16) / 400, disc 100 * 0.25 / 400.
    assert found.at["model", "rms_error"] == pytest.approx(math.sqrt(0.05))
    assert found.at["disc", "rms_error"] == pytest.approx(0.25)
    assert found.at["model", "skill_over_disc"] == pytest.approx(1 - math.sqrt(0.05) / 0.25)
    assert found.at["log_distance", "units"] == 0
    assert math.isnan(found.at["log_distance", "rms_error"])


def test_a_model_equal_to_the_truth_has_no_error_and_all_skill() -> None:
    known = [0.9, 0.3, 0.1]
    found = scored(figures(known, known, [0.5] * 3))
    assert found.at["model", "rms_error"] == 0
    assert found.at["model", "correlation"] == pytest.approx(1)
    assert found.at["model", "skill_over_disc"] == 1


def test_it_says_plainly_which_is_nearer() -> None:
    known, near, far = [1.0, 0.5, 0.0], [0.9, 0.5, 0.1], [0.5, 0.5, 0.5]
    (wins,) = sentences_of(scored(figures(known, near, far)).reset_index())
    (loses,) = sentences_of(scored(figures(known, far, near)).reset_index())
    assert wins == "A 4G coverage by commune 2023-06-30: the model is nearer (RMS 7.1 against 35.4 points)"
    assert "the disc is nearer (RMS 35.4 against 7.1 points)" in loses


def test_what_calibrates_validates_nothing() -> None:
    known = [1.0, 0.5, 0.0]
    assert sentences_of(scored(figures(known, known, [0.5] * 3, "calibration")).reset_index()) == []


def board_of(folder: Path, known: str) -> dict:
    return dict(read_json(run(folder, known) / "scoreboard.json"))


def test_known_figures_of_nine_villages_beside_their_estimates(tmp_path: Path) -> None:
    codes = "".join(
        f"{code},One,4g,{share},compare,,\n" for code, share in zip(tiny.CODES, [1] * 3 + [0] * 6, strict=True)
    )
    known = "code," + HEADER + ",One,4g,0.47,calibrate,2023-06-30,0.01\n" + codes
    known += ",any,4g,0.5,compare,,\n,Nobody,4g,0.5,compare,,\n,Two,5g,0.5,compare,,\n"
    board = board_of(tmp_path, known)
    by_name = {(row["code"], row["operator"], row["technology"]): row for row in board["figures"]}
    nation = by_name["", "One", "4g"]
    # The mast stands in the south-west; the disc of 20 km that is nearest to 47 % holds 2,200 of 4,500 people.
    assert nation["use"] == "calibration"
    assert nation["model_share"] == pytest.approx(WITHIN[3])
    assert nation["disc_share"] == pytest.approx(WITHIN[3])
    assert nation["log_distance_share"] == pytest.approx(0.47, abs=1e-6)
    # No other pair has a share: its own withheld, the level stays as it is.
    assert nation["withheld_share"] is not None
    inside = [by_name[code, "One", "4g"]["disc_share"] for code in tiny.CODES]
    assert inside == [1, 1, 1, 1, 1, 0, 1, 0, 0]
    assert [by_name[code, "One", "4g"]["model_share"] for code in tiny.CODES] == inside
    for unknown in (("", "Nobody", "4g"), ("", "Two", "5g")):
        assert by_name[unknown]["model_share"] is None
        assert "no such operator" in by_name[unknown]["note"] or "no tower" in by_name[unknown]["note"]
    scores = {(row["level"], row["operator"], row["predictor"], row["use"]): row for row in board["scores"]}
    # Known: 600 people in the first three communes. The disc has 1,600 more, of villages 4, 5 and 7.
    assert scores["commune", "One", "disc", "validation"]["mean_error"] == pytest.approx((400 + 500 + 700) / 4500)
    assert scores["commune", "One", "disc", "validation"]["rms_error"] == pytest.approx(math.sqrt(1600 / 4500))
    assert scores["commune", "One", "model", "validation"]["skill_over_disc"] == pytest.approx(0)
    assert "One 4G coverage by commune: both are as near (RMS 59.6 against 59.6 points)" in board["sentences"]
    lines = lines_of(board)
    assert any("used to calibrate, no validation" in line for line in lines)
    assert any(line.startswith("Nobody 4G people: published 50.0%; unknown") for line in lines)


def test_territory_is_not_compared_with_people(tmp_path: Path) -> None:
    board = board_of(tmp_path, "operator,technology,covered_share,measure\nOne,4g,0.5,territory\n")
    (row,) = board["figures"]
    assert row["model_share"] is None
    assert "territory" in row["note"]
    assert board["scores"] == []


def test_the_command_and_the_page_show_it(tmp_path: Path) -> None:
    latest = run(tmp_path, HEADER + "One,4g,0.47,calibrate,2023-06-30,0.01\nTwo,4g,0.9,compare,2023-06-30,\n")
    arguments = ["validate", str(tmp_path / "country.toml"), "--engine", "serial"]
    arguments += ["--data-dir", str(tmp_path / "d"), "--maps-dir", str(tmp_path / "dm"), "--date", RUN_DATE.isoformat()]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "level of One 4G:" in result.output
    assert result.output.splitlines()[-1].endswith("scoreboard.json")
    page = (tmp_path / "dm/latest/validation.html").read_text(encoding="utf-8")
    assert re.search("One 4G people <span[^>]*>30 June 2023<", page)
    assert 'href="validation.html"' in (tmp_path / "dm/latest/run.html").read_text(encoding="utf-8")
    assert 'href="run.html"' in (tmp_path / "dm/latest/index.html").read_text(encoding="utf-8")
    table = pd.read_csv(latest / "scoreboard.csv", encoding="utf-8-sig")
    assert {"model", "disc", "log_distance"} == set(table["predictor"])


def test_a_country_without_known_figures_has_no_page_and_says_so(tmp_path: Path) -> None:
    from commune_coverage.api import run as run_pipeline

    country = tiny.write_files(tmp_path)
    published = run_pipeline(country, tmp_path / "d", tmp_path / "m", RUN_DATE, "serial", lambda *_: None)
    board = read_json(tmp_path / "d/runs" / published.run_id / "scoreboard.json")
    assert lines_of(board) == [
        "nothing to compare with: the country file names no known_coverage and no speed_tests layer"
    ]
    assert not (tmp_path / "m/latest/validation.html").exists()


def test_what_is_left_of_a_band_is_its_mean_drawn_to_nothing() -> None:
    error_db = np.array([6.0, 6, 6, 90, -4, -4, np.nan])
    group, weight = np.array([0, 0, 0, 0, 1, 1, 1]), np.array([25.0, 25, 25, 25, 50, 250, 9])
    # 100 tests of 6 dB count half beside a minimum of 100; 300 of -4 dB three quarters. One outlier moves nothing.
    assert shrunken_means_db(error_db, group, weight, 100) == {0: (3.0, 100.0), 1: (-3.0, 300.0)}


def drive_tests(folder: Path, more: str) -> dict:
    """Levels along a road from the mast, 20 dB a decade and 6 dB above one of them."""
    from commune_coverage.api import run as run_pipeline
    from tests.radio.test_country import LTE, _register

    country = _register(folder, [LTE], '\n[layers.speed_tests]\npath = "tests.csv"\n' + more)
    lon, lat = tiny.centres().iloc[4]
    km = np.repeat([0.5, 1.0, 2.0, 4.0, 8.0], 30)
    rows = pd.DataFrame({"lon": lon + km / 109.0, "lat": lat, "operator": "One", "technology": "4g"})
    rows = rows.assign(rsrp_dbm=-80 - 20 * np.log10(km), download_mbps=10.0)
    rows.to_csv(folder / "tests.csv", index=False)
    published = run_pipeline(country, folder / "d", folder / "m", RUN_DATE, "serial", lambda *_: None)
    return dict(read_json(folder / "d/runs" / published.run_id / "scoreboard.json"))


@pytest.mark.parametrize(("more", "use"), [("", "validation"), ("[radio]\ncalibrate = true\n", "calibration")])
def test_drive_tests_are_scored_against_the_same_baselines(tmp_path: Path, more: str, use: str) -> None:
    board = drive_tests(tmp_path, more)
    rows = {row["predictor"]: row for row in board["scores"] if row["quantity"] == "power"}
    assert {row["use"] for row in rows.values()} == {use}
    assert {row["units"] for row in rows.values()} == {150}
    # The levels lie on a line of the logarithm; one value for all is off by their spread: 20 log10(2) in five steps.
    assert rows["log_distance"]["rms_error"] == pytest.approx(0, abs=0.05)
    assert rows["disc"]["rms_error"] == pytest.approx(20 * math.log10(2) * math.sqrt(2), abs=0.01)
    assert rows["disc"]["mean_error"] == pytest.approx(0, abs=1e-9)
    assert rows["model"]["correlation"] > 0.95
    if use == "calibration":
        assert abs(rows["model"]["mean_error"]) < 3
        assert not any("power" in sentence for sentence in board["sentences"])


def test_the_robust_mean_is_the_mean_where_nothing_is_far_off_and_hardly_moves_where_something_is() -> None:
    rng = np.random.default_rng(5)
    values, weight = rng.normal(4.0, 8.0, 2000), rng.integers(1, 5, 2000).astype(float)
    mean = np.average(values, weights=weight)
    assert robust_mean_db(values, weight) == pytest.approx(mean, abs=0.05)
    spoilt = np.where(rng.random(2000) < 0.02, 150.0, values)
    assert abs(np.average(spoilt, weights=weight) - mean) > 2
    assert robust_mean_db(spoilt, weight) == pytest.approx(mean, abs=0.7)
    assert robust_mean_db(np.array([2.0, 2, 2, 99]), np.ones(4)) == pytest.approx(2.0, abs=1e-4)
    assert np.isnan(robust_mean_db(np.zeros(0), np.zeros(0)))
