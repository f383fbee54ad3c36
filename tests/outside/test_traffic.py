"""Six hundred people on one cell in the busy hour, through a whole run; towers of a country that names no operators."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.loader import load_country
from commune_coverage.readers.towers.reader import read_towers
from tests import tiny
from tests.hata import open_country_db

OPERATORS = '[operators]\nOne = ["456-01"]\nTwo = ["456-02"]\n'


def _run(country: Path) -> pd.DataFrame:
    folder = country.parent.parent
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial", lambda *_: None)
    table = pd.read_csv(folder / "data/latest/commune_gaps.csv", dtype={"commune_code": str})
    return table.set_index("commune_code")


def _towers(country: Path) -> pd.DataFrame:
    settings = load_country(country)
    cells, _ = tiny.read(read_towers, settings.layers.towers, tiny.area(), country=settings)
    return cells


def _with_one_mast(folder: Path, number: int) -> Path:
    """The tiny country with 600 people in the middle and all LTE cells of its only operator 10 km west of them."""
    country = tiny.write_files(folder / "in")
    country.write_text(country.read_text().replace('Two = ["456-02"]\n', ""))
    cells, middle = pd.read_csv(folder / "in/towers.csv"), tiny.centres().round(7)
    cells = pd.concat([cells.iloc[[0]]] * number, ignore_index=True)
    cells = cells.assign(lon=middle["lon"][3], lat=middle["lat"][3], cell=range(1, number + 1))
    cells.to_csv(folder / "in/towers.csv", index=False)
    middle.iloc[[4]].assign(village="V", people=600).to_csv(folder / "in/villages.csv", index=False)
    tiny.without_limits(country)
    return country


@pytest.mark.parametrize(
    ("cells", "carriers", "width", "left"), [(1, 1, 20, 2**-1.25), (3, 1, 20, 2**-0.25), (4, 2, 30, 2**-0.25)]
)
def test_600_people_on_one_mast_leave_each_of_them_what_they_do_by_hand(
    cells: int, carriers: int, width: int, left: float, tmp_path: Path
) -> None:
    """360 of 600 ask for 0.07 Mbps each in the mean of the hour: 25.2 Mbps.

    Hata at 1,800 MHz, 30 m and 10 km: 139.49 dB; 61 - 139.49 - 3 over -91.99 dBm of noise is 10.50 dB in the median.
    Two layers of a quarter of that SINR each give 1.2 log2(1 + 11.2 / 4) of 20 MHz, 46.2 Mbps, one would give 43.3. One
    sector is busy for 25.2 / 46.2 = 0.545 of the time, three for 0.182; what is left, 0.455 and 0.818, is rounded to
    quarters of an octave: 2^-1.25 and 2^-0.25. Four cells are more than three sectors have on one carrier: two of
    15 MHz, each with a power of its own, and two sectors; 80.8 Mbps, busy for 0.156 of the time.
    """
    noise_dbm = -174 + 10 * math.log10(width * 1e6) + 9
    median_db = 61 + 10 * math.log10(carriers) - open_country_db(1800, 30, 10) - 3 - noise_dbm
    speed = width * 1.2 * math.log2(1 + 10 ** (median_db / 10) / 4)
    country = _with_one_mast(tmp_path, cells)
    wanted = speed * left
    below, above = round(0.98 * wanted, 1), round(1.02 * wanted, 1)
    tiny.say(country, f"[thresholds]\nhigh_speed_mbps = [10.0, {below}, {above}]")
    row = _run(country).loc["010105"]
    gaps = [row[f"internet_gap_{f'{mbps:g}'.replace('.', 'p')}_mbps_share"] for mbps in (below, above)]
    assert gaps == [0.0, 1.0]
    assert row["covered_4g_share"] == 1


def test_towers_of_a_country_without_operators_serve_it_whoever_owns_them(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path / "in")
    country.write_text(country.read_text().replace(OPERATORS, ""))
    cells = _towers(country)
    assert cells["is_home"].all()
    assert sorted(cells["operator"].unique()) == ["456-01", "456-02"]
    table = _run(country)
    # Each commune where a cell stands has its signal.
    assert table.loc["010101", "covered_4g_share"] == 1
    assert table.loc["010105", "covered_2g_share"] == 1
    assert table.loc["010105", "covered_4g_share"] == 1


def test_a_foreign_network_is_none_of_the_countrys_and_one_that_the_file_does_not_name_is(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path / "in")
    cells = pd.read_csv(tmp_path / "in/towers.csv")
    cells = pd.concat([cells.iloc[[0]]] * 4, ignore_index=True).assign(
        mcc=[456, 456, 520, 457], net=[1, 9, 1, 2], cell=range(4)
    )
    cells.to_csv(tmp_path / "in/towers.csv", index=False)
    found = _towers(country)
    owners = dict(zip(found["operator"], found["is_home"], strict=True))
    # 456-09 is no operator of the file's, but of the country; 520 and 457 are others.
    assert owners == {"One": True, "456-09": True, "520-01": False, "457-02": False}


def test_a_register_that_names_owners_and_no_codes_is_of_the_country(tmp_path: Path) -> None:
    country = tiny.write_files(tmp_path / "in")
    (tmp_path / "in/towers.csv").write_text("radio,operator,lon,lat\nLTE,Third,104.1,10.9\n")
    country.write_text(country.read_text().replace('path = "towers.csv"', 'path = "towers.csv"\nformat = "register"'))
    found = _towers(country)
    assert found[["operator", "is_home"]].to_numpy().tolist() == [["Third", True]]
