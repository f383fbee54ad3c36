import gzip

import geopandas as gpd
import pandas as pd
import pytest

from commune_coverage.config.country import Country
from commune_coverage.config.loader import load_country
from commune_coverage.readers.towers.reader import is_complete, read_towers
from tests import tiny

HEADER = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
GOOD = "LTE,456,1,1,{cell},0,104.1,10.9,1000,5,1,1500000000,1700000000,0"


def _country(tmp_path, **towers) -> Country:
    text = tiny.write_files(tmp_path).read_text()
    lines = "".join(f"{key} = {value}\n" for key, value in towers.items())
    path = tmp_path / "other.toml"
    path.write_text(text.replace('path = "towers.csv"\n', lines))
    return load_country(path)


def _towers(tmp_path, content: bytes, name="t.csv", **options):
    country = _country(tmp_path, path=f'"{name}"', **options)
    (tmp_path / name).write_bytes(content)
    cells, (log,) = tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)
    return cells, log


def _opencellid(rows, header=True):
    return "\n".join(([HEADER] if header else []) + rows).encode() + b"\n"


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("compress", [gzip.compress, lambda data: data])
def test_opencellid_with_and_without_header_plain_and_gzipped(tmp_path, header, compress):
    rows = [GOOD.format(cell=cell) for cell in (1, 2, 3)]
    cells, log = _towers(tmp_path, compress(_opencellid(rows, header)), "t.csv.gz")
    assert len(cells) == 3
    assert cells["operator"].unique().tolist() == ["One"]
    assert (log.read, log.kept) == (3, 3)


def test_each_fault_has_its_line_and_reason_and_the_counts_balance(tmp_path):
    rows = [
        GOOD.format(cell=1),
        GOOD.format(cell=1),
        GOOD.format(cell=2).replace("LTE", "WIMAX"),
        GOOD.format(cell=3).replace("104.1", "0").replace("10.9", "0"),
        GOOD.format(cell=4).replace("10.9", "95"),
        GOOD.format(cell=5).replace(",5,1,", ",many,1,"),
        GOOD.format(cell=6).replace("104.1,10.9", "10.9,104.1").replace("104.1", "80"),
        GOOD.format(cell=7).replace("104.1,10.9", "10.95,85.1"),
        GOOD.format(cell=8).replace("104.1", "103.95"),
        GOOD.format(cell=9).replace("104.1", "90.0"),
        "LTE,456",
        GOOD.format(cell=10).replace("LTE", ""),
    ]
    cells, log = _towers(tmp_path, _opencellid(rows))
    assert {(row["line"], row["reason_code"]) for row in log.rows} == {
        (3, "duplicate_id"),
        (4, "unknown_technology"),
        (5, "null_island"),
        (6, "coordinate_out_of_range"),
        (12, "ragged_row"),
        (13, "missing_value"),
    }
    assert [each.examples for each in log.blanked.values()] == [[{"line": 7, "value": "many"}]]
    assert (log.read, log.kept, log.neighbours, log.out_of_area) == (12, 2, 1, 3)
    assert log.is_balanced()
    assert cells["is_inside"].sum() == 2


def test_a_register_with_its_own_columns_commas_and_degrees(tmp_path):
    text = "Site;Netz;Typ;Länge;Breite;Höhe\nA;456-01;NR;104,1;10,9;35,5\nB;x;4G;104°06'00\"E;10°54'00\"N;\n"
    cells, log = _towers(
        tmp_path,
        text.encode("cp1252"),
        "register.csv",
        format='"register"',
        columns='{ lon = "Länge", lat = "Breite", technology = "Typ", operator = "Netz", cell_id = "Site", '
        'antenna_height_m = "Höhe" }',
    )
    assert cells["technology"].tolist() == ["4g", "5g"]
    assert cells["operator"].tolist() == ["x", "One"]
    assert cells["antenna_height_m"].tolist()[1] == 35.5
    assert log.is_balanced()
    assert log.notes == ["register.csv: decoded as cp1252"]


@pytest.mark.parametrize("suffix", [".xlsx", ".gpkg", ".geojson"])
def test_a_register_in_other_formats(tmp_path, suffix):
    path = tmp_path / f"register{suffix}"
    table = pd.DataFrame(
        {"Typ": ["LTE", "GSM"], "Netz": ["One", "Two"], "X": [410_000, 415_000], "Y": [1_205_000.5] * 2}
    )
    if suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        points = gpd.points_from_xy(table["X"], table["Y"])
        frame = gpd.GeoDataFrame(table[["Typ", "Netz"]], geometry=points, crs=tiny.METRIC)
        (frame.to_crs("EPSG:4326") if suffix == ".geojson" else frame).to_file(path)
    is_sheet = suffix == ".xlsx"
    columns = '{ technology = "Typ", operator = "Netz"' + (', lon = "X", lat = "Y"' if is_sheet else "") + " }"
    crs = {"crs": f'"{tiny.METRIC}"'} if is_sheet else {}
    country = _country(tmp_path, path=f'"{path.name}"', format='"register"', columns=columns, **crs)
    cells, (log,) = tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)
    assert cells["technology"].tolist() == ["2g", "4g"]
    assert cells["x_m"].tolist() == pytest.approx([415_000, 410_000], abs=0.1)
    assert log.kept == 2


def test_a_register_is_complete_and_a_crowds_file_is_not(tmp_path):
    assert is_complete(_country(tmp_path, path='"a.xlsx"').layers.towers)
    assert not is_complete(_country(tmp_path, path='"a.csv.gz"').layers.towers)
    assert is_complete(_country(tmp_path, path='"a.csv"', complete="true").layers.towers)


def test_foreign_networks_are_kept_but_do_not_serve(tmp_path):
    rows = [GOOD.format(cell=1), GOOD.format(cell=2).replace(",456,", ",520,")]
    cells, _ = _towers(tmp_path, _opencellid(rows))
    assert cells.groupby("operator")["is_home"].first().to_dict() == {"520-01": False, "One": True}
    assert isinstance(cells, pd.DataFrame)
