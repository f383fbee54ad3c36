"""The same cell or hub in several files is counted once, with the better evidence, and every row is accounted for."""

import pandas as pd
import pytest

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layers, PointsFile, PointsLayer, TowersFile, TowersLayer
from commune_coverage.readers.points.reader import read_hubs
from commune_coverage.readers.towers.reader import read_towers
from tests import tiny

HEADER = "radio,mcc,net,area,cell,lon,lat,samples,updated"


def _country(tmp_path, **towers) -> Country:
    tiny.write_files(tmp_path)
    layers = Layers(communes={"path": tmp_path / "communes.geojson"}, towers=TowersLayer(**towers))
    return Country(code="KHM", name={"en": "T"}, metric_crs=tiny.METRIC, operators={"One": ["456-01"]}, layers=layers)


def _read(country):
    return tiny.read(read_towers, country.layers.towers, tiny.area(), country=country)


def _write(path, header, *rows):
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_cell_in_two_crowd_files_keeps_the_row_with_more_measurements(tmp_path):
    first = _write(tmp_path / "a.csv", HEADER, "LTE,456,1,7,1,104.1,10.9,5,1", "LTE,456,1,7,2,104.1,10.9,9,1")
    second = _write(tmp_path / "b.csv", HEADER, "LTE,456,1,7,1,104.2,10.9,50,2", "LTE,456,1,7,3,104.1,10.9,1,1")
    cells, logs = _read(_country(tmp_path, path=first, also=[TowersFile(path=second)]))
    assert sorted(zip(cells["lon"].round(1), cells["samples"], strict=True)) == [(104.1, 1), (104.1, 9), (104.2, 50)]
    assert [(log.read, log.kept, log.reasons()) for log in logs] == [(2, 1, {"united": 1}), (2, 2, {})]
    assert logs[0].rows[0]["detail"] == "b.csv line 2"
    assert all(log.is_balanced() for log in logs)


def test_a_crowd_s_cell_beside_a_register_s_is_the_register_s_with_its_measurements(tmp_path):
    crowd = _write(
        tmp_path / "a.csv",
        HEADER,
        "LTE,456,1,7,1,104.1000,10.9,300,1",
        "GSM,456,1,7,2,104.1,10.9,40,1",
        "LTE,456,1,7,3,104.2,10.9,20,1",
    )
    register = _write(tmp_path / "r.csv", "lon,lat,technology,operator,antenna_height_m", "104.1003,10.9,4G,One,42")
    also = [TowersFile(path=register, format="register")]
    cells, logs = _read(_country(tmp_path, path=crowd, also=also))
    assert len(cells) == 3
    masts = cells[cells["antenna_height_m"].notna()]
    assert (masts["samples"].tolist(), masts["lon"].tolist()) == ([300], [104.1003])
    assert logs[0].reasons() == {"united": 1}
    assert cells["site"].nunique() == 2


def test_other_operators_and_technologies_beside_it_stay(tmp_path):
    crowd = _write(tmp_path / "a.csv", HEADER, "LTE,456,2,7,1,104.1,10.9,300,1", "UMTS,456,1,7,2,104.1,10.9,40,1")
    register = _write(tmp_path / "r.csv", "lon,lat,technology,operator", "104.1,10.9,4G,One")
    also = [TowersFile(path=register, format="register")]
    cells, logs = _read(_country(tmp_path, path=crowd, also=also))
    assert len(cells) == 3
    assert all(log.is_balanced() for log in logs)


def _hubs(tmp_path, first, second, **more):
    header = "id,lon,lat,class,name"
    files = [_write(tmp_path / name, header, *rows) for name, rows in (("a.csv", first), ("b.csv", second))]
    layer = PointsLayer(path=files[0], confidence=0.9, also=[PointsFile(path=files[1], confidence=0.8)], **more)
    return tiny.read(read_hubs, layer, tiny.area())


@pytest.mark.parametrize(
    ("other", "united"),
    [
        ("x,104.1005,10.9,post office,Post Office Takeo", True),
        ("x,104.1005,10.9,post office,", True),
        ("x,104.1001,10.9,post office,ប្រៃសណីយ៍", True),
        ("x,104.1005,10.9,post office,DHL", False),
        ("x,104.1005,10.9,bank,Takeo Post", False),
        ("x,104.1100,10.9,post office,Takeo Post", False),
    ],
    ids=["alike", "nameless", "beside in another script", "other name", "other kind", "far"],
)
def test_hubs_of_two_files_are_one_when_near_and_alike(tmp_path, other, united):
    points, logs = _hubs(tmp_path, ["1,104.1,10.9,post office,Takeo Post Office"], [other])
    assert len(points) == (1 if united else 2)
    assert points["confidence"].iloc[0] == pytest.approx(0.98 if united else 0.9)
    assert points["files"].tolist() == ([2] if united else [1, 1])
    assert logs[1].reasons() == ({"united": 1} if united else {})
    assert all(log.is_balanced() for log in logs)


def test_each_hub_is_united_with_one_only_the_nearest(tmp_path):
    first = ["1,104.1000,10.9,post office,", "2,104.1006,10.9,post office,"]
    second = ["x,104.1005,10.9,post office,", "y,104.1004,10.9,post office,"]
    points, _ = _hubs(tmp_path, first, second)
    assert points["files"].tolist() == [2, 2]
    points, _ = _hubs(tmp_path, first[:1], second)
    assert sorted(points["files"]) == [1, 2]
    assert pd.Series(points["point_id"]).tolist()[0] == "1"


def test_what_is_not_sure_enough_is_set_aside_with_its_confidence(tmp_path):
    first, second = ["1,104.1,10.9,post office,"], ["x,104.1001,10.9,post office,", "y,104.2,10.9,post office,"]
    points, logs = _hubs(tmp_path, first, second, min_confidence=0.85)
    assert points["confidence"].tolist() == pytest.approx([0.98])
    assert [log.reasons() for log in logs] == [{}, {"united": 1, "unsure": 1}]
    assert logs[1].rows[-1]["detail"] == "0.80"
    assert all(log.is_balanced() for log in logs)
