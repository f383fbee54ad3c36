"""An upload is recognised, shown, and read once its lines stand in the country file; never before."""

from __future__ import annotations

import openpyxl
import pytest

from commune_coverage.config.loader import load_country
from commune_coverage.core.errors import CoverageError, MissingColumnError, RunError
from commune_coverage.readers.detection.command import recognise_upload, section
from commune_coverage.readers.towers.reader import read_towers
from tests import tiny

KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


@pytest.fixture
def register(tmp_path):
    """A workbook as regulators have them: title rows, a Khmer header, Khmer digits, another sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Towers 2026"
    for row in (["REGULATOR"], ["Register of base stations"], []):
        sheet.append(row)
    sheet.append(["ល.រ", "រយៈបណ្តោយ", "រយៈទទឹង", "បច្ចេកវិទ្យា", "ប្រតិបត្តិករ"])
    for number, place in enumerate(tiny.centres().round(5).itertuples(index=False), start=1):
        lon, lat = (f"{value:.5f}".translate(KHMER_DIGITS) for value in place)
        sheet.append([number, lon, lat, "4G", "One"])
    book.create_sheet("Notes").append(["nothing here"])
    book.save(tmp_path / "register.xlsx")
    return tmp_path / "register.xlsx"


@pytest.fixture
def country(tmp_path):
    return tiny.write_files(tmp_path / "in")


def _towers(path):
    country = load_country(path)
    return tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)


def test_the_recognised_lines_make_the_layer_readable(register, country):
    found = recognise_upload(register, "towers", country)
    lines = section(found, register, "towers").splitlines()[1:]
    text = country.read_text().replace('path = "towers.csv"', "\n".join(lines))
    country.write_text(text)
    cells, (log,) = _towers(country)
    assert (log.read, log.kept, log.reasons()) == (9, 9, {})
    assert sorted(cells["commune"]) == list(range(9))
    assert set(cells["operator"]) == {"One"}


def test_nothing_is_used_before_it_is_confirmed_but_the_error_holds_the_line(register, country):
    text = country.read_text().replace('path = "towers.csv"', f'path = "{register}"\nformat = "register"')
    country.write_text(text)
    with pytest.raises(MissingColumnError, match="if they are these, write: columns") as error:
        _towers(country)
    assert "រយៈបណ្តោយ" in str(error.value)


def test_it_says_what_it_sees(register, country):
    told = "\n".join(recognise_upload(register, "towers", country).sentences())
    assert "sheet or layer 'Towers 2026'" in told
    assert "100% of the positions looked at lie in the country" in told
    assert "digits of another script" in told
    assert told.endswith("Nothing of this is used until it stands in the country file.")


def test_metres_of_the_country_s_zone_and_exchanged_columns_are_recognised(tmp_path, country):
    metres = tiny.communes().to_crs(tiny.METRIC).centroid
    rows = [f"{point.x:.1f};{point.y:.1f};GSM" for point in metres]
    (tmp_path / "utm.csv").write_text("\n".join(["Easting;Northing;Tech", *rows]) + "\n")
    assert 'crs = "EPSG:32648"' in recognise_upload(tmp_path / "utm.csv", "towers", country).as_toml()
    rows = [f"{place.lat},{place.lon},GSM" for place in tiny.centres().itertuples()]
    (tmp_path / "crossed.csv").write_text("\n".join(["lon,lat,radio", *rows]) + "\n")
    found = recognise_upload(tmp_path / "crossed.csv", "towers", country)
    assert found.columns["lon"] == "lat"
    assert any("each other's column" in sentence for sentence in found.sentences())


@pytest.mark.parametrize(
    ("name", "layer", "words"),
    [("absent.csv", "towers", "is not there"), ("empty.csv", "towers", "is empty"), ("empty.csv", "masts", "one of:")],
)
def test_what_is_no_upload_is_one_sentence(tmp_path, name, layer, words):
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(CoverageError, match=words) as error:
        recognise_upload(tmp_path / name, layer, None)
    assert isinstance(error.value, RunError) == (layer == "masts")
