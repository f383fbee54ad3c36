import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from commune_coverage.config.layers import FileRef, PeopleLayer
from commune_coverage.core.errors import MissingCrsError, UnreadableFileError
from commune_coverage.population.tables import tile_rows
from tests import tiny


def _read(tmp_path, layer, engine="serial"):
    people, logs = tiny.read_people(layer, tiny.area(), tmp_path / engine, engine)
    assert people.read == pytest.approx(people.counted + people.outside + people.quarantined, abs=1e-4)
    assert all(log.is_balanced() for log in logs)
    return people, logs


def _raster(path, values, crs=tiny.METRIC, nodata=-99999, cell_m=5_000.0, origin=(tiny.WEST, tiny.SOUTH + 30_000)):
    values = np.asarray(values, dtype="float32")
    options = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "float32", "crs": crs}
    with rasterio.open(path, "w", nodata=nodata, transform=from_origin(*origin, cell_m, cell_m), **options) as target:
        target.write(values, 1)
    return PeopleLayer(path=path)


def test_cells_of_an_aligned_raster_are_counted_by_hand(tmp_path):
    values = np.zeros((6, 6))
    values[0, 0], values[5, 5], values[3, 2] = 10, 20, 5
    people, _ = _read(tmp_path, _raster(tmp_path / "p.tif", values))
    assert people.by_commune.tolist() == pytest.approx([0, 0, 20, 0, 5, 0, 10, 0, 0], abs=0.001)


def test_a_cell_on_a_border_is_shared_by_exact_area_and_what_hangs_over_is_outside(tmp_path):
    layer = _raster(tmp_path / "p.tif", [[100.0]], cell_m=4_000, origin=(tiny.WEST - 1_000, tiny.SOUTH + 12_000))
    people, _ = _read(tmp_path, layer)
    assert people.by_commune[[0, 3]].tolist() == pytest.approx([37.5, 37.5], rel=2e-4)
    assert people.outside == pytest.approx(25, rel=2e-4)


def test_nodata_negative_and_huge_values_are_not_people(tmp_path):
    values = [[5, -99999, -3], [3e30, 2e8, 7], [np.nan, 0, 1]]
    people, (log,) = _read(tmp_path, _raster(tmp_path / "p.tif", values))
    assert people.counted + people.outside == pytest.approx(13)
    assert people.read == pytest.approx(13)
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (3, "implausible_people"),
        (4, "implausible_people"),
        (2, "negative_people"),
    ]
    assert (log.read, log.kept) == (6, 3)


def test_serial_and_processes_read_the_same(tmp_path):
    values = np.random.default_rng(1).gamma(0.3, 10, (1030, 1030))
    layer = _raster(tmp_path / "p.tif", values, cell_m=30_000 / 1030)
    _read(tmp_path, layer)
    _read(tmp_path, layer, "processes")
    one, two = (sorted((tmp_path / engine).rglob("*.*")) for engine in ("serial", "processes"))
    assert [path.name for path in one] == [path.name for path in two]
    assert {path.parent.name for path in one} == {"serial", "places", "shares"}
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_raster_in_another_system_conserves_people(tmp_path):
    values = np.random.default_rng(2).gamma(0.5, 10, (50, 50))
    layer = _raster(tmp_path / "p.tif", values, crs="ESRI:54009", cell_m=1000, origin=(10_350_000, 1_350_000))
    people, _ = _read(tmp_path, layer)
    assert people.read == pytest.approx(values.astype("float32").astype(float).sum(), rel=1e-9)


def test_half_a_raster_is_one_sentence(tmp_path):
    layer = _raster(tmp_path / "p.tif", np.ones((600, 600)), cell_m=50)
    layer.path.write_bytes(layer.path.read_bytes()[:200_000])
    with pytest.raises(UnreadableFileError, match="not a whole raster"):
        _read(tmp_path, layer)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_system_is_refused(tmp_path):
    layer = _raster(tmp_path / "p.tif", [[1.0]], crs=None)
    with pytest.raises(MissingCrsError, match="does not state"):
        _read(tmp_path, layer)


def test_points_with_people(tmp_path):
    (tmp_path / "v.csv").write_text("lon;lat;pop\n104,1;10,9;1,5\n104,1;10,9;-2\n90;1;4\n104,1;10,9;\n")
    layer = PeopleLayer(path=tmp_path / "v.csv", format="points", columns={"people": "pop"})
    people, (log,) = _read(tmp_path, layer)
    assert (people.counted, people.outside, people.read) == (1.5, 4.0, 5.5)
    assert log.reasons() == {"missing_value": 1, "negative_people": 1}


def test_polygons_are_spread_by_area_and_cut_at_the_borders(tmp_path):
    square = shapely.box(tiny.WEST - 5_000, tiny.SOUTH, tiny.WEST + 15_000, tiny.SOUTH + 10_000)
    gpd.GeoDataFrame({"POP": [200]}, geometry=[square], crs=tiny.METRIC).to_file(tmp_path / "z.gpkg")
    layer = PeopleLayer(path=tmp_path / "z.gpkg", format="polygons", columns={"people": "POP"})
    people, _ = _read(tmp_path, layer)
    assert people.by_commune[:3].tolist() == pytest.approx([100, 50, 0], rel=1e-6)
    assert people.outside == pytest.approx(50, rel=1e-6)


def test_a_table_alone_is_spread_over_its_communes(tmp_path):
    (tmp_path / "t.csv").write_text("code,people\n10101,90\n10109,10\n10109,99\n99999,7\n")
    layer = PeopleLayer(path=tmp_path / "t.csv", format="table", columns={"commune_code": "code"}, code_width=6)
    people, (log,) = _read(tmp_path, layer)
    assert people.by_commune[[0, 8]].tolist() == pytest.approx([90, 10], abs=1e-4)
    assert people.quarantined == 7
    assert log.reasons() == {"duplicate_id": 1, "unmatched_code": 1}
    assert tile_rows(tmp_path / "serial")[-1][1] >= 200


def _villages(tmp_path, rows, table):
    middle = tiny.centres()
    lines = ["lon,lat,vil_code"] + [f"{middle['lon'][c]},{middle['lat'][c]},{code}" for c, code in rows]
    (tmp_path / "v.csv").write_text("\r".join(lines))
    (tmp_path / "t.csv").write_text("code,name,people\n" + "\n".join(table))
    ref = FileRef(path=tmp_path / "t.csv", columns={"commune_code": "code", "commune_name": "name"})
    return PeopleLayer(
        path=tmp_path / "v.csv", format="points", columns={"place_code": "vil_code"}, place_code_width=8, table=ref
    )


def test_a_table_is_spread_over_points_and_every_way_of_placing_is_used(tmp_path):
    rows = [(0, "1010101"), (0, "1010102"), (1, "1019901"), (1, "1019902"), (2, "1019701")]
    table = ["10101,Commune 1,100", "10199,Old name,50", "10198,Commune 5,30", "10197,Nowhere,20", "555555,Lost,9"]
    people, (_, log) = _read(tmp_path, _villages(tmp_path, rows, table))
    assert people.by_commune[:5].tolist() == pytest.approx([100, 50, 20, 0, 30])
    assert people.quarantined == 9
    assert [row["detail"] for row in log.rows] == ["555555 Lost: 9 people"]
    assert log.notes[:3] == [
        "1 rows with 100 people placed by code",
        "2 rows with 70 people placed by villages",
        "1 rows with 30 people placed by name",
    ]


def test_a_commune_split_off_since_takes_its_villages_share(tmp_path):
    rows = [(0, "1010101"), (0, "1010102"), (1, "1010103")]
    people, _ = _read(tmp_path, _villages(tmp_path, rows, ["10101,Commune 1,90"]))
    assert people.by_commune[:2].tolist() == pytest.approx([60, 30])


def test_villages_that_disagree_are_not_certain(tmp_path):
    rows = [(1, "1019901"), (2, "1019902"), (3, "1019903")]
    people, _ = _read(tmp_path, _villages(tmp_path, rows, ["10199,Old name,50"]))
    assert people.quarantined == 50
