"""Holdings of spectrum: bands in any writing, widths, areas and days, and rows that mean nothing set aside."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commune_coverage.config.layers import SpectrumLayer
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.readers.measured.spectrum import read_spectrum
from commune_coverage.readers.parsing.bands import band_range_mhz, is_unpaired
from commune_coverage.readers.registry import ReadContext
from tests import tiny

HEADER = "operator,band_mhz,bandwidth_mhz,downlink_share,technology,code,valid_from,valid_until\n"


def read(path: Path, text: str, run_date: date | None = None, **more):
    path.write_text(text)
    whole = tiny.context(tiny.area())
    context = ReadContext(whole.country, whole.area, whole.folder, run_date=run_date)
    return read_spectrum(SpectrumLayer(path=path, **more), context)


def test_bands_are_read_by_name_number_range_or_frequency_and_widths_of_one_direction(tmp_path: Path) -> None:
    text = "operator,band,bandwidth\nOne,B20,2x10\nOne,LTE1800,20\nOne,n78,100\nOne,2620-2640 MHz,20 MHz\n"
    found = read(tmp_path / "s.csv", text).table
    # 3GPP TS 36.101 table 5.5-1: B20 sends from 791 to 821, B3 from 1,805 to 1,880, n78 from 3,300 to 3,800 MHz.
    assert found["band_mhz"].tolist() == [806.0, 1842.5, 3550.0, 2630.0]
    assert found["bandwidth_mhz"].tolist() == [10, 20, 100, 20]
    assert found["downlink_share"].tolist() == [1, 1, 0.75, 1]
    assert ((found["low_mhz"] <= found["band_mhz"]) & (found["band_mhz"] <= found["high_mhz"])).all()


def test_a_column_of_nothing_but_numbers_of_bands_is_one_of_bands(tmp_path: Path) -> None:
    found = read(tmp_path / "s.csv", "operator,band,bandwidth_mhz\nOne,3,20\nOne,20,10\nOne,7,20\n").table
    assert found["band_mhz"].tolist() == [1842.5, 806.0, 2655.0]


@pytest.mark.parametrize(
    ("mhz", "inside", "outside"),
    [
        (1842.5, [1800, 1805.1, 1880], [1710, 2110, 1900]),
        (806.0, [791, 800, 821], [758, 925]),
        (2655.0, [2600, 2620, 2690], [2350, 2500]),
        (3550.0, [3300, 3500, 3700], [2655, 4500]),
        (942.5, [900, 925, 960], [880, 1805]),
    ],
)
def test_a_carrier_is_in_the_band_in_which_the_standards_have_it(mhz, inside, outside) -> None:
    low, high = band_range_mhz(mhz)
    assert all(low <= one <= high for one in inside)
    assert not any(low <= one <= high for one in outside)


def test_unpaired_spectrum_is_told_from_paired_next_to_it() -> None:
    assert [is_unpaired(mhz) for mhz in (806, 942.5, 1842.5, 2140, 2655)] == [False] * 5
    assert [is_unpaired(mhz) for mhz in (1900, 2350, 2595, 3500, 26_000)] == [True] * 5


def test_only_what_is_in_force_on_the_day_counts(tmp_path: Path) -> None:
    rows = ["One,B3,10,,,,2020-01-01,2030-12-31", "One,B20,10,,,,2026-03-02,", "One,B7,20,,,,,2026-02-28"]
    rows += ["One,B1,10,,,,2026-03-01,2026-03-01", "One,B8,5,,,,,"]
    text = HEADER + "\n".join(rows) + "\n"
    result = read(tmp_path / "s.csv", text, date(2026, 3, 1))
    assert result.table["is_in_force"].tolist() == [True, False, False, True, True]
    assert result.facts == {"holdings": 5, "holdings_in_force": 3}
    assert read(tmp_path / "s.csv", text).table["is_in_force"].all()


def test_areas_are_found_at_their_level_and_outlined(tmp_path: Path) -> None:
    text = HEADER + "One,B3,10,,,10101,,\nOne,B3,10,,LTE,1,,\nOne,B3,15,1,5g nr,,,\n"
    result = read(tmp_path / "s.csv", text)
    found, areas = result.table, result.tables["spectrum_areas"]
    assert found[["level", "code"]].to_numpy().tolist() == [["commune", "010101"], ["province", "01"], ["nation", ""]]
    assert found["technology"].tolist() == ["", "4g", "5g"]
    area_m2 = areas.to_crs(tiny.METRIC).area
    assert area_m2.to_numpy() == pytest.approx([tiny.SIDE_M**2, 9 * tiny.SIDE_M**2], rel=1e-3)


def test_rows_that_mean_nothing_are_set_aside_each_with_its_reason(tmp_path: Path) -> None:
    text = HEADER + "One,1800,20,,,,2020-01-01,\n"
    bad = {
        ",1800,20,,,,,": "MISSING_VALUE",
        "One,,20,,,,,": "MISSING_VALUE",
        "One,elsewhere,20,,,,,": "MISSING_VALUE",
        "One,1800,,,,,,": "MISSING_VALUE",
        "One,2100,-5,,,,,": "MISSING_VALUE",
        "One,1800,20,1.5,,,,": "OUT_OF_RANGE",
        "One,1800,20,,6g,,,": "UNKNOWN_TECHNOLOGY",
        "One,1800,20,,,999999,,": "UNMATCHED_CODE",
        "One,1800,20,,,,30 June,": "NOT_A_DATE",
        "One,1800,20,,,,2026-01-01,2025-01-01": "OUT_OF_RANGE",
        "One,1800,20,,,,2020-01-01,": "DUPLICATE_ROW",
    }
    result = read(tmp_path / "s.csv", text + "\n".join(bad) + "\n")
    [log] = result.row_logs
    assert len(result.table) == 1
    assert {row["line"]: row["reason_code"].upper() for row in log.rows} == dict(enumerate(bad.values(), start=3))
    assert log.is_balanced()


def test_a_file_without_bands_is_refused_and_one_without_holdings_is_not(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError):
        read(tmp_path / "s.csv", "operator,bandwidth_mhz\nOne,10\n")
    assert read(tmp_path / "s.csv", HEADER + "One,6 GHz,20,,,,2030-01-01,\n", date(2026, 3, 1)).facts == {
        "holdings": 1,
        "holdings_in_force": 0,
    }
