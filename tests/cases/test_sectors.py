"""Registers that state azimuths, tilts, beamwidths, patterns and powers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pyproj import Proj

from commune_coverage.api import check
from commune_coverage.config.loader import load_country
from commune_coverage.core.quarantine import Reason
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.columns.vocabulary import name_fit
from commune_coverage.readers.towers.reader import read_towers
from commune_coverage.readers.towers.sectors import grid_azimuth_deg
from tests import tiny
from tests.readers.test_antenna_patterns import msi

HEADER = "lon,lat,technology,operator"


def towers(folder, header, rows, columns=""):
    """The cells and sites of a register on the tiny country with one pattern file, and its log, which balances."""
    path = tiny.write_files(folder)
    (folder / "k65.msi").write_text("\n".join(msi("15.35")))
    more = f'path = "r.csv"\nformat = "register"\n{columns}\npatterns = [{{ path = "k65.msi" }}]'
    path.write_text(path.read_text().replace('path = "towers.csv"', more))
    lon, lat = tiny.centres().iloc[4]
    lines = [f"{HEADER},{header}", *(f"{lon},{lat},4g,One,{row}" for row in rows)]
    (folder / "r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    country = load_country(path)
    result = read_towers(country.layers.towers, tiny.context(tiny.area(), country=country))
    (log,) = result.row_logs
    assert log.is_balanced()
    return result, log


def blanked(log):
    return {(name, reason): each.cells for (name, reason), each in log.blanked.items()}


def test_what_a_register_states_of_its_sectors_is_read(tmp_path):
    header = (
        "cell_id,azimuth_deg,mechanical_tilt_deg,electrical_tilt_deg,horizontal_beamwidth_deg,vertical_beamwidth_deg"
    )
    result, log = towers(tmp_path, header, ["1,0,2,4,65,7", "2,120°,,,,", "3,360,-1,0,33,10.5", "4,,,,,"])
    cells = result.table.sort_values(["azimuth_deg", "mechanical_tilt_deg"])
    assert cells["azimuth_deg"].tolist()[:3] == [0, 0, 120]
    assert cells["mechanical_tilt_deg"].tolist()[:2] == [-1, 2]
    assert cells["electrical_tilt_deg"].tolist()[:2] == [0, 4]
    assert cells["horizontal_beamwidth_deg"].tolist()[:2] == [33, 65]
    assert cells["vertical_beamwidth_deg"].tolist()[:2] == [10.5, 7]
    assert cells.iloc[3:][["azimuth_deg", "grid_azimuth_deg", "horizontal_beamwidth_deg"]].isna().all(axis=None)
    assert log.kept == 4
    assert not log.blanked
    assert result.tables["sites"]["azimuths_deg"].tolist() == ["0 120"]


def test_a_bad_optional_cell_is_left_blank_and_counted_and_its_row_stays(tmp_path):
    header = (
        "cell_id,azimuth_deg,mechanical_tilt_deg,electrical_tilt_deg,horizontal_beamwidth_deg,antenna_gain_dbi,pattern"
    )
    rows = ["1,400,2,4,65,18,k65.msi", "2,north,99,x,0,500,K65", "3,-10,2,2,65,17,../../etc/passwd", "4,90,,,,,"]
    result, log = towers(tmp_path, header, rows)
    assert len(result.table) == log.kept == 4
    assert blanked(log) == {
        ("azimuth_deg", Reason.OUT_OF_RANGE): 2,
        ("azimuth_deg", Reason.NOT_A_NUMBER): 1,
        ("mechanical_tilt_deg", Reason.OUT_OF_RANGE): 1,
        ("electrical_tilt_deg", Reason.NOT_A_NUMBER): 1,
        ("horizontal_beamwidth_deg", Reason.OUT_OF_RANGE): 1,
        ("antenna_gain_dbi", Reason.OUT_OF_RANGE): 1,
        ("pattern", Reason.UNKNOWN_PATTERN): 1,
    }
    assert sorted(result.table["pattern"]) == ["", "", "k65.msi", "k65.msi"]
    assert result.tables["antenna_patterns"]["pattern"].tolist() == ["k65.msi"]


@pytest.mark.parametrize(
    ("header", "row", "eirp_dbm"),
    [
        ("transmit_power_dbm,antenna_gain_dbi,feeder_loss_db", "43,17.5,3", 57.5),
        ("transmit_power_dbm,antenna_gain_dbi", "43,17.5", 60.5),
        ("transmit_power_dbm,antenna_gain_dbi,eirp_dbm", "43,17.5,55", 55.0),
        ("transmit_power_dbm,antenna_gain_dbi,eirp_dbm", "43,17.5,", 60.5),
        ("transmit_power_dbm,pattern", "43,k65", 60.5),
        ("transmit_power_dbm,pattern,antenna_gain_dbi", "43,k65,12", 55.0),
        ("transmit_power_dbm,feeder_loss_db", "43,3", math.nan),
        ("Power (W),Gain (dBd),Feeder", "20,15.35,3 dB", 10 * math.log10(20_000) + 14.5),
    ],
)
def test_the_radiated_power_is_stated_or_made_of_its_parts(tmp_path, header, row, eirp_dbm):
    columns = ""
    if header.startswith("Power"):
        columns = 'columns = { transmit_power = "Power (W)", antenna_gain = "Gain (dBd)", feeder_loss = "Feeder" }'
    result, log = towers(tmp_path, header, [row], columns)
    assert result.table["eirp_dbm"].tolist() == pytest.approx([eirp_dbm], nan_ok=True)
    made = not math.isnan(eirp_dbm) and not row.endswith(",55")
    assert any("transmit power plus antenna gain less feeder loss" in note for note in log.notes) == made


def test_sectors_of_one_number_are_kept_apart_by_their_azimuths(tmp_path):
    rows = ["7,0", "7,120", "7,240", "7,240", "8,", "8,"]
    result, log = towers(tmp_path, "cell_id,azimuth_deg", rows)
    assert result.table["azimuth_deg"].tolist()[:3] == [0, 120, 240]
    assert len(result.table) == 4
    assert log.quarantined == 2


@pytest.mark.parametrize(("count", "others", "known"), [(12, 0, 0), (12, 1, 13), (9, 0, 9)])
def test_one_azimuth_in_all_of_many_cells_stands_for_unknown_ones(tmp_path, count, others, known):
    rows = [f"{row},{360 if row % 2 else 0}" for row in range(count)] + [f"{90 + row},45" for row in range(others)]
    result, log = towers(tmp_path, "cell_id,azimuth_deg", rows)
    assert result.table["azimuth_deg"].notna().sum() == known
    said = [note for note in log.notes if "azimuth_deg is 0 in all 12 cells, as if unknown; not used" in note]
    assert bool(said) == (known == 0)


def test_a_spoilt_pattern_file_is_a_problem_that_names_its_line(tmp_path):
    towers(tmp_path, "cell_id,azimuth_deg,pattern", ["1,0,k65"])
    (tmp_path / "k65.msi").write_text("\n".join(msi()).replace("90 23.01", "90 x"))
    problems = check(tmp_path / "country.toml").problems
    assert any("'k65.msi', line 98: 'x' is no number" in problem for problem in problems)


@pytest.mark.parametrize("metric", ["EPSG:32648", "EPSG:32646", "EPSG:3395"])
def test_azimuths_are_turned_by_the_convergence_of_meridians(metric):
    """PROJ states it as the angle of true north, anticlockwise from that of the grid."""
    area = StudyArea(tiny.communes(), metric)
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(98, 112, 30), rng.uniform(8, 60, 30)
    x_m, y_m = area.to_metric(lon, lat)
    azimuth = np.where(np.arange(30) % 3, rng.uniform(0, 360, 30), np.nan)
    cells = pd.DataFrame({"azimuth_deg": azimuth, "lon": lon, "lat": lat, "x_m": x_m, "y_m": y_m})
    convergence = Proj(metric).get_factors(lon, lat).meridian_convergence
    expected = np.mod(azimuth - convergence, 360)
    turned = grid_azimuth_deg(cells, area)
    off = np.mod(turned - expected + 180, 360) - 180
    assert np.isnan(turned).tolist() == np.isnan(azimuth).tolist()
    assert np.nanmax(np.abs(off)) < 0.001


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Azimuth", "azimuth_deg"),
        ("Azimut (°)", "azimuth_deg"),
        ("Acimut", "azimuth_deg"),
        ("азимут", "azimuth_deg"),
        ("M-Tilt", "mechanical_tilt_deg"),
        ("Tilt mécanique", "mechanical_tilt_deg"),
        ("Electrical Tilt", "electrical_tilt_deg"),
        ("Horizontal beamwidth", "horizontal_beamwidth_deg"),
        ("Ouverture verticale", "vertical_beamwidth_deg"),
        ("Antenna gain (dBi)", "antenna_gain_dbi"),
        ("Feeder loss", "feeder_loss_db"),
        ("Tx power (dBm)", "transmit_power_dbm"),
        ("Antenna pattern", "pattern"),
    ],
)
def test_the_names_of_antenna_columns_are_recognised(name, column):
    assert name_fit(column, name)[0] > 0.6
    assert name_fit("antenna_height_m", name)[0] < 0.5


def test_a_register_without_sectors_is_read_as_before(tmp_path):
    result, log = towers(tmp_path, "cell_id,eirp_dbm", ["1,55", "2,56"])
    assert result.table["eirp_dbm"].tolist() == [55, 56]
    assert result.table["azimuth_deg"].isna().all()
    assert (result.table["pattern"] == "").all()
    assert result.tables["sites"]["azimuths_deg"].tolist() == [""]
    assert not log.notes
