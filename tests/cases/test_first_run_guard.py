"""Real inputs of which no or hardly any row was usable: they stop, and nothing is published of them."""

import json
import re
from datetime import date

import pandas as pd
import pytest

from commune_coverage.api import check
from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import UnusableLayerError
from commune_coverage.quality.approve import approve_version


def run(folder, country="country.toml"):
    return run_pipeline(folder / country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)


def test_codes_that_went_through_a_number_are_put_right_by_their_width(case_folder):
    folder = case_folder("07-divipola-codes")
    findings = check(folder / "country.toml", folder / "data")
    assert findings.problems == []
    note = "4 codes had gone through a number, such as 5.001 for 05001"
    assert [note in log.notes for log in findings.logs] == [False, True, True]
    run(folder)
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    people = table.set_index("commune_code")["people"].round().to_dict()
    assert people == {"05001": 2_427_129, "05030": 29_555, "05400": 21_475, "15832": 1_782}


def test_a_table_of_which_no_code_is_known_stops(case_folder):
    folder = case_folder("07-divipola-codes")
    people = folder / "people.csv"
    people.write_text(re.sub(r"(?m)^(\d+)\.", r"9\1.", people.read_text()))
    (problem,) = check(folder / "country.toml", folder / "data").problems
    assert problem.startswith("people: 4 of 4 rows of 'people.csv' are set aside (limit 50%)")
    assert "'people.csv' line 2: 95.001" in problem
    with pytest.raises(UnusableLayerError, match="4 of 4 communes have no people"):
        run(folder)
    approve_version(folder / "data", "people", "the census is late")
    assert "not available" in run(folder).headline
    assert pd.read_csv(folder / "data/latest/commune_gaps.csv")["people"].isna().all()


def test_people_for_half_of_the_communes_stop_and_are_told(case_folder):
    folder = case_folder("06-rasters/g-half")
    findings = check(folder / "country.toml", folder / "data")
    said = "2 of 4 communes have no people data and count nobody (0102, 0202)"
    assert findings.problems[0].startswith(f"people: {said} (limit 25%)")
    assert any(said in note for note in findings.logs[-1].notes)
    with pytest.raises(UnusableLayerError, match="2 of 4 communes have no people data"):
        run(folder)


def test_millions_outside_the_communes_are_never_published(case_folder):
    folder = case_folder("06-rasters/d-undeclared-65535")
    problems = check(folder / "country.toml", folder / "data").problems
    if problems:
        assert "32,767,500 of 32,837,025 people lie outside the communes (limit 50%)" in problems[0]
        with pytest.raises(UnusableLayerError):
            run(folder)
    else:
        run(folder)
        people = json.loads((folder / "data/latest/report.json").read_text())["people"]
        assert people["counted"] == pytest.approx(3990)
        assert people["outside"] < 10


@pytest.mark.parametrize("name", ["c-undeclared-minus99999", "e-nan", "i-mask-band", "k-float-lowest"])
def test_cells_that_stand_for_no_data_stop_nothing(case_folder, name):
    folder = case_folder(f"06-rasters/{name}")
    assert check(folder / "country.toml", folder / "data").problems == []


def test_a_register_without_a_usable_technology_stops(case_folder):
    folder = case_folder("13-paris-antennes")
    register = folder / "antennes_clean.csv"
    register.write_text(register.read_text().replace("3G/4G/5G", "radio").replace("3G/4G", "radio").replace("/", "-"))
    problem = next(
        line for line in check(folder / "country3.toml", folder / "data").problems if line.startswith("towers")
    )
    assert re.match(r"towers: 2,169 of 2,169 rows of 'antennes_clean.csv' are set aside \(limit 50%\)", problem)
    assert "'antennes_clean.csv' line 2: " in problem


def test_hubs_of_which_none_is_kept_stop_and_are_not_available_once_approved(case_folder):
    folder = case_folder("32-hubs-none-kept")
    for name, why in (("hubs", "bureau_poste"), ("payments", "look swapped")):
        with pytest.raises(UnusableLayerError, match=f"{name}: 2 of 2 rows .*{why}"):
            run(folder)
        approve_version(folder / "data", name, "none is known yet")
    headline = run(folder).headline
    assert "last-mile delivery gap not available; a way to cash gap not available" in headline
