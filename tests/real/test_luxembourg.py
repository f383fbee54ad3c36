"""Luxembourg from real files: cells, hubs, roads, heights and people."""

import json
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.loader import load_country
from tests.radio.direct_sum import off_db

# One process computes what the tests share.
pytestmark = pytest.mark.xdist_group("luxembourg")


@pytest.fixture(scope="module")
def luxembourg(shared_data, tmp_path_factory, pytestconfig):
    folder = tmp_path_factory.mktemp("luxembourg")
    country = pytestconfig.rootpath / "tests/real/luxembourg.toml"
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 1, 31), "serial", lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def report(luxembourg):
    return json.loads((luxembourg / "data/latest/report.json").read_text())


def test_twelve_cantons_hold_their_people_to_the_last_person(luxembourg):
    table = pd.read_csv(luxembourg / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    assert table["commune_code"].tolist() == [f"{number:02d}" for number in range(1, 13)]
    assert table["people"].sum() == pytest.approx(602_005, abs=1e-3)
    assert table["people"].round().astype(int).tolist()[:2] == [18_081, 32_543]


def test_cells_kept_neighbours_and_quarantined_are_those_read(report):
    rows = report["layers"]["towers"]["rows"]
    assert rows["read"] == 21_195 == rows["kept"] + rows["neighbours"] + rows["quarantined"]
    assert rows["neighbours"] + rows["out_of_area"] == 3_208


def test_post_offices_banks_and_machines(report):
    assert report["layers"]["hubs"]["rows"]["kept"] == 62
    assert report["layers"]["payments"]["rows"]["kept"] == 161 + 114


def test_roads_in_pieces_still_reach_and_say_how(luxembourg, report):
    assert report["layers"]["roads"]["rows"]["kept"] == 13_153
    table = pd.read_csv(luxembourg / "data/latest/commune_gaps.csv")
    assert (table["delivery_method"] == "roads").all()
    assert (table["unreachable_people"] == 0).all()
    assert (table["unreachable_wet_people"] == 0).all()
    assert table["delivery_foot_share"].between(0.2, 0.9).all()
    for column in ("minutes_to_hub_median", "minutes_walk_to_payment_median", "minutes_drive_to_payment_median"):
        assert table[column].between(1, 120).all()


def test_measurements_of_2017_are_no_evidence_of_2026_and_it_says_so(luxembourg, report):
    table = pd.read_csv(luxembourg / "data/latest/commune_gaps.csv")
    assert (table["internet_evidence"] == "modelled").all()
    assert table["internet_note"].str.contains("too old to count").all()
    said = {line["name"]: line["value"] for line in report["assumptions"]}
    assert re.fullmatch(r"1825 days; [\d,]+ cells were not seen since", said["measurements count for"])
    assert table["synthetic_layers"].isna().all()


def test_every_canton_has_a_share_of_each_operators_technologies_with_low_and_high(luxembourg, report):
    shares = pd.read_csv(luxembourg / "data/latest/operator_coverage.csv", dtype={"commune_code": str})
    outdoor = shares[shares["where"] == "outdoor"]
    for technology in ("2g", "3g", "4g"):
        for operator in ("POST", "Tango", "Orange", "any"):
            own = outdoor[(outdoor["technology"] == technology) & (outdoor["operator"] == operator)]
            assert own["commune_code"].nunique() == len(own) == 12
            assert (own["covered_share_low"] <= own["covered_share"]).all()
            assert (own["covered_share"] <= own["covered_share_high"]).all()
            assert (own["covered_share"] > 0).all()
    assert report["national"]["covered_2g_share"] >= 0.99
    said = {line["name"]: line["value"] for line in report["assumptions"]}
    assert said["terrain"].startswith("delta-Bullington")


def test_they_were_evidence_in_their_time(shared_data, tmp_path, pytestconfig):
    country = pytestconfig.rootpath / "tests/real/luxembourg.toml"
    run_pipeline(country, tmp_path / "data", tmp_path / "maps", date(2018, 1, 31), "serial", lambda *_: None)
    table = pd.read_csv(tmp_path / "data/latest/commune_gaps.csv")
    assert (table["internet_evidence"] == "observed").all()


def test_cells_gather_into_sites(luxembourg):
    table = pd.read_csv(luxembourg / "data/latest/commune_gaps.csv")
    assert (table["sites"] > 0).all()
    assert (table["sites"] < table["cells"]).all()


def test_interference_is_the_sum_over_all_transmitters_over_their_own_profiles(luxembourg, pytestconfig):
    country = load_country(pytestconfig.rootpath / "tests/real/luxembourg.toml")
    ours, flat = off_db(luxembourg / "data/latest/stages", country, 80)
    assert abs(np.median(ours)) < 0.5
    assert np.quantile(np.abs(ours), 0.95) < 3.0
    assert np.median(flat) > 4.0  # what far cells over flat ground would be off
