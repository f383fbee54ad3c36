"""Powers, heights, frequencies and bandwidths in the units of registers: the value is right, or the cell is blank."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.api import check, run
from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import UnitError
from commune_coverage.readers.measured.speed_tests import read_speed_tests
from commune_coverage.readers.parsing.bands import band_mhz, downlink_centre_mhz, technology_in
from commune_coverage.readers.parsing.units import Unit, parse_unit, split_unit, to_unit, unit_in
from commune_coverage.readers.towers.reader import read_towers
from tests import tiny

RUN_DATE = date(2026, 11, 29)


def towers(folder, rows, columns="", header="lon,lat,technology,operator,value", more=""):
    """The cells of a register on the tiny country, and its log."""
    path = tiny.write_files(folder)
    text = path.read_text().replace('path = "towers.csv"', f'path = "r.csv"\nformat = "register"\n{columns}')
    path.write_text(text + more)
    (folder / "r.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    country = load_country(path)
    cells, (log,) = tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)
    assert log.is_balanced()
    return cells, log


def values(folder, column, header, cells, unit=None, more=""):
    """The declared column as read of a column called ``header`` that holds ``cells``."""
    stated = f'"{header}"' if unit is None else f'{{ column = "{header}", unit = "{unit}" }}'
    rows = [f'104.{10 + n},10.9,4G,One,"{cell}"' for n, cell in enumerate(cells)]
    head = f'lon,lat,technology,operator,"{header}"'
    found, log = towers(folder, rows, f"columns = {{ {column} = {stated} }}", head, more)
    return found.sort_values("lon")[column].tolist(), log


def watts(value):
    return 10 * math.log10(value * 1000)


@pytest.mark.parametrize(
    ("header", "cells", "unit", "dbm"),
    [
        ("eirp", ["58", "43.5"], None, [58, 43.5]),
        ("EIRP (W)", ["20", "63"], None, [watts(20), watts(63)]),
        ("eirp_w", ["1000"], None, [60]),
        ("EIRP_dBW", ["27.6", "30"], None, [57.6, 60]),
        ("EIRPdBm", ["60"], None, [60]),
        ("Power [kW]", ["1.2"], None, [watts(1200)]),
        ("ERP (kW)", ["1.2", "0,5"], None, [watts(1200) + 2.15, watts(500) + 2.15]),
        ("Max EIRP [W]", ["1000"], None, [60]),
        ("Power", ["20", "40"], "W", [watts(20), watts(40)]),
        ("Power", ["20"], "W ERP", [watts(20) + 2.15]),
        ("ERP", ["20"], "W", [watts(20) + 2.15]),
        ("Power", ["20 W", "43 dBm", "0.02kW"], None, [watts(20), 43, watts(20)]),
        ("Power", ["500"], "mW", [watts(0.5)]),
        ("PIRE (dBW)", ["30"], None, [60]),
        ("Leistung W", ["0", "10"], None, [math.nan, 40]),
        ("Power", ["30 W", "43"], None, [watts(30), math.nan]),
    ],
)
def test_powers(tmp_path, header, cells, unit, dbm):
    found, _ = values(tmp_path, "eirp_dbm", header, cells, unit)
    assert found == pytest.approx(dbm, nan_ok=True)


@pytest.mark.parametrize(
    ("header", "cells", "unit", "metres"),
    [
        ("Height (ft)", ["100", "150"], None, [30.48, 45.72]),
        ("tower_height_ft", ["200"], None, [60.96]),
        ("Height", ["30m", "45 m", "60"], None, [30, 45, 60]),
        ("Height", ["98 ft", "30 m"], None, [98 * 0.3048, 30]),
        ("Height", ["98 ft", "30"], None, [98 * 0.3048, math.nan]),
        ("Height", ["100"], "feet", [30.48]),
        ("Antenna Height", ["0", "-1", "30", "15/25/30", "900", ""], None, [math.nan] * 2 + [30] + [math.nan] * 3),
        ("Höhe über Grund", ["35,5"], None, [35.5]),
        ("Height AGL (m)", ["42"], None, [42]),
        ("HeightFt", ["100"], None, [30.48]),
    ],
)
def test_heights(tmp_path, header, cells, unit, metres):
    found, _ = values(tmp_path, "antenna_height_m", header, cells, unit)
    assert found == pytest.approx(metres, nan_ok=True)


@pytest.mark.parametrize(
    ("header", "cells", "unit", "mhz"),
    [
        ("Frequency (GHz)", ["1.8425", "0.806", "2.655"], None, [1842.5, 806, 2655]),
        ("Frequency (Hz)", ["1842500000", "806000000"], None, [1842.5, 806]),
        ("Frequency (kHz)", ["1842500"], None, [1842.5]),
        ("FreqTxMHz", ["1845"], None, [1845]),
        ("Freq", ["1842500", "806000"], None, [1842.5, 806]),
        ("Freq", ["1.8425", "0.806"], None, [1842.5, 806]),
        ("Band", ["B3", "B20", "B7"], None, [1842.5, 806, 2655]),
        ("Band", ["LTE1800", "LTE800", "GSM900", "NR 3500"], None, [1842.5, 806, 942.5, 3550]),
        ("Band", ["3", "20", "78"], None, [1842.5, 806, 3550]),
        ("Band", ["n78", "Band 20", "1800 MHz band", "Bande 700 MHz"], None, [3550, 806, 1842.5, 780.5]),
        ("Band", ["900", "1800", "2100"], None, [900, 1800, 2100]),
        ("Frequency", ["1805-1880", "791 – 821", "925-960 MHz", "2.62-2.69 GHz"], None, [1842.5, 806, 942.5, 2655]),
        ("Frequency", ["1,8"], "GHz", [1800]),
        ("Band", ["900 MHz", "1.8 GHz", "nonsense", ""], None, [900, 1800, math.nan, math.nan]),
    ],
)
def test_frequencies(tmp_path, header, cells, unit, mhz):
    found, _ = values(tmp_path, "band_mhz", header, cells, unit)
    assert found == pytest.approx(mhz, nan_ok=True)


@pytest.mark.parametrize(
    ("header", "cells", "unit", "mhz"),
    [
        ("Bandwidth", ["20000", "10000", "1400"], None, [20, 10, 1.4]),
        ("Bandwidth", ["20 MHz", "200 kHz"], None, [20, 0.2]),
        ("Bandwidth", ["2x10", "2 x 20 MHz"], None, [10, 20]),
        ("BW (kHz)", ["200"], None, [0.2]),
        ("Bandwidth", ["20", "15", "0"], None, [20, 15, math.nan]),
        ("Bandwidth", ["5000000"], "Hz", [5]),
    ],
)
def test_bandwidths(tmp_path, header, cells, unit, mhz):
    found, _ = values(tmp_path, "bandwidth_mhz", header, cells, unit)
    assert found == pytest.approx(mhz, nan_ok=True)


def test_a_value_that_cannot_be_is_blank_its_row_stays_and_it_is_counted(tmp_path):
    found, log = values(tmp_path, "antenna_height_m", "Height (ft)", ["0", "100", "tall"])
    assert found == pytest.approx([math.nan, 30.48, math.nan], nan_ok=True)
    assert (log.read, log.kept, log.quarantined) == (3, 3, 0)
    blanked = {reason.name: [(each.cells, *each.examples)] for (_, reason), each in log.blanked.items()}
    assert blanked == {
        "NOT_A_NUMBER": [(1, {"line": 4, "value": "tall"})],
        "OUT_OF_RANGE": [(1, {"line": 2, "value": "0"})],
    }
    assert "r.csv: antenna_height_m is read in ft and converted to m" in log.notes


@pytest.mark.parametrize(
    ("header", "unit", "words"),
    [
        ("Power (dBm/W)", None, "names several units"),
        ("EIRP_MW", None, "mW or in megawatts"),
        ("EIRP (dB)", None, "dBm or in dBW"),
        ("EIRP (W)", "dBm", "change one"),
        ("Power", "horses", "is no unit of power"),
        ("ERP (W)", "W EIRP", "change one"),
    ],
)
def test_a_unit_that_can_be_meant_in_two_ways_is_refused_in_a_sentence(tmp_path, header, unit, words):
    with pytest.raises(UnitError, match=words):
        values(tmp_path, "eirp_dbm", header, ["20"], unit)


def test_units_of_their_own_key_and_of_short_names(tmp_path):
    rows = ["104.1,10.9,4G,One,20,100"]
    header = "lon,lat,technology,operator,Power,Mast"
    stated = 'columns = { eirp = "Power", antenna_height = { column = "Mast", unit = "ft" } }\nunits = { eirp = "dBW" }'
    cells, _ = towers(tmp_path, rows, stated, header)
    assert cells[["eirp_dbm", "antenna_height_m"]].iloc[0].tolist() == pytest.approx([50, 30.48])


def _elevation(path, ground):
    transform = rasterio.transform.from_bounds(103, 10, 106, 12, 300, 200)
    profile = {"driver": "GTiff", "height": 200, "width": 300, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", transform=transform, **profile) as target:
        target.write(np.full((1, 200, 300), ground, np.float32))


@pytest.mark.parametrize(
    ("header", "unit"), [("Height ASL", None), ("Height", "m asl"), ("Top (m above sea level)", None)]
)
def test_heights_above_sea_level_are_taken_above_the_ground(tmp_path, header, unit):
    _elevation(tmp_path / "dem.tif", 400.0)
    more = '\n[layers.elevation]\npath = "dem.tif"\n'
    found, log = values(tmp_path, "antenna_height_m", header, ["430", "395", "1020"], unit, more)
    assert found == pytest.approx([30, math.nan, math.nan], nan_ok=True)
    assert any("above the ground of the elevation" in note for note in log.notes)
    (tmp_path / "b").mkdir()
    with pytest.raises(UnitError, match=r"need \[layers.elevation\]"):
        values(tmp_path / "b", "antenna_height_m", header, ["430"], unit)


# 3GPP TS 36.101 table 5.5-1 and TS 38.104 table 5.2-1, by hand.
CENTRES = {"B1": 2140, "B5": 881.5, "B8": 942.5, "B28": 780.5, "b38": 2595, "B40": 2350, "n1": 2140, "n41": 2593}
CENTRES |= {"n77": 3750, "n79": 4700, "n258": 25875, "GSM850": 881.5, "UMTS2100": 2140, "WCDMA 900": 942.5}
CENTRES |= {"Band VIII": 942.5, "LTE band 3": 1842.5, "NR n28": 780.5, "5G 700": 780.5, "bande 800": 806}


@pytest.mark.parametrize(("name", "mhz"), CENTRES.items())
def test_bands_by_the_tables_of_3gpp(name, mhz):
    assert band_mhz(name) == pytest.approx(mhz)


def test_what_is_no_band_is_none_and_names_hold_their_technology():
    assert all(math.isnan(band_mhz(text)) for text in ("B200", "900", "", "LTE", "960-925", "30 m", "nn78"))
    assert math.isnan(downlink_centre_mhz(6))
    assert [technology_in(text) for text in ("LTE1800", "u2100", "GSM 900", "B3")] == ["lte", "umts", "gsm", ""]


@given(st.floats(0.01, 5e4), st.sampled_from(["W", "kW", "mW", "dBm", "dBW"]), st.booleans())
def test_powers_against_their_definition(value, name, is_erp):
    factor = {"W": 1.0, "kW": 1e3, "mW": 1e-3}
    by_hand = 10 * math.log10(value * factor[name] / 1e-3) if name in factor else value + (30 if name == "dBW" else 0)
    found = to_unit(np.array([value]), Unit("power", name, is_erp), "dBm")
    assert found[0] == pytest.approx(by_hand + (2.15 if is_erp else 0))


@given(
    st.floats(0.5, 2000).map(lambda value: round(value, 2)),
    st.sampled_from(["m", "ft", "feet", "metres", "FT"]),
    st.sampled_from(["", " "]),
)
def test_heights_with_their_unit_in_the_cell(value, unit, blank):
    number, found = split_unit(f"{value}{blank}{unit}", "height")
    assert (number, found) == (str(value), Unit("height", "m" if unit.startswith("m") else "ft"))


@pytest.mark.parametrize(
    ("text", "quantity", "name"),
    [
        ("antenna_height_m", "height", "m"),
        ("Height", "height", None),
        ("Mean height", "height", None),
        ("FreqMHzTx", "frequency", "MHz"),
        ("ghz", "frequency", "GHz"),
        ("Download (kbit/s)", "speed", "kbps"),
        ("avg_d_kbps", "speed", "kbps"),
        ("Swimming", "power", None),
        ("Hauteur (mètres)", "height", "m"),
        ("мощность, Вт", "power", "W"),
    ],
)
def test_units_are_words_of_their_own_in_a_name(text, quantity, name):
    found = unit_in(text, quantity)
    assert (None if found is None else found.name) == name


def test_a_unit_for_a_column_without_one_is_refused():
    with pytest.raises(UnitError, match="cannot be stated"):
        parse_unit("km", "people")


def test_speeds_of_a_drive_test_in_other_units(tmp_path):
    path = tiny.write_files(tmp_path)
    (tmp_path / "t.csv").write_text("lon,lat,DL,UL (kbit/s),operator\n104.1,10.9,5000,800,One\n104.1,10.9,2500,,One\n")
    columns = 'columns = { download_mbps = { column = "DL", unit = "kbps" }, upload_mbps = "UL (kbit/s)" }'
    path.write_text(path.read_text() + f'\n[layers.speed_tests]\npath = "t.csv"\nformat = "drive"\n{columns}\n')
    country = load_country(path)
    tests, (log,) = tiny.read(read_speed_tests, country.layers.speed_tests, tiny.area(), country=country)
    assert tests["download_mbps"].tolist() == [5, 2.5]
    assert tests["upload_mbps"].tolist() == pytest.approx([0.8, math.nan], nan_ok=True)
    assert log.kept == 2


def _headline(country):
    folder = country.with_suffix("")
    return run(country, folder / "data", folder / "maps", RUN_DATE, "serial").headline


@pytest.mark.parametrize(("name", "same"), [("r_dbw", "r_dbm"), ("r_w", "r_wtrue")])
def test_powers_of_the_cases_give_the_gap_of_the_same_powers_in_dbm(case_folder, name, same):
    folder = case_folder("10-eirp-units")
    assert check(folder / f"{name}.toml").problems == []
    found = _headline(folder / f"{name}.toml")
    assert found == _headline(folder / f"{same}.toml")
    assert "people (" in found.partition("without high-speed mobile internet")[0]


def test_ten_times_less_power_is_another_gap(case_folder):
    folder = case_folder("10-eirp-units")
    assert _headline(folder / "r_dbm.toml") != _headline(folder / "r_wtrue.toml")


CASES = {
    "ghz": ("band_mhz", "Frequency (GHz)", [1842.5, 806, 2655]),
    "hz": ("band_mhz", "Frequency (Hz)", [1842.5, 806, 2655]),
    "khz": ("band_mhz", "Frequency (kHz)", [1842.5, 806, 2655]),
    "mhz_band": ("band_mhz", "Band", [1842.5, 806, 2655]),
    "gsm": ("band_mhz", "Band", [1842.5, 806, 2655]),
    "range": ("band_mhz", "Frequency", [1842.5, 806, 2655]),
    "slash": ("band_mhz", "Freq Band MHz", [800, 1800, 2600, 900, 2100]),
    "bwhz": ("bandwidth_mhz", "Bandwidth", [20, 10, 20]),
    "dbw": ("eirp_dbm", "EIRP_dBW", [57.6, 55.7, 60]),
    "kw": ("eirp_dbm", "ERP (kW)", [62.9418, 61.1809, 59.1397]),
    "w": ("eirp_dbm", "EIRP (W)", [43.0103, 46.0206, 47.9934]),
    "w2": ("eirp_dbm", "eirp_w", [43.0103, 46.0206, 47.9934]),
    "erp": ("eirp_dbm", "Max EIRP [W]", [60, 63.0103, 56.9897]),
    "ft": ("antenna_height_m", "Height (ft)", [30.48, 45.72, 60.96]),
    "ftm": ("antenna_height_m", "tower_height_ft", [30.48, 45.72, 60.96]),
    "hm": ("antenna_height_m", "Height", [30, 45, 60]),
    "h0": ("antenna_height_m", "Antenna Height", [math.nan, math.nan, 30]),
}


@pytest.mark.parametrize("name", CASES)
def test_files_of_the_case_hold_the_right_values(case_folder, tmp_path, name):
    column, header, expected = CASES[name]
    rows = pd.read_csv(case_folder("10-eirp-units") / f"{name}.csv", dtype=str)
    text = rows.assign(Latitude="10.9", Longitude=[f"104.{n}" for n in (10, 11, 12)]).to_csv(index=False).splitlines()
    cells, log = towers(tmp_path, text[1:], f'columns = {{ {column} = "{header}" }}', text[0])
    assert cells.sort_values(["lon", column], kind="stable")[column].tolist() == pytest.approx(
        expected, abs=1e-3, nan_ok=True
    )
    assert (log.read, log.kept) == (3, 3)


def test_heights_above_sea_of_the_case_need_the_elevation(case_folder):
    folder = case_folder("10-eirp-units")
    path = folder / "country.toml"
    path.write_text(path.read_text().replace('"w.csv"', '"asl.csv"\ncolumns = { antenna_height_m = "Height ASL" }'))
    assert any("need [layers.elevation]" in problem for problem in check(path).problems)


# Numbers that can be read in two ways, in a column with a unit.


def test_numbers_of_a_unit_column_that_read_two_ways_are_refused_with_both(tmp_path):
    country = tiny.write_files(tmp_path)
    text = country.read_text().replace('path = "towers.csv"', 'path = "r.csv"\nformat = "register"')
    country.write_text(text + '[layers.towers.columns]\neirp_dbm = "EIRP (W)"\n')
    x = [f"{int(lon)}°{int(lon % 1 * 60)}'" for lon in tiny.centres()["lon"]]  # without a decimal mark
    table = {"lon": x, "lat": 11, "technology": "4G", "EIRP (W)": ["1.234", "5.678", "2.345"] * 3}
    pd.DataFrame(table).to_csv(tmp_path / "r.csv", index=False)
    (problem,) = [one for one in check(country).problems if one.startswith("towers")]
    assert "eirp_dbm: 1.234 is 1,234 or 1.234" in problem


@pytest.mark.parametrize(
    ("header", "column", "cells", "numbers"),
    [
        ("EIRP (W)", "eirp_dbm", ["1.234,5", "5.678"], [watts(1234.5), watts(5678)]),
        ("EIRP (W)", "eirp_dbm", ["1.234", "12.5"], [watts(1.234), watts(12.5)]),
        ("Height (ft)", "antenna_height_m", ["98.425", "65.617"], [30.0, 20.0]),
        ("Height (m)", "antenna_height_m", ["30.125 m", "45.250 m"], [30.125, 45.25]),
        ("Carrier (GHz)", "band_mhz", ["1.842", "2.137"], [1842, 2137]),
    ],
)
def test_the_column_s_other_values_and_its_bounds_tell_how_numbers_are_written(
    tmp_path, header, column, cells, numbers
):
    found, _ = values(tmp_path, column, header, cells)
    assert found == pytest.approx(numbers, abs=0.01)


def test_marks_of_the_positions_tell_what_the_column_does_not(tmp_path):
    found, _ = values(tmp_path, "eirp_dbm", "EIRP (W)", ["1.234", "5.678"])
    assert found == pytest.approx([watts(1.234), watts(5.678)])
