import numpy as np
import pandas as pd
import pytest

from coverage.quarantine import RowLog
from coverage.sources.coordinates import locate_rows, parse_degrees


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
    ],
)
def test_degrees_in_every_form(text, degrees):
    assert parse_degrees(pd.Series([text], dtype=object))[0] == pytest.approx(degrees, nan_ok=True)


def _located(rows, crs=None):
    frame = pd.DataFrame(rows, columns=["lon", "lat"], dtype=object).assign(line=range(2, len(rows) + 2))
    log = RowLog("towers", "t.csv", read=len(rows))
    return locate_rows(frame, crs, None, log), log


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
