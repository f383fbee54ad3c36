"""Registers and crowd files as they are brought: who a cell is, which technologies it has, when it was seen."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from commune_coverage.api import check, run
from commune_coverage.config.loader import load_country
from commune_coverage.core.quarantine import Reason
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.columns.vocabulary import name_fit, words_of
from commune_coverage.readers.columns.words import is_yes, month_of
from commune_coverage.readers.detection.command import recognise_upload
from commune_coverage.readers.parsing.dates import epoch_seconds
from commune_coverage.readers.towers.operators import spelling_key
from commune_coverage.readers.towers.reader import read_towers
from commune_coverage.readers.towers.technologies import TECHNOLOGY_WORDS, bands_in, is_technology, technologies_in
from tests import tiny

RUN_DATE = date(2026, 11, 29)
HEADER = "lon,lat,technology,operator"
OPENCELLID = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"


def towers(folder, header, rows, columns="", register=True, head=""):
    """The cells of a file on the tiny country, and its log, which balances."""
    path = tiny.write_files(folder)
    form = 'format = "register"' if register else 'format = "opencellid"'
    text = path.read_text().replace('path = "towers.csv"', f'path = "r.csv"\n{form}\n{columns}')
    path.write_text(head + text)
    lines = [header, *rows] if header else rows
    (folder / "r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    country = load_country(path)
    cells, (log,) = tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)
    assert log.is_balanced()
    return cells, log


def headline(country):
    assert check(country).problems == []
    folder = country.with_suffix("")
    return run(country, folder / "data", folder / "maps", RUN_DATE, "serial").headline


def towers_log(findings):
    (log,) = [log for log in findings.logs if log.layer == "towers"]
    assert log.is_balanced()
    return log


# Identity


def test_cells_of_one_site_s_number_are_cells_of_their_own(case_folder):
    folder = case_folder("15-shared-site-id")
    assert towers_log(check(folder / "country.toml")).kept == 6
    assert headline(folder / "country.toml") == headline(folder / "noid.toml")


def test_recognise_offers_a_site_s_number_as_that_and_never_as_a_cell_s(case_folder):
    folder = case_folder("15-shared-site-id")
    lines = recognise_upload(folder / "towers.csv", "towers", folder / "country.toml").columns
    assert (lines["site_id"], "cell_id" in lines) == ("Site ID", False)


@pytest.mark.parametrize(
    "name", ["Site ID", "SiteID", "Tower ID", "Site code", "station_id", "BTS ID", "code_site", "NumEstacao"]
)
def test_numbers_of_sites_are_no_numbers_of_cells(name):
    assert name_fit("site_id", name)[0] > 0.6
    assert name_fit("cell_id", name)[0] < 0.5


def test_a_register_s_cell_is_its_number_operator_band_and_position(tmp_path):
    rows = [
        "A,104.1,10.9,4G,One,800",
        "A,104.1,10.9,4G,One,1800",
        "A,104.1,10.9,4G,Two,800",
        "A,104.1,10.9,3G,One,800",
        "A,104.2,10.9,4G,One,800",
        "A,104.1,10.9,4G,One,800",
    ]
    cells, log = towers(tmp_path, "cell_id," + HEADER + ",band_mhz", rows)
    assert len(cells) == 5
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [(7, "duplicate_row")]


def test_rows_that_differ_in_a_column_that_nothing_reads_are_sectors_and_stay(tmp_path):
    rows = [f"104.1,10.9,4G,One,{azimuth}" for azimuth in (0, 120, 240, 120)]
    _, log = towers(tmp_path, HEADER + ",azimuth", rows)
    assert (log.kept, log.reasons()) == (3, {"duplicate_row": 1})


def test_a_crowd_s_cell_is_its_network_identity_as_before(tmp_path):
    row = "LTE,456,1,1,257,0,{lon},10.9,1000,5,1,1500000000,1700000000,0"
    _, log = towers(tmp_path, OPENCELLID, [row.format(lon=104.1), row.format(lon=104.2)], register=False)
    assert log.reasons() == {"duplicate_id": 1}


def test_spellings_of_an_operator_are_one_and_names_that_are_alike_are_offered(tmp_path):
    names = ["Orange", "ORANGE", " Orange ", "Orangé", "O-range", "Orange", "Orange Mali SA", "Telma"]
    rows = [f"104.{10 + n},10.9,4G,{name}" for n, name in enumerate(names)]
    cells, log = towers(tmp_path, HEADER, rows)
    assert cells["operator"].value_counts().to_dict() == {"Orange": 6, "Orange Mali SA": 1, "Telma": 1}
    assert any("spellings of one operator" in note for note in log.notes)
    assert any('may be one operator; if so: operators = {"Orange Mali SA" = "Orange"}' in note for note in log.notes)
    (tmp_path / "b").mkdir()
    cells, _ = towers(tmp_path / "b", HEADER, rows, 'operators = { "Orange Mali SA" = "Orange" }')
    assert sorted(cells["operator"].unique()) == ["Orange", "Telma"]


def test_the_country_file_s_spelling_of_an_operator_wins(tmp_path):
    cells, _ = towers(tmp_path, HEADER, [f"104.{n},10.9,4G,ONE" for n in (11, 12)] + ["104.13,10.9,4G,two!"])
    assert cells["operator"].unique().tolist() == ["One", "Two"]


@given(st.text(alphabet="abcdefgh", min_size=1, max_size=8), st.sampled_from(["", " ", ".", "-", "  "]), st.booleans())
def test_spellings_have_one_key(name, mark, upper):
    spelled = mark.join(name.upper() if upper else name)
    assert spelling_key(f" {spelled} ") == spelling_key(name)


# Technologies


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("3G/4G/5G", ["3g", "4g", "5g"]),
        ("GSM, UMTS; LTE", ["2g", "3g", "4g"]),
        ("2G+3G+4G", ["2g", "3g", "4g"]),
        ("4G+", ["4g"]),
        ("HSPA+ / LTE-A", ["3g", "4g"]),
        ("5G NR", ["5g"]),
        ("GSM UMTS LTE", ["2g", "3g", "4g"]),
        ("2G et 4G", ["2g", "4g"]),
        ("LTE and NR", ["4g", "5g"]),
        ("TD-LTE", ["4g"]),
        ("td lte|fdd_lte", ["4g"]),
        ("LTE 1800", ["4g"]),
        ("5G NR 3500", ["5g"]),
        ("CDMA2000", ["2g"]),
        ("WiMAX", []),
        ("NB-IoT", []),
        ("", []),
    ],
)
def test_technologies_of_a_cell(text, names):
    assert [name for name, _ in technologies_in(text)] == names


def test_a_word_of_the_file_s_own_wins():
    assert technologies_in("3G/4G/5G", {"3G/4G/5G": "5g"}) == [("5g", "")]
    assert technologies_in("NB-IoT", {"nb-iot": "4g"}) == [("4g", "")]


@given(
    st.lists(st.sampled_from(sorted(TECHNOLOGY_WORDS)), min_size=1, max_size=4),
    st.sampled_from(["/", ", ", ";", " | ", " & "]),
)
def test_any_words_between_any_marks(words, mark):
    expected = list(dict.fromkeys(TECHNOLOGY_WORDS[word] for word in words))
    assert [name for name, _ in dict.fromkeys(technologies_in(mark.join(words)))] == expected


def test_one_row_becomes_a_cell_of_each_and_rows_are_counted_once(tmp_path):
    rows = [
        "104.1,10.9,3G/4G/5G,One",
        "104.2,10.9,2G,One",
        "104.3,10.9,4G/WiMAX,Two",
        "104.1,10.9,WiMAX,Two",
        "90,10,2G/3G,Two",
    ]
    cells, log = towers(tmp_path, HEADER, rows)
    assert (log.read, log.kept, log.out_of_area, log.reasons()) == (5, 3, 1, {"unknown_technology": 1})
    assert cells["technology"].value_counts().to_dict() == {"4g": 2, "2g": 1, "3g": 1, "5g": 1}
    assert "r.csv: 2 rows name several technologies or bands and are 5 cells" in log.notes
    assert any("'WiMAX' beside other technologies" in note for note in log.notes)


def test_several_technologies_in_a_cell_give_the_gap_of_one_row_each(case_folder):
    folder = case_folder("29-multi-technology-cell")
    found = headline(folder / "asis.toml")
    assert found == headline(folder / "melted.toml")
    assert "people (" in found.partition("without high-speed mobile internet")[0]


def test_bands_of_a_cell_are_carriers_and_belong_to_the_technologies_that_they_name(tmp_path):
    header, columns = HEADER + ",Band", 'columns = { band_mhz = "Band" }'
    rows = [
        "104.10,10.9,LTE,One,800/1800/2600",
        "104.11,10.9,2G/4G,One,GSM900/LTE1800",
        "104.12,10.9,2G/4G,One,900/1800",
        "104.13,10.9,LTE,One,1710-1785 / 1805-1880",
        "104.14,10.9,LTE 800 / LTE 1800,One,",
    ]
    cells, _ = towers(tmp_path, header, rows, columns)
    found = {lon: list(zip(of["technology"], of["band_mhz"], strict=True)) for lon, of in cells.groupby("lon")}
    assert sorted(found[104.10]) == [("4g", 800), ("4g", 1800), ("4g", 2600)]
    assert sorted(found[104.11]) == [("2g", 942.5), ("4g", 1842.5)]
    assert [technology for technology, _ in found[104.12]] == ["2g", "4g"]
    assert all(math.isnan(mhz) for _, mhz in found[104.12])
    assert found[104.13] == [("4g", 1842.5)]
    assert sorted(found[104.14]) == [("4g", 806), ("4g", 1842.5)]


def test_bands_in_a_cell():
    assert bands_in("B3, B20") == ["B3", "B20"]
    assert bands_in("800,1800") == ["800", "1800"]
    assert bands_in("1842,5") == ["1842,5"]
    assert bands_in("900/1800 MHz") == ["900 mhz", "1800 MHz"]
    assert bands_in("") == []


@pytest.mark.parametrize(
    ("header", "columns", "yes", "no"),
    [
        ("lon,lat,operator,2G,3G,4G", "", "1", "0"),
        ("lon,lat,operator,site_2g,site_3g,site_4g", "", "oui", "non"),
        ("lon,lat,operator,a,b,c", 'columns = { "2g" = "a", "3g" = "b", "4g" = "c" }', "x", ""),
        ("lon,lat,operator,2G,3G,4G", "", "TRUE", "FALSE"),
        ("lon,lat,operator,Has 2G,Has 3G,Has 4G", "", "Sim", "Não"),
        ("lon,lat,operator,2G,3G,4G", "", "3", "#N/A"),
    ],
)
def test_a_column_of_yes_and_no_for_each_technology(tmp_path, header, columns, yes, no):
    rows = [f"104.1,10.9,One,{yes},{no},{yes}", f"104.2,10.9,One,{no},{no},{no}", f"104.3,10.9,Two,{no},{yes},{no}"]
    cells, log = towers(tmp_path, header, rows, columns)
    assert sorted(cells["technology"]) == ["2g", "3g", "4g"]
    assert (log.read, log.kept, log.reasons()) == (3, 2, {"missing_value": 1})


def test_columns_called_after_a_technology_that_hold_dates_are_none(tmp_path):
    cells, _ = towers(tmp_path, HEADER + ",4G", ["104.1,10.9,3G,One,2019-03-04"])
    assert cells["technology"].tolist() == ["3g"]


def test_words_for_things_are_no_header(case_folder):
    folder = case_folder("12-opencellid-odd")
    logs = {name: towers_log(check(folder / f"{name}.toml")) for name in ("header", "headerless_nbiot_first", "mls")}
    assert {log.read for log in logs.values()} == {13}
    assert len({tuple(sorted(log.reasons().items())) for log in logs.values()}) == 1
    assert logs["header"].reasons()["no_internet"] == 1
    assert is_technology("NBIOT")


@pytest.mark.parametrize("word", ["NB-IoT", "nbiot", "LTE-M", "GSM-R", "eMTC", "Cat-M1"])
def test_a_headerless_file_may_begin_with_any_technology(tmp_path, word):
    row = ",456,1,1,{cell},0,104.1,10.9,1000,5,1,1500000000,1700000000,0"
    cells, log = towers(tmp_path, "", [word + row.format(cell=1), "LTE" + row.format(cell=2)], register=False)
    assert (log.read, len(cells), log.reasons()) == (2, 1, {"no_internet": 1})


# Network codes


@pytest.mark.parametrize("code", ["456-01", "45601", "456 01", "456/01", "456_01", "45601.0", "456001"])
@pytest.mark.parametrize("column", ["network", "plmn", "operator"])
def test_country_and_network_code_in_one_column(tmp_path, code, column):
    cells, _ = towers(tmp_path, f"lon,lat,technology,{column}", [f"104.1,10.9,4G,{code}"])
    assert cells["operator"].tolist() == ["One"]
    assert cells["is_home"].tolist() == [True]


def test_other_codes_are_shown_and_foreign_and_what_is_none_is_said(tmp_path):
    cells, log = towers(tmp_path, "lon,lat,technology,network", ["104.1,10.9,4G,52003", "104.2,10.9,4G,abc"])
    assert cells["operator"].tolist() == ["520-03", "unknown"]
    assert cells["is_home"].tolist() == [False, True]
    assert any("1 values of network are no country and network code: 'abc'" in note for note in log.notes)


# Headers in the languages of the field


HEADERS = {
    "French": ("Exploitant", "Technologie", "Bande", "Hauteur"),
    "Spanish": ("Concesionario", "Tecnología", "Frecuencia", "Altura de antena"),
    "Portuguese": ("NomeEntidade", "Tecnologia", "Faixa", "AlturaAntena"),
    "Polish": ("Nazwa Operatora", "Technologia", "Pasmo", "Wysokość anteny"),
    "German": ("Netzbetreiber", "Technik", "Frequenz", "Antennenhöhe"),
    "Italian": ("Gestore", "Tecnologia", "Frequenza", "Altezza antenna"),
    "Russian": ("Оператор", "Технология", "Диапазон", "Высота антенны"),
    "Arabic": ("المشغل", "التقنية", "التردد", "ارتفاع الهوائي"),
    "Indonesian": ("Penyelenggara", "Teknologi", "Pita frekuensi", "Tinggi antena"),
    "Vietnamese": ("Nhà mạng", "Công nghệ", "Băng tần", "Chiều cao anten"),
    "Thai": ("ผู้ให้บริการ", "เทคโนโลยี", "ความถี่", "ความสูงเสา"),
    "Lao": ("ຜູ້ໃຫ້ບໍລິການ", "ເຕັກໂນໂລຊີ", "ຄວາມຖີ່", "ຄວາມສູງ"),
}


@pytest.mark.parametrize("language", HEADERS)
def test_headers_are_recognised(tmp_path, language):
    names = dict(zip(("operator", "technology", "band_mhz", "antenna_height_m"), HEADERS[language], strict=True))
    rows = [f"104.{n},10.9,One,LTE,1800,30" for n in range(10, 20)]
    (tmp_path / "r.csv").write_text("\n".join(["lon,lat," + ",".join(names.values()), *rows]) + "\n", encoding="utf-8")
    found = recognise_upload(tmp_path / "r.csv", "towers", None).columns
    assert {column: found.get(column) for column in names} == names


def test_the_layout_of_anatel_is_recognised(case_folder):
    folder = case_folder("24-anatel-layout")
    found = recognise_upload(folder / "erb.csv", "towers", folder / "country.toml").columns
    assert found["operator"] == "NomeEntidade"
    assert (found["band_mhz"], found["technology"]) == ("FreqTxMHz", "Tecnologia")
    assert not {"eirp_dbm", "cell_id"} & set(found)


def test_names_of_the_country_s_own_are_recognised(tmp_path):
    path = tiny.write_files(tmp_path)
    path.write_text('vocabulary = { operator = ["Titular"], band_mhz = ["Qx"] }\n' + path.read_text())
    (tmp_path / "r.csv").write_text("lon,lat,radio,TITULAR,qx\n" + "104.1,10.9,LTE,One,1800\n" * 3)
    found = recognise_upload(tmp_path / "r.csv", "towers", path).columns
    assert (found["operator"], found["band_mhz"]) == ("TITULAR", "qx")
    assert "operator" not in recognise_upload(tmp_path / "r.csv", "towers", None).columns


def test_words_keep_what_they_are_in_english():
    assert words_of("Pop Est") == "pop est"
    assert words_of("est") == "east"
    assert words_of("FreqTxMHz") == "freq tx mhz"
    assert words_of("Ten most") == "ten most"


@pytest.mark.parametrize(
    ("text", "answer"), [("Oui", True), ("não", False), ("2", True), ("0,0", False), ("#N/A", False), ("LTE", None)]
)
def test_yes_and_no(text, answer):
    assert is_yes(text) is answer


def test_columns_that_are_not_used_are_said(tmp_path):
    _, log = towers(tmp_path, HEADER + ",EIRP (W)", ["104.1,10.9,4G,One,20"])
    assert "r.csv: not used: 'EIRP (W)'; to use them: columns = {eirp_dbm = \"EIRP (W)\"}" in log.notes


# Dates


def stamp(year, month, day, hour=0, minute=0, second=0):
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2026-05-01 12:00:00 UTC", "2016-01-14T00:00:00"], [stamp(2026, 5, 1, 12), stamp(2016, 1, 14)]),
        (["2026-05-01T12:00:00+07:00", "2026-05-01T05:00Z"], [stamp(2026, 5, 1, 5)] * 2),
        (["31/01/2026", "02/03/2026"], [stamp(2026, 1, 31), stamp(2026, 3, 2)]),
        (["01/31/2026", "02/03/2026"], [stamp(2026, 1, 31), stamp(2026, 2, 3)]),
        (["31.01.2026 13:30", "1.2.26"], [stamp(2026, 1, 31, 13, 30), stamp(2026, 2, 1)]),
        (["20260131", "20251201"], [stamp(2026, 1, 31), stamp(2025, 12, 1)]),
        (["1790000000", "1790000001"], [1790000000, 1790000001]),
        (["1790000000000"], [1790000000]),
        (["1.7E+09", ""], [1.7e9, math.nan]),
        (["12 May 2024", "3 août 2024"], [stamp(2024, 5, 12), stamp(2024, 8, 3)]),
        (["Jan 5, 2024", "1 de marzo de 2024"], [stamp(2024, 1, 5), stamp(2024, 3, 1)]),
        (["2024/02/30", "yesterday", "2024/02/29"], [math.nan, math.nan, stamp(2024, 2, 29)]),
        (["45292"], [stamp(2024, 1, 1)]),
        (["2024-03", "2024"], [stamp(2024, 3, 1), stamp(2024, 1, 1)]),
        (["31/01/2026", "01/31/2026"], [math.nan, math.nan]),
        (["2024-05-12 24:00", "2024-05-12 25:00"], [stamp(2024, 5, 13), math.nan]),
    ],
)
def test_dates_in_usual_writings(texts, expected):
    found, _ = epoch_seconds(pd.Series(texts, dtype="str"), month_of)
    assert found.tolist() == pytest.approx(expected, nan_ok=True)


DAYS = st.lists(st.dates(date(1971, 1, 1), date(2068, 12, 31)), min_size=1, max_size=6)


@given(DAYS, st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%Y%m%d", "%d-%b-%Y"]))
def test_any_date_is_read_as_it_was_written(days, form):
    found, _ = epoch_seconds(pd.Series([day.strftime(form) for day in days], dtype="str"), month_of)
    assert found.tolist() == [stamp(day.year, day.month, day.day) for day in days]


def test_dates_of_the_case_are_kept(case_folder):
    folder = case_folder("22-updated-is-a-date")
    log = towers_log(check(folder / "country.toml"))
    assert (log.read, log.kept) == (4, 4)
    country = load_country(folder / "country.toml")
    cells = read_towers(country.layers.towers, tiny.context(None, country=country)).table
    assert cells["updated"].tolist() == [stamp(2026, 5, day, 12) for day in (1, 2, 3, 4)]


def test_an_order_that_cannot_be_told_is_said(tmp_path):
    header = HEADER + ",updated"
    _, log = towers(tmp_path, header, ["104.1,10.9,4G,One,01/02/2026"])
    assert any("the day is taken to be first" in note for note in log.notes)
    (tmp_path / "b").mkdir()
    cells, log = towers(tmp_path / "b", header, ["104.1,10.9,4G,One,31/01/2026", "104.2,10.9,4G,One,01/31/2026"])
    assert cells["updated"].isna().all()
    assert any("none is taken" in note for note in log.notes)


# Status


def test_a_status_is_pointed_at_and_filtered_by(case_folder):
    folder = case_folder("20-status-column")
    path = folder / "country.toml"
    note = "looks like a status ('Projet approuvé', 'Démonté', 'En service'); to take some rows only: "
    note += 'where = {statut = ["En service"]}'
    assert any(note in each for each in towers_log(check(path)).notes)
    path.write_text(path.read_text() + '\nwhere = { statut = ["En service"] }\n')
    log = towers_log(check(path))
    assert (log.read, log.kept, log.filtered) == (4, 1, 3)
    assert not any("looks like a status" in each for each in log.notes)
    assert "(100.0%) without high-speed mobile internet" in headline(path)


@pytest.mark.parametrize(
    ("name", "states", "standing"),
    [
        ("Status", ["On air", "Planned"], "On air"),
        ("Estado", ["En servicio", "Desactivado"], "En servicio"),
        ("Situação", ["Ativa", "Inativa"], "Ativa"),
        ("Operational status", ["Active", "Not active"], "Active"),
        ("Статус", ["действует", "не действует"], "действует"),
    ],
)
def test_columns_of_states_in_other_words(tmp_path, name, states, standing):
    rows = [f"104.{n},10.9,4G,One,{states[n % 2]}" for n in range(10, 14)]
    _, log = towers(tmp_path, f"{HEADER},{name}", rows)
    assert any(f'["{standing}"]' in note for note in log.notes)


def test_a_height_that_cannot_be_throws_no_row(case_folder):
    log = towers_log(check(case_folder("20-status-column") / "height.toml"))
    assert (log.read, log.kept) == (4, 4)


# ARCEP's register of 2018


def test_the_register_of_arcep_is_read_balanced_and_placed(shared_data, tmp_path):
    folder = shared_data / "oracles" / "france"
    if not folder.is_dir():
        pytest.skip(f"no register at '{folder}'")
    parts = [gpd.read_file(folder / f"communes_{name}.geojson") for name in ("2A", "2B")]
    communes = pd.concat(parts, ignore_index=True).sort_values("code", ignore_index=True)
    communes.to_file(tmp_path / "communes.geojson", driver="GeoJSON")
    names = 'Orange = ["208-01"]\nSFR = ["208-10"]\nFree = ["208-15"]\nBouygues = ["208-20"]\n'
    path = tmp_path / "country.toml"
    path.write_text(
        f'code = "FRA"\nmetric_crs = "EPSG:2154"\n[name]\nen = "Corsica"\n[operators]\n{names}[layers.communes]\n'
        'path = "communes.geojson"\ncolumns = { commune_code = "code", commune_name = "nom" }\n'
        f'[layers.towers]\npath = "{folder / "sites_2018_01_lambert93.csv"}"\nformat = "register"\ncrs = "EPSG:2154"\n'
        'columns = { lon = "x", lat = "y", operator = "Operateur" }\n'
    )
    findings = check(path)
    assert findings.problems == []
    log = towers_log(findings)
    assert log.read == 77_148
    assert log.reasons() == _expected_reasons(folder)
    _assert_placed(folder, communes, path)


def _rows_of_arcep(folder):
    return pd.read_csv(folder / "sites_2018_01_lambert93.csv", sep=";", dtype=str, keep_default_na=False)


def _expected_reasons(folder):
    rows = _rows_of_arcep(folder)
    has_position = pd.to_numeric(rows["x"], errors="coerce").notna() & pd.to_numeric(rows["y"], errors="coerce").notna()
    has_technology = (rows[["2G", "3G", "4G"]] == "1").any(axis=1)
    again = rows.duplicated()
    counts = {
        "coordinate_missing": int((~has_position).sum()),
        "missing_value": int((has_position & ~has_technology).sum()),
        "duplicate_row": int((has_position & has_technology & again).sum()),
    }
    assert (int((~has_technology).sum()), int(again.sum())) == (1574, 124)
    return {name: count for name, count in counts.items() if count}


def _assert_placed(folder, communes, path):
    rows = _rows_of_arcep(folder).drop_duplicates()
    x, y = (pd.to_numeric(rows[axis], errors="coerce") for axis in ("x", "y"))
    lon, lat = Transformer.from_crs(2154, 4326, always_xy=True).transform(x, y)
    usable = np.isfinite(lon) & (rows[["2G", "3G", "4G"]] == "1").any(axis=1).to_numpy()
    points = shapely.points(lon[usable], lat[usable])
    point, commune = shapely.STRtree(communes.geometry.to_numpy()).query(points, predicate="intersects")
    cells = rows[usable][["2G", "3G", "4G"]].eq("1").sum(axis=1).to_numpy()[point]
    expected = pd.Series(cells).groupby(communes["code"].to_numpy()[commune]).sum()
    country = load_country(path)
    area = StudyArea(communes.rename(columns={"code": "commune_code", "nom": "commune_name"}), "EPSG:2154")
    found, (log,) = tiny.read(read_towers, country.layers.towers, area, country=country)
    inside = found[found["is_inside"]]
    placed = inside.groupby(communes["code"].to_numpy()[inside["commune"]]).size()
    assert placed.to_dict() == expected.to_dict()
    assert log.kept == len(set(point))
    assert set(inside["operator"]) == {"Orange", "SFR", "Free", "Bouygues"}


def test_dates_that_are_none_are_counted_by_column_and_reason(tmp_path):
    header = HEADER + ",updated"
    rows = [f"104.1{n},10.9,4G,One,{text}" for n, text in enumerate(["2026-05-01", "soon", "32/13/2026", ""])]
    cells, log = towers(tmp_path, header, rows)
    (entry,) = [item for item in log.blanked.items() if item[0][0] == "updated"]
    assert entry[0] == ("updated", Reason.NOT_A_DATE)
    assert (entry[1].cells, [each["value"] for each in entry[1].examples]) == (2, ["soon", "32/13/2026"])
    assert (len(cells), cells["updated"].notna().sum()) == (4, 1)
