"""Cambodia from real files: communes, codes, names, people and villages; towers and roads are synthetic."""

import json
from datetime import date

import pandas as pd
import pytest
import shapely

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.country import Country
from commune_coverage.config.layers import CommunesLayer, Layers
from commune_coverage.readers.communes.reader import read_communes
from commune_coverage.site.i18n.line_breaks import WORD_JOINER
from tests import tiny

RUN_DATE = date(2026, 1, 31)
PEOPLE = 14_339_953
MATCHED_BY_CODE = 13_302_019


# One country, computed once.
pytestmark = pytest.mark.xdist_group("cambodia")


@pytest.fixture(scope="module")
def cambodia(shared_data, tmp_path_factory, pytestconfig):
    folder = tmp_path_factory.mktemp("cambodia")
    country = pytestconfig.rootpath / "tests/real/cambodia.toml"
    run_pipeline(country, folder / "data", folder / "maps", RUN_DATE, "processes", lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def table(cambodia):
    path = cambodia / "data/latest/commune_gaps.csv"
    return pd.read_csv(path, dtype={"commune_code": str, "district_code": str, "province_code": str})


@pytest.fixture(scope="module")
def report(cambodia):
    return json.loads((cambodia / "data/latest/report.json").read_text())


def test_every_commune_once_with_its_leading_zeros(table):
    assert len(table) == table["commune_code"].nunique() == 1633
    assert table["commune_code"].str.fullmatch(r"\d{6}").all()
    assert "010201" in set(table["commune_code"])
    assert table["province_code"].nunique() == 25


def test_nobody_is_lost(table, report):
    people = report["people"]
    assert people["read"] == PEOPLE
    assert people["counted"] + people["outside"] + people["quarantined"] == pytest.approx(PEOPLE, abs=1e-3)
    assert table["people"].sum() == pytest.approx(people["counted"], abs=1)


def test_codes_of_2011_are_placed_where_that_is_certain_and_listed_where_not(report, cambodia):
    (population,) = (t for t in report["layers"]["people"]["tables"] if t["layer"] == "people.table")
    assert population["rows"] == {
        "read": 1621,
        "kept": 1612,
        "neighbours": 0,
        "out_of_area": 0,
        "filtered": 0,
        "quarantined": 9,
    }
    assert f"1,530 rows with {MATCHED_BY_CODE:,} people placed by code" in population["notes"]
    listed = pd.read_csv(cambodia / "data/latest/quarantine.csv")
    unmatched = listed[listed["reason_code"] == "unmatched_code"]
    assert len(unmatched) == 9
    assert unmatched["detail"].str.endswith(": 0 people").all()


def test_villages_read_and_placed(report):
    rows = report["layers"]["people"]["rows"]
    assert (rows["read"], rows["kept"], rows["out_of_area"], rows["quarantined"]) == (14_073, 14_071, 2, 0)


def test_names_in_both_scripts(table):
    first = table.set_index("commune_code").loc["010201"]
    assert (first["commune_name"], first["commune_name_km"]) == ("Banteay Neang", "បន្ទាយនាង")
    assert table["commune_name_km"].notna().all()
    assert table["province_name_km"].notna().all()


def test_synthetic_layers_are_labelled_in_every_file_and_on_every_page(cambodia, table, report):
    assert report["synthetic_layers"] == ["roads", "towers"]
    assert (table["synthetic_layers"] == "roads, towers").all()
    for name in ("operator_coverage.csv", "quarantine.csv"):
        assert (pd.read_csv(cambodia / "data/latest" / name)["synthetic_layers"] == "roads, towers").all()
    for page in ("index.html", "internet.html", "delivery.html"):
        text = (cambodia / "maps/latest" / page).read_text(encoding="utf-8")
        assert "synthetic" in text.lower()
        assert "ទិន្នន័យសិប្បនិម្មិត" in text.replace(WORD_JOINER, "")
    assert not (table["internet_evidence"] == "measured").any()


def test_the_coded_boundaries_alone_overlap_and_are_made_a_partition(shared_data):
    country = _coded(shared_data)
    communes, (log,) = tiny.read(read_communes, country.layers.communes, None, country=country)
    pairs = next(note for note in log.notes if "overlapping pairs" in note)
    count, area_km2 = int(pairs.split()[0]), float(pairs.split("(")[1].split()[0].replace(",", ""))
    assert count == pytest.approx(2596, abs=3)
    assert area_km2 == pytest.approx(2230, abs=1)
    assert len(communes) == 1633
    assert communes.geometry.is_valid.all()
    shapes = communes.geometry.to_numpy()
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-9)


def _coded(shared_data):
    path = shared_data / "cambodia/boundaries/kh_adm3_codes_simplified.geojson"
    columns = {"commune_code": "COM_CODE", "commune_name": "COM_NAME"}
    layer = CommunesLayer(path=path, columns=columns, code_width=6)
    return Country(code="KHM", name={"en": "C"}, metric_crs="EPSG:32648", layers=Layers(communes=layer))
