"""What is measured of a layer's rows, at its limits, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from commune_coverage.config.layers import PointsLayer, RasterLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.quality.intake import Measured, note_gaps
from commune_coverage.quality.intake_measures import has_nothing, measure_intake
from commune_coverage.readers.layer_spec import ReadResult
from tests import tiny


def _hubs(log: RowLog, **result: Any) -> dict[str, Measured]:
    layer = PointsLayer(path=Path("hubs.csv"))
    found = measure_intake("hubs", layer, ReadResult(row_logs=[log], **result), None)
    return {each.check: each for each in found}


@pytest.mark.parametrize(("rows", "filtered", "share"), [(1, 0, 1.0), (3, 0, 1 / 3), (3, 1, 0.5)])
def test_the_share_of_lost_rows_is_of_those_that_no_filter_leaves_out(rows: int, filtered: int, share: float) -> None:
    log = RowLog("hubs", "hubs.csv", read=rows, filtered=filtered, kept=rows - filtered - 1)
    log.set_aside([2], Reason.NOT_A_NUMBER)
    assert log.is_balanced()
    assert _hubs(log)["lost_share"].share == pytest.approx(share)


def test_one_row_that_is_lost_is_said_to_be_set_aside() -> None:
    log = RowLog("hubs", "hubs.csv", read=1)
    log.set_aside([2], Reason.NOT_A_NUMBER)
    assert _hubs(log)["lost_share"].detail == "1 of 1 rows of 'hubs.csv' are set aside"


def test_where_nothing_is_kept_what_lies_round_the_country_is_outside_too() -> None:
    layer = PointsLayer(path=Path("hubs.csv"))
    for kept, share in ((0, 1.0), (1, 3 / 5)):
        log = RowLog("hubs", "hubs.csv", read=4 + kept, kept=kept, neighbours=1, out_of_area=3)
        found = {each.check: each for each in measure_intake("hubs", layer, ReadResult(row_logs=[log]), tiny.area())}
        assert found["outside_share"].share == pytest.approx(share)


def test_a_table_of_nothing_but_positions_has_positions() -> None:
    table = pd.DataFrame({"lon": [1.0, 1.0, 2.0], "lat": [3.0, 3.0, 3.0]})
    measured = _hubs(RowLog("hubs", "hubs.csv", read=3, kept=3), tables={"hubs": table})
    assert "one_point_share" in measured
    found = measured["one_point_share"]
    assert (found.share, found.rows) == (pytest.approx(2 / 3), 3)
    assert found.detail == "2 of 3 rows stand on one position (lon 1, lat 3)"


def test_only_a_layer_of_rows_has_nothing() -> None:
    empty = ReadResult(row_logs=[RowLog("hubs", "hubs.csv", read=1)])
    assert has_nothing("hubs", PointsLayer(path=Path("hubs.csv")), empty)
    assert not has_nothing("hubs", PointsLayer(path=Path("hubs.csv")), ReadResult())
    cells = ReadResult(row_logs=[RowLog("water", "water.tif", read=9, out_of_area=9)])
    assert not has_nothing("water", RasterLayer(path=Path("water.tif")), cells)


def test_no_gap_is_no_note() -> None:
    log = RowLog("people", "people.csv")
    note_gaps([Measured("no_data_share", 0.0, "none"), Measured("lost_share", 1.0, "lost")], [log])
    assert log.notes == []
    note_gaps([Measured("no_data_share", 0.25, "1 of 4 communes"), Measured("no_point_share", 0.5, "2 of 4")], [log])
    assert log.notes == ["1 of 4 communes", "2 of 4"]
