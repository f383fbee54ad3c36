"""What ``check`` finds can be approved before a run, and a run says of all layers at once what stops it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from commune_coverage.api import check
from commune_coverage.api import run as run_pipeline
from commune_coverage.config.layers import PointsLayer, TowersLayer
from commune_coverage.core.errors import UnusableLayerError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.readers.parsing.validation import check_rows
from commune_coverage.readers.points.reader import read_hubs
from commune_coverage.readers.towers.reader import read_towers
from commune_coverage.schema.inputs import CELLS
from tests import tiny
from tests.commands import command
from tests.quality.spoilt import positions, write_country


def run(folder, country, day=1):
    return run_pipeline(country, folder / "data", folder / "maps", date(2026, 3, day), "serial", lambda *_: None)


def test_what_check_finds_is_approved_without_a_run(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "90 % bad")
    data = ("--data-dir", tmp_path / "data")
    assert command("check", country, *data).returncode == 1
    assert InputVersions(tmp_path / "data", "KHM").held_layers() == ["hubs"]
    assert command("approve", "hubs", "--because", "the others have no address", *data).returncode == 0
    again = command("check", country, *data)
    assert (again.returncode, "approved: 18 of 20 rows" in again.stdout) == (0, True)
    assert run(tmp_path, country).held == []


def test_check_in_a_notebook_lists_nothing(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "90 % bad")
    assert check(country, tmp_path / "data").problems
    assert not (tmp_path / "data").exists()


def test_check_and_run_name_every_layer_that_stops_them(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "90 % bad")
    (country.parent / "towers.csv").write_text("radio,lon\nLTE,104\n")
    layers = [problem.split(":")[0] for problem in check(country, tmp_path / "data").problems]
    assert sorted(layers) == ["hubs", "towers"]
    with pytest.raises(UnusableLayerError) as stopped:
        run(tmp_path, country)
    assert "hubs: 18 of 20 rows" in str(stopped.value)
    assert "'towers.csv'" in str(stopped.value)


@pytest.mark.parametrize("layer", ["hubs", "towers register", "people table"])
def test_a_table_with_nothing_but_its_header_is_named_and_can_be_approved(tmp_path, layer):
    country = write_country(tmp_path / "in", layer, "empty")
    name = layer.split(" ", maxsplit=1)[0]
    done = command("check", country, "--data-dir", tmp_path / "data")
    assert (done.returncode, "holds no row" in done.stderr) == (1, True)
    approved = command("approve", name, "--because", "there is none yet", "--data-dir", tmp_path / "data")
    assert approved.returncode == 0, approved.stderr
    assert "not available" in run(tmp_path, country).headline


def test_rows_out_of_the_area_are_shown_with_line_and_place(tmp_path):
    country = write_country(tmp_path / "in", "hubs", "outside")
    done = command("check", country, "--data-dir", tmp_path / "data")
    assert "out of area: line 2: lon 104.13, lat 30.899, line 3: lon" in done.stdout
    assert "'hubs.csv' out of area: line 2: lon 104.13, lat 30.899" in done.stderr


def test_examples_of_rows_out_of_the_area_are_few_and_counted_whole():
    log = RowLog("hubs", "h.csv", read=1000)
    log.leave_outside(list(range(2, 1002)), [(float(n), 1.0) for n in range(1000)])
    assert (log.out_of_area, len(log.outside), log.outside[4]) == (1000, 5, {"line": 6, "detail": "lon 4, lat 1"})
    assert 300 <= len(log.outside_sample) <= 400
    assert log.outside_sentence().endswith("line 4: lon 2, lat 1, …")


def test_rows_whose_optional_cells_are_all_blanked_count_as_lost(tmp_path):
    table = positions("sound").assign(technology="4G", antenna_height_m=["tall"] * 12 + ["30"] * 8)
    table.to_csv(tmp_path / "r.csv", index=False)
    country = tiny.write_files(tmp_path)
    country.write_text(country.read_text().replace('path = "towers.csv"', 'path = "r.csv"\nformat = "register"'))
    (problem,) = [one for one in check(country, tmp_path / "data").problems if one.startswith("towers")]
    assert "0 of 20 rows of 'r.csv' are set aside, and 12 hold nothing usable beside what they must" in problem


def test_a_row_with_one_usable_optional_cell_is_usable():
    frame = pd.DataFrame(
        {"line": [2, 3, 4], "technology": "4g", "operator": ["One", "", ""], "antenna_height_m": ["x", "x", ""]}
    )
    log = RowLog("towers", "r.csv", read=3)
    assert len(check_rows(frame, CELLS, log)) == 3
    assert log.bare == 1


def _register(folder, crs, stated):
    """A register of 200 rows over a country 8 degrees wide, in metres of one zone."""
    lon = np.linspace(101.2, 108.8, 200)
    x, y = tiny.projected(crs, lon, np.full(200, 12.0) + np.arange(200) % 7 * 0.1)
    pd.DataFrame({"x": x, "y": y, "technology": "4G", "id": range(200)}).to_csv(folder / "r.csv", index=False)
    tiny.wide_communes(101.0, 109.0).to_file(folder / "communes.geojson")
    country = folder / "country.toml"
    country.write_text(
        'code = "KHM"\nlanguages = ["en"]\ntime_zone = "UTC"\n[name]\nen = "T"\n[layers.communes]\n'
        f'path = "communes.geojson"\n[layers.towers]\npath = "r.csv"\nformat = "register"\ncrs = "{stated}"\n'
    )
    return country


def test_a_wrong_zone_stops_though_hundreds_of_rows_lie_inside(tmp_path):
    country = _register(tmp_path, "EPSG:32648", "EPSG:32649")
    (problem,) = check(country, tmp_path / "data").problems
    assert "rows of 'r.csv' lie outside the country; by EPSG:32648" in problem
    assert check(_register(tmp_path, "EPSG:32648", "EPSG:32648"), tmp_path / "data").problems == []


def test_hubs_and_towers_keep_the_lines_of_rows_outside(tmp_path):
    for name, layer, reader in (("h", PointsLayer, read_hubs), ("t", TowersLayer, read_towers)):
        table = positions("outside").assign(**{"class": "post office", "technology": "4G"})
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        form = "table" if name == "h" else "register"
        _, (log,) = tiny.read(reader, layer(path=tmp_path / f"{name}.csv", format=form), tiny.area())
        assert (log.out_of_area, [each["line"] for each in log.outside]) == (20, [2, 3, 4, 5, 6])
