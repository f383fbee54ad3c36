"""Random positions in every writing are read back; what cannot be one position is set aside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from commune_coverage.config.layers import NumberFormat
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.parsing.coordinates import locate_rows, parse_degrees

# How people write an angle: from whole degrees, minutes, seconds, or degrees with decimals, and the side's letter.
WRITINGS = {
    "decimal": lambda d, side: f"{d:.8f}{side}",
    "decimal, side first": lambda d, side: f"{side} {d:.8f}°",
    "decimal comma": lambda d, side: f"{d:.8f}° {side}".replace(".", ","),
    "signs": lambda d, side: "{}°{:02d}'{:09.6f}\"{}".format(*_parts(d), side),
    "side first": lambda d, side: "{}{}°{:02d}'{:09.6f}\"".format(side, *_parts(d)),
    "primes": lambda d, side: "{}° {}′ {:.6f}″ {}".format(*_parts(d), side),
    "quotes": lambda d, side: "{}º{}’{:.6f}” {}".format(*_parts(d), side.lower()),
    "two apostrophes": lambda d, side: "{}°{}'{:.6f}''{}".format(*_parts(d), side),
    "spaces": lambda d, side: "{} {} {:.6f} {}".format(*_parts(d), side),
    "colons": lambda d, side: "{}:{}:{:.6f}{}".format(*_parts(d), side),
    "hyphens": lambda d, side: "{}-{}-{:.6f}{}".format(*_parts(d), side),
    "letters": lambda d, side: "{}d{}m{:.6f}s{}".format(*_parts(d), side),
    "words": lambda d, side: "{} deg {} min {:.6f} sec {}".format(*_parts(d), WORDS[side][0]),
    "French": lambda d, side: "{}°{}'{:.6f}\" {}".format(*_parts(d), WORDS[side][1]),
    "decimal minutes": lambda d, side: "{}° {:.8f}' {}".format(*_minutes(d), side),
    "decimal minutes, comma": lambda d, side: "{}°{:.8f}'{}".format(*_minutes(d), side).replace(".", ","),
    "Khmer": lambda d, side: "{}°{}′{:.6f}″{}".format(*_parts(d), WORDS[side][2]).translate(KHMER_DIGITS),
}
WORDS = {
    "N": ("North", "Nord", "ខាងជើង"),
    "S": ("South", "Sud", "ខាងត្បូង"),
    "E": ("East", "Est", "ខាងកើត"),
    "W": ("West", "Ouest", "ខាងលិច"),
}
KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
POSITIONS = st.tuples(st.floats(-179.9, 179.9), st.floats(-80, 83)).filter(lambda p: min(abs(p[0]), abs(p[1])) > 1e-5)


def _located(rows, crs=None):
    frame = pd.DataFrame(rows, columns=["lon", "lat"], dtype=object).assign(line=range(2, len(rows) + 2))
    log = RowLog("towers", "t.csv", read=len(rows))
    return locate_rows(frame, crs, NumberFormat(), log), log


def _parts(degrees: float) -> tuple[int, int, float]:
    """Whole degrees and minutes, and seconds to a millionth, never 60 of either."""
    millionths = round(degrees * 3600e6)
    minutes, left = divmod(millionths, 60_000_000)
    return minutes // 60, minutes % 60, left / 1e6


def _minutes(degrees: float) -> tuple[int, float]:
    parts = divmod(round(degrees * 60e8), 60 * 10**8)
    return parts[0], parts[1] / 1e8


def _written(degrees, positive, negative, writing):
    return WRITINGS[writing](abs(degrees), positive if degrees >= 0 else negative)


@given(st.lists(st.tuples(POSITIONS, st.sampled_from(sorted(WRITINGS))), min_size=1, max_size=8))
def test_rows_in_mixed_writings_are_read_back(rows):
    kept, log = _located([(_written(lon, "E", "W", how), _written(lat, "N", "S", how)) for (lon, lat), how in rows])
    assert log.rows == []
    assert kept[["lon", "lat"]].to_numpy() == pytest.approx(np.array([position for position, _ in rows]), abs=1e-6)


@given(
    POSITIONS, st.sampled_from(sorted(WRITINGS)), st.sampled_from(["{1}, {0}", "{0} {1}", "{1} / {0}", "({1}; {0})"])
)
def test_a_cell_with_both_angles_is_split_by_their_directions(position, writing, form):
    (lon, lat), how = position, writing
    text = form.format(_written(lon, "E", "W", how), _written(lat, "N", "S", how))
    if "comma" in how and form == "{1}, {0}":
        text = text.replace(", ", " ; ")
    kept, log = _located([(text, text)])
    assert log.rows == []
    assert kept[["lon", "lat"]].to_numpy()[0] == pytest.approx(position, abs=1e-6)


@given(POSITIONS)
def test_utm_in_one_cell_is_what_pyproj_says(position):
    lon, lat = position
    zone, half = int((lon + 180) // 6) + 1, "N" if lat >= 0 else "S"
    to_utm = Transformer.from_crs("EPSG:4326", f"EPSG:{326 if half == 'N' else 327}{zone:02d}", always_xy=True)
    east, north = to_utm.transform(lon, lat)
    for text in (f"{zone}{half} {east:.3f} {north:.3f}", f"UTM {zone} {half}, E {east:.3f} m, N {north:.3f} m"):
        kept, log = _located([(text, text)])
        assert log.rows == []
        assert kept[["lon", "lat"]].to_numpy()[0] == pytest.approx(position, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11.55",
        "11,55",
        "11.55 N, 12.55 N",
        "11°61'N 104°55'E",
        "48N 491234",
        "61N 491234 1278901",
        "48N 99 1278901",
        "48N 491234 12789010",
        "95.5, 104.9",
        "105.5, 104.9",
        "<script>",
    ],
)
def test_a_cell_without_one_possible_position_is_set_aside(text):
    good = "11.55, 104.91"
    kept, log = _located([(text, text), (good, good)])
    assert kept[["lon", "lat"]].to_numpy().tolist() == [[104.91, 11.55]]
    assert [row["line"] for row in log.rows] == [2]


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("11 33 36 S", -11.56),
        ("11 33 36 s", -11.56),
        ("11d33m36s", 11.56),
        ("-11°33'36\"S", -11.56),
        ("-11°33'36\"N", np.nan),
        ("N 11°33'36\"N", np.nan),
        ("11°33.5'30\"", np.nan),
        ("11.5°30'", np.nan),
        ("11°59'60\"", np.nan),
        ("1045512E", 104.92),
        ("-0°30'", -0.5),
    ],
)
def test_directions_and_signs_never_turn_an_angle_around(text, degrees):
    assert parse_degrees(pd.Series([text], dtype=object))[0] == pytest.approx(degrees, nan_ok=True)


def test_angles_in_each_others_column_are_set_aside_as_swapped():
    kept, log = _located([("11°33'N", "104°55'E"), ("11°33'N", "4.5"), ("104°55'E", "11°33'N")])
    assert list(kept["line"]) == [4]
    assert [(row["line"], row["reason_code"]) for row in log.rows] == [
        (2, "swapped_coordinates"),
        (3, "swapped_coordinates"),
    ]


def test_angles_and_marked_metres_may_stand_beside_plain_metres():
    kept, log = _located(
        [("491000", "1278000"), ("491 000 mE", "1 278 000 mN"), ("104°55'02.6\"E", "11°33'39\"N")], crs="EPSG:32648"
    )
    assert log.rows == []
    assert kept["lon"].tolist() == pytest.approx([104.9174] * 3, abs=1e-3)
    assert kept["lat"].tolist() == pytest.approx([11.5609] * 3, abs=1e-3)
