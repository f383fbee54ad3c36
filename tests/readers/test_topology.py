import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from commune_coverage.core.metric_system import whole_system
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.communes import topology

METRIC = "EPSG:32648"


def _communes(**shapes):
    codes = list(shapes)
    return gpd.GeoDataFrame({"commune_code": codes}, geometry=list(shapes.values()), crs=METRIC)


def _log():
    return RowLog("communes", "c.gpkg")


def _areas(communes):
    return communes.geometry.area.to_numpy()


def test_a_bow_tie_is_repaired_and_reported():
    tie = shapely.Polygon([(0, 0), (2000, 2000), (2000, 0), (0, 2000)])
    log = _log()
    repaired = topology.repair_rings(_communes(a=tie), log)
    assert repaired.geometry.is_valid.all()
    assert _areas(repaired)[0] == pytest.approx(2_000_000)
    assert log.notes == ["commune a: invalid ring repaired"]


def test_a_missing_shape_becomes_an_empty_one():
    assert topology.repair_rings(_communes(a=None), _log()).geometry.is_empty.all()


def test_rows_of_one_code_are_united_in_code_order():
    parts = gpd.GeoDataFrame(
        {"commune_code": ["b", "a", "b"], "commune_name": ["B", "A", "other"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6), shapely.box(1, 0, 2, 1)],
        crs=METRIC,
    )
    log = _log()
    united = topology.dissolve_by_code(parts, log)
    assert united["commune_code"].tolist() == ["a", "b"]
    assert united["commune_name"].tolist() == ["A", "B"]
    assert _areas(united).tolist() == [1, 2]
    assert log.notes == ["commune b: 2 rows united into one"]


def test_an_overlap_goes_to_the_smaller_commune_whatever_the_order():
    big, small = shapely.box(0, 0, 10_000, 10_000), shapely.box(9_000, 0, 12_000, 1_000)
    for communes in (_communes(a=big, b=small), _communes(b=small, a=big)):
        cut = topology.resolve_overlaps(communes, _areas(communes), _log()).set_index("commune_code")
        assert cut.geometry["b"].area == pytest.approx(3_000_000)
        assert cut.geometry["a"].area == pytest.approx(99_000_000)


def test_an_overlap_is_reported_in_km2_whatever_the_units_of_the_shapes():
    """In degrees a unit of area is not a square metre: here it is a square kilometre."""
    communes = _communes(a=shapely.box(0, 0, 10, 10), b=shapely.box(9, 0, 12, 1), c=shapely.box(0, 8, 2, 10))
    log = _log()
    topology.resolve_overlaps(communes, _areas(communes) * 1e6, log)
    assert log.notes == [
        "2 overlapping pairs (5.00 km2) given to the smaller commune of each",
        "overlap of a and c: 4.000 km2 to c",
        "overlap of a and b: 1.000 km2 to b",
    ]


@pytest.mark.parametrize(("start", "left"), [(1, 997), (2, 999)])
def test_a_part_of_a_square_metre_is_a_sliver_and_one_of_two_is_ground(start, left):
    communes = _communes(a=shapely.box(0, 0, 1000, 1), b=shapely.box(start, 0, 3, 1))
    assert _areas(topology.resolve_overlaps(communes, _areas(communes), _log())).tolist() == [left, 3 - start]


def test_of_two_equal_communes_the_lower_code_keeps_the_ground_and_both_stay():
    box = shapely.box(0, 0, 1000, 1000)
    communes = _communes(a=box, b=box)
    cut = topology.resolve_overlaps(communes, _areas(communes), _log())
    assert _areas(cut).tolist() == [1_000_000, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(5, 40)] * 2), min_size=2, max_size=7))
def test_after_resolving_no_ground_is_claimed_twice_and_none_is_lost(boxes):
    shapes = {f"c{i}": shapely.box(x, y, x + w, y + h) for i, (x, y, w, h) in enumerate(boxes)}
    communes = _communes(**shapes)
    scaled = communes.set_geometry(communes.scale(1000, 1000, origin=(0, 0)))
    cut = topology.resolve_overlaps(scaled, _areas(scaled), _log())
    whole = shapely.union_all(scaled.geometry.to_numpy()).area
    assert _areas(cut).sum() == pytest.approx(whole, rel=1e-9)


def test_a_sliver_goes_to_the_longest_border_and_a_lake_stays():
    left, right = shapely.box(0, 0, 5000, 10_000), shapely.box(5100, 0, 10_000, 10_000)
    south, north = shapely.box(0, -1000, 10_000, 0), shapely.box(0, 10_000, 10_000, 12_000)
    lake = shapely.box(6000, 4000, 8000, 6000)
    communes = _communes(a=left, b=right.difference(lake), s=south, n=north)
    log = _log()
    closed = topology.close_slivers(communes, whole_system(METRIC), 200, log)
    whole = shapely.union_all(closed.geometry.to_numpy())
    assert [round(shapely.Polygon(ring).area) for ring in shapely.get_rings(whole)[1:]] == [4_000_000]
    assert _areas(closed).sum() == pytest.approx(_areas(communes).sum() + 1_000_000)
    assert "1 slivers narrower than 200 m (1.000 km2)" in log.notes[0]


def test_only_polygons_are_left_of_a_collection():
    mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (5, 5)])])
    assert topology.polygons_of(mixed).area == 1
    assert topology.polygons_of(None).is_empty
    assert np.isclose(topology.polygons_of(shapely.MultiPolygon([shapely.box(0, 0, 1, 1)])).area, 1)
