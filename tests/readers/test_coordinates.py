import numpy as np
import pandas as pd
import pyproj
import pytest

from commune_coverage.config.layers import NumberFormat
from commune_coverage.core.errors import MissingCrsError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.parsing.angles import position_of
from commune_coverage.readers.parsing.coordinates import PositionHints, locate_rows, parse_degrees, share_inside


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("104.5", 104.5),
        ("104,5", 104.5),
        ("11°33'36\"N", 11.56),
        ("11°33′36″ S", -11.56),
        ("១១°៣៣'៣៦\"N", 11.56),
        ("104 55 12 E", 104.92),
        ("104° 55.2' E", 104.92),
        ("-12 30 0", -12.5),
        ("11°75'00\"N", np.nan),
        ("north", np.nan),
        ("N 11°33'36\"", 11.56),
        ("S11 33 36", -11.56),
        ("11° 33’ 36,0” N", 11.56),
        ("11º33´36''N", 11.56),
        ("11-33-36 N", 11.56),
        ("11:33:36", 11.56),
        ("11 deg 33 min 36 sec North", 11.56),
        ("11°33.6′", 11.56),
        ("11.56° N", 11.56),
        ("11.56S", -11.56),
        ("−11.56°", -11.56),
        ("113336N", 11.56),
        ("1045512E", 104.92),
        ("១០៤°៥៥′១២″ ខាងកើត", 104.92),
        ("11d33m36s", 11.56),
        ("11°33'75\"N", np.nan),
        ("N11°33'36\"S", np.nan),
        ("11.5°33'36\"", np.nan),
    ],
)
def test_degrees_in_every_form(text, degrees):
    assert parse_degrees(pd.Series([text], dtype=object))[0] == pytest.approx(degrees, nan_ok=True)


def _located(rows, crs=None):
    frame = pd.DataFrame(rows, columns=["lon", "lat"], dtype=object).assign(line=range(2, len(rows) + 2))
    log = RowLog("towers", "t.csv", read=len(rows))
    return locate_rows(frame, crs, NumberFormat(), log), log


def test_each_bad_position_is_set_aside_with_its_line_and_reason():
    kept, log = _located(
        [("104.9", "11.5"), ("", "11"), ("inf", "11"), ("x", "11"), ("104", "95"), ("0", "0"), ("181", "1")]
    )
    assert len(kept) == 1
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (3, "coordinate_missing"),
        (4, "coordinate_missing"),
        (5, "not_a_number"),
        (6, "coordinate_out_of_range"),
        (8, "coordinate_out_of_range"),
        (7, "null_island"),
    ]


def test_metres_of_a_stated_system_become_degrees():
    kept, log = _located([("491000", "1278000"), ("1e12", "5")], crs="EPSG:32648")
    assert kept[["lon", "lat"]].to_numpy()[0] == pytest.approx([104.9174, 11.5609], abs=1e-3)
    assert log.reasons() == {"coordinate_out_of_range": 1}


@pytest.mark.parametrize(
    "text",
    [
        "11.56, 104.92",
        "11.56;104.92",
        "104.92, 11.56",
        "11,56; 104,92",
        "11.56 104.92",
        "11°33'36\"N 104°55'12\"E",
        "11°33'36\" n 104°55'12\" e",
        "E104°55'12\" N11°33'36\"",
        "11°33.6'N, 104°55.2'E",
        "POINT (104.92 11.56)",
        "១១.៥៦, ១០៤.៩២",
    ],
)
def test_one_text_that_holds_a_whole_position(text):
    assert position_of(text) == pytest.approx((104.92, 11.56))


@pytest.mark.parametrize("text", ["", "11.56", "Phnom Penh, Cambodia", "1, 2, 3", "99N 491234 1278901", "12345 67890"])
def test_text_that_holds_no_position(text):
    assert np.isnan(position_of(text)).all()


@pytest.mark.parametrize(
    ("zone", "epsg"),
    [("48N", 32648), ("48P", 32648), ("48 n", 32648), ("36S", 32736), ("36M", 32736), ("UTM 47Q", 32647)],
)
def test_utm_text_is_where_pyproj_puts_it(zone, epsg):
    east, north = 491234.5, 1278901.0
    oracle = pyproj.Transformer.from_crs(epsg, 4326, always_xy=True).transform(east, north)
    for text in (f"{zone} {east} {north}", f"{zone}, {east}mE, {north}mN"):
        assert position_of(text) == pytest.approx(oracle, abs=1e-5)


def test_one_column_for_both_may_mix_its_writings():
    texts = ["11.56, 104.92", "48N 491234 1278901", "11°33'36\"N 104°55'12\"E", "nowhere", "", "200, 300"]
    kept, log = _located([(text, text) for text in texts])
    assert kept["line"].tolist() == [2, 3, 4]
    assert kept["lat"].to_numpy() == pytest.approx([11.56, 11.569, 11.56], abs=1e-2)
    assert log.reasons() == {"coordinate_missing": 1, "coordinate_out_of_range": 1, "not_a_number": 1}


def test_angles_among_metres_are_angles_and_letters_tell_swapped_rows():
    rows = [("491000", "1278000"), ("104°55'12\"E", "11°33'36\"N"), ("491 000 mE", "1 278 000 mN")]
    kept, log = _located(rows, crs="EPSG:32648")
    assert kept["lon"].to_numpy() == pytest.approx([104.9174, 104.92, 104.9174], abs=1e-4)
    _, log = _located([("11°33'36\"N", "104°55'12\"E"), ("104.9", "11.5")])
    assert log.reasons() == {"swapped_coordinates": 1}


def test_equal_numbers_in_two_columns_are_two_numbers():
    kept, _ = _located([("10,5", "10,5"), ("104,9", "11,5")])
    assert kept[["lon", "lat"]].to_numpy().tolist() == [[10.5, 10.5], [104.9, 11.5]]


def test_a_system_that_there_is_not_is_one_sentence():
    with pytest.raises(MissingCrsError, match=r"crs = 'EPSG:0' is no known reference system"):
        _located([("1", "2")], crs="EPSG:0")


@pytest.mark.parametrize("dtype", ["str", object])
def test_plain_odd_and_missing_cells_stand_in_one_column(dtype):
    """As a file gives them: text with nothing where a cell is empty."""
    lon = ["104.5", None, "104°30'", "104 30 0", "104.25", "104.5 O", np.nan, "-"]
    lat = ["11.5", "11.5", "11°30'N", "11 30 0", None, "11.5", np.nan, "11.5"]
    rows = pd.DataFrame({"lon": pd.Series(lon, dtype=dtype), "lat": pd.Series(lat, dtype=dtype), "line": range(2, 10)})
    log = RowLog("hubs", "h.csv", read=8)
    located = locate_rows(rows, None, NumberFormat(), log, PositionHints((102.0, 9.0, 108.0, 15.0)))
    assert located["line"].tolist() == [2, 4, 5, 7]
    assert located["lon"].tolist() == pytest.approx([104.5] * 4)
    assert located["lat"].tolist() == pytest.approx([11.5] * 4)
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (line, "coordinate_missing") for line in (3, 6, 8, 9)
    ]
    assert log.notes == ["1 longitudes with a letter such as 'O' are read as east"]


def test_a_column_of_numbers_beside_one_of_text():
    rows = pd.DataFrame({"lon": [104.5, np.nan, 104.25], "lat": ["11°30'N", "11.5", "11,5"], "line": [2, 3, 4]})
    log = RowLog("hubs", "h.parquet", read=3)
    located = locate_rows(rows, None, NumberFormat(), log)
    assert located[["lon", "lat"]].to_numpy().ravel().tolist() == pytest.approx([104.5, 11.5, 104.25, 11.5])
    assert [row["line"] for row in log.rows] == [3]


def test_inside_is_between_all_four_sides_with_half_a_degree_to_spare():
    lon, lat = np.array([103.0, 103, 103, 101.6, 101.4, np.nan]), np.array([10.0, 8.6, 8.4, 10, 10, 10])
    assert share_inside(lon, lat, (102.0, 9.0, 108.0, 15.0)) == pytest.approx(3 / 5)
    assert share_inside(lon, lat + 5.6, (102.0, 9.0, 108.0, 15.0)) == pytest.approx(2 / 5)
