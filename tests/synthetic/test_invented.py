"""The invented country: the same bytes for the same seed, raw files that open, and every planted fault found."""

import csv
import gzip
import hashlib
import io
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.loader import load_country
from commune_coverage.synthetic.invented import write_country
from commune_coverage.synthetic.world import make_world
from tests.conftest import INVENTED_DATE, INVENTED_SEED

# One process computes what the tests share.
pytestmark = pytest.mark.xdist_group("invented")

COUNTRIES = ("country.toml", "country-register.toml")


@pytest.fixture(scope="module")
def written(invented_country: Path) -> Path:
    return invented_country / "raw"


@pytest.fixture(scope="module", params=COUNTRIES)
def run(request, written, invented_country, tmp_path_factory):
    if request.param == "country.toml":
        return request.param, invented_country
    folder = tmp_path_factory.mktemp("register")
    run_pipeline(written / request.param, folder / "data", folder / "maps", INVENTED_DATE, "serial", lambda *_: None)
    return request.param, folder


def _planted(written, country):
    table = pd.read_csv(written / "planted_faults.csv", dtype={"reason_code": str})
    return table[table["country_file"] == country]


def _digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(written, tmp_path):
    again = _digests(write_country(tmp_path / "again", "default", INVENTED_SEED).parent)
    assert again == _digests(written)
    other = _digests(write_country(tmp_path / "other", "default", INVENTED_SEED + 1).parent)
    assert other["towers.csv.gz"] != again["towers.csv.gz"]


def test_every_data_file_is_labelled_invented(written):
    files = [path for path in written.iterdir() if path.is_file()]
    data = [path for path in files if path.suffix not in (".toml", ".json") and "planted" not in path.name]
    assert len(data) == 29
    for path in data:
        origin = json.loads(path.with_name(path.name + ".source.json").read_text())
        assert origin["synthetic"] is True
        assert "invented" in origin["title"]


def test_both_country_files_are_valid_and_say_invented(written):
    for name in COUNTRIES:
        assert load_country(written / name).status == "invented"


def test_the_raw_files_open_with_other_libraries_and_hold_what_was_planted(written):
    planted = _planted(written, "country.toml").groupby(["file", "reason_code"])["line"].agg(list)
    lines = gzip.decompress((written / "towers.csv.gz").read_bytes()).decode().splitlines()
    assert "WIMAX" in lines[planted["towers.csv.gz", "unknown_technology"][0] - 1]
    assert all(lines[line - 1].count(",") != 13 for line in planted["towers.csv.gz", "ragged_row"])
    with rasterio.open(written / "people.tif") as source:
        values = source.read(1).ravel()
    assert values[planted["people.tif", "negative_people"][0]] == -7
    sheet = openpyxl.load_workbook(written / "gazetteer.xlsx")["Communes"]
    assert sheet.cell(planted["gazetteer.xlsx", "missing_code"][0], 1).value is None
    assert pyogrio.read_info(written / "boundaries.zip")["features"] == 153


def test_encodings_are_those_that_registers_come_in(written):
    assert (written / "names.csv").read_bytes()[:2] == b"\xff\xfe"
    assert (written / "hubs.csv").read_bytes()[:3] == b"\xef\xbb\xbf"
    assert b"\n" not in (written / "villages.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        (written / "population.csv").read_bytes().decode("utf-8")


def test_every_planted_fault_is_quarantined_for_its_reason_and_nothing_else_is(run, written):
    country, folder = run
    planted = _planted(written, country)
    expected = planted[planted["action"] == "quarantine"]
    quarantined = pd.read_csv(folder / "data/latest/quarantine.csv")
    columns = ["layer", "file", "line", "reason_code"]
    assert set(map(tuple, quarantined[columns].to_numpy())) == set(map(tuple, expected[columns].to_numpy()))
    assert len(quarantined) == len(expected) > 20


def test_every_planted_cell_without_a_usable_value_is_blanked_and_nothing_else_is(run, written):
    country, folder = run
    report = json.loads((folder / "data/latest/report.json").read_text())
    planted = _planted(written, country)
    expected = planted[planted["action"] == "blank"]
    set_aside = set(zip(*(planted[planted["action"] == "quarantine"][name] for name in ("file", "line")), strict=True))
    found = [
        (table["file"], example["line"])
        for layer in report["layers"].values()
        for table in [layer, *layer["tables"]]
        for blanked in table["blanked"]
        for example in blanked["examples"]
    ]
    kept = sorted(set(found) - set_aside)
    assert kept == sorted(map(tuple, expected[["file", "line"]].to_numpy().tolist()))


def test_the_report_balances_and_counts_neighbours_and_what_is_far_away(run, written):
    country, folder = run
    report = json.loads((folder / "data/latest/report.json").read_text())
    planted = _planted(written, country)
    for name, layer in report["layers"].items():
        rows = layer["rows"]
        assert rows["read"] == rows["kept"] + rows["neighbours"] + rows["out_of_area"] + rows["quarantined"]
        mine = planted[planted["layer"] == name]["action"].value_counts()
        assert rows["out_of_area"] == mine.get("out_of_area", 0)
        assert rows["neighbours"] >= mine.get("neighbour", 0)
    people = report["people"]
    assert people["counted"] + people["outside"] + people["quarantined"] == pytest.approx(people["read"], abs=0.5)


def test_every_repair_is_reported(run):
    _, folder = run
    notes = " | ".join(json.loads((folder / "data/latest/report.json").read_text())["layers"]["communes"]["notes"])
    for words in (
        "invalid ring repaired",
        "2 rows united into one",
        "overlapping pairs",
        "slivers narrower",
        "no geometry",
    ):
        assert words in notes
    assert len(pd.read_csv(folder / "data/latest/commune_gaps.csv")) == 151


def test_people_are_those_who_were_settled(run, written):
    _, folder = run
    report = json.loads((folder / "data/latest/report.json").read_text())
    rows = list(
        csv.reader(io.StringIO((written / "population.csv").read_bytes().decode("mac_roman").replace("\r", "\n")))
    )
    urbanisation_grid = sum(int(row[2]) for row in rows[1:] if row[2].isdigit() and row[1] != "Vanished")
    repeated = int(rows[5][2])
    sea = 24 if report["layers"]["people"]["file"] == "people.tif" else 0
    assert report["people"]["counted"] + report["people"]["outside"] - sea == pytest.approx(
        urbanisation_grid - repeated, abs=2
    )


def test_hostile_names_come_out_as_text_in_tables_and_pages(run):
    _, folder = run
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv")
    assert (table["commune_name"] == "<script>alert(1)</script>").any()
    assert not table["commune_name"].dropna().str.startswith("=").any()
    for page in (folder / "maps/latest").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text


def test_the_map_has_something_to_show(run):
    _, folder = run
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv")
    for gap in ("internet_gap_share", "delivery_gap_share"):
        known = table[gap].dropna().to_numpy()
        assert np.mean(known > 0.4) > 0.02
        assert np.mean(known < 0.2) > 0.03


def test_the_operator_that_declares_too_much_is_found_by_the_drive_tests(run):
    country, folder = run
    if country != "country.toml":
        pytest.skip("its operators declare nothing")
    table = pd.read_csv(folder / "data/latest/verification.csv")
    is_tested = (table["level"] == "nation") & (table["tests"] > 0)
    verdicts = table[is_tested].set_index(["operator", "technology", "service_level"])["verdict"].to_dict()
    assert verdicts == {
        ("Invented Telecom", "4g", "signal"): "agrees",
        ("Mobile of Nowhere", "4g", "signal"): "overstated",
    }


def test_railways_join_large_towns_over_land(written):
    lines = gpd.read_file(written / "railways.gpkg")
    planted = _planted(written, "country.toml")
    good = lines.drop(index=planted.loc[planted["file"] == "railways.gpkg", "line"] - 1)
    assert set(good["railway"]) == {"rail", "narrow_gauge"}
    world = make_world("default", INVENTED_SEED)
    towns = world.settlements.nlargest(25, "people")[["lon", "lat"]].round(5).to_numpy()
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(good.geometry, end)) for end in (0, -1)])
    assert np.abs(ends[:, None] - towns).max(axis=2).min(axis=1).max() < 1e-6
    in_water = shapely.difference(good.geometry.to_numpy(), world.terrain.country)
    assert shapely.length(in_water).sum() < 0.02 * shapely.length(good.geometry.to_numpy()).sum()


def test_friction_is_that_of_roads_where_there_are_any_and_on_foot_elsewhere(written):
    world = make_world("default", INVENTED_SEED)
    with rasterio.open(written / "friction.tif") as source:
        kmh = 0.06 / source.read(1, masked=True)
        (rows, columns), t = source.shape, source.transform
    lon, lat = np.meshgrid(t.c + t.a * (np.arange(columns) + 0.5), t.f + t.e * (np.arange(rows) + 0.5))
    assert (np.ma.getmaskarray(kmh) <= ~shapely.contains_xy(world.terrain.landmass, lon, lat)).all()
    assert kmh.min() >= 2 - 1e-4
    assert kmh.max() == pytest.approx(80)
    middles = shapely.points(lon[kmh.filled(0) > 5.001], lat[kmh.filled(0) > 5.001])
    roads = shapely.STRtree(world.roads.geometry.to_numpy())
    half_diagonal = 2**0.5 * (lon[0, 1] - lon[0, 0]) / 2
    assert len(np.unique(roads.query(middles, "dwithin", half_diagonal)[0])) == len(middles) > 5_000


def test_railways_and_the_friction_surface_have_figures_and_rest_nothing_else_on_them(run):
    country, folder = run
    if country != "country.toml":
        pytest.skip("its registers hold neither")
    territory = pd.read_csv(folder / "data/latest/territory_coverage.csv")
    rows = territory[(territory["measure"] == "railways") & (territory["level"] == "nation")]
    assert set(rows["kind"].dropna()) >= {"rail", "narrow_gauge"}
    assert (rows["whole"] > 100).all()
    obligation = pd.read_csv(folder / "data/latest/obligations.csv").set_index("obligation").loc["railways-4g"]
    low, share, high = obligation.iloc[0][["covered_share_low", "covered_share", "covered_share_high"]]
    assert 0 < low < share < high < 1
    nation = pd.read_csv(folder / "data/latest/travel_comparison.csv").iloc[0]
    assert nation["correlation"] > 0.8
    gaps = pd.read_csv(folder / "data/latest/commune_gaps.csv")
    assert (gaps["delivery_method"] == "roads").all()


@pytest.mark.long
def test_reach_holds_what_was_planted(run):
    """An island without a ferry, a ferry, a ring, a crossing without a junction, a road of 0 km/h, a hub in the sea."""
    country, folder = run
    report = json.loads((folder / "data/latest/report.json").read_text())
    facts = {
        name: json.loads((folder / f"data/latest/stages/{name}.report.json").read_text())["facts"]
        for name in ("network", "travel_times")
    }
    assert any("1 roads state a limit of 0 km/h or less" in note for note in report["layers"]["roads"]["notes"])
    assert facts["network"]["ferries"] == 1
    assert facts["network"]["pieces"] >= 3
    assert facts["network"]["flooded_nodes"] > 0
    assert facts["travel_times"]["parcels_from"] == "sorting"
    assert facts["travel_times"]["hubs_by_tier"]["gateway"] == 1
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    assert (table["delivery_method"] == "roads").all()
    unreachable = table[table["unreachable_people"] > 0]
    assert 0 < unreachable["people"].sum() < 0.02 * table["people"].sum()
    assert unreachable["delivery_note"].str.contains("roads that no ground or ferry joins to a pick-up").any()
    assert table["delivery_wet_loss_people"].sum() > 0
    hubs = pd.read_csv(folder / "data/latest/hubs.csv")
    assert (hubs["load_dry_share"] > 1).any()
    assert hubs["tier"].isin(["gateway", "sorting", "branch", "pickup"]).all()
    if country == "country-register.toml":
        assert hubs["is_stated"].all()
        assert hubs["opening"].eq("Mo-Sa 08:00-17:00").all()
        planted = pd.read_csv(folder / "data/latest/quarantine.csv")
        negative = planted[(planted["layer"] == "hubs") & (planted["reason_code"] == "out_of_range")]
        assert negative["detail"].str.contains("-20").any()


@pytest.mark.long
def test_the_national_scale_is_what_it_says(tmp_path):
    folder = write_country(tmp_path, "national", INVENTED_SEED).parent
    with rasterio.open(folder / "people.tif") as source:
        assert source.shape == (6000, 6000)
        populated = int((source.read(1) > 0).sum())
    assert 1_900_000 < populated < 3_000_000
    cells = pd.read_csv(folder / "towers.csv.gz", header=None, on_bad_lines="skip", low_memory=False)
    assert 35_000 < len(cells) < 50_000
    assert pyogrio.read_info(folder / "communes.gpkg")["features"] == 1653
