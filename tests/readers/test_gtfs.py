"""Timetables by hand, and random ones counted trip by trip."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from commune_coverage.config.layers import GtfsLayer
from commune_coverage.core.errors import MissingColumnError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.readers.transit.reader import read_gtfs
from commune_coverage.readers.transit.timetable import Window, busiest_day, lines_of
from tests import gtfs, tiny

ABC = gtfs.stops_at({"A": 3, "B": 4, "C": 5})


def read(path: Path, **settings: object):
    """Stops, calls and logs of an archive on the tiny country."""
    result = read_gtfs(GtfsLayer(path=path, **settings), tiny.context(tiny.area()))
    assert all(log.is_balanced() for log in result.row_logs)
    return result.tables["gtfs"], result.tables["gtfs_calls"], {log.file.split("/")[1]: log for log in result.row_logs}


def test_waits_and_rides_of_three_stops_and_two_lines_by_hand(tmp_path: Path) -> None:
    stops, calls, _ = read(gtfs.write(tmp_path / "t.zip", ABC))
    assert stops["stop_id"].tolist() == ["A", "B", "C"]
    assert calls["line"].tolist() == [0, 0, 0, 1, 1]
    assert calls["stop"].tolist() == [0, 1, 2, 2, 0]
    # From 8 to 9 o'clock three depart at A (8:10, 8:30, 8:50) and B (8:01, 8:21, 8:41), one at C.
    assert calls["wait_min"].iloc[[0, 1, 3]].tolist() == [10, 10, 30]
    assert calls["ride_min"].iloc[[0, 1, 3]].tolist() == [11, 9, 30]
    assert calls["arrive_min"].iloc[[0, 1, 3]].tolist() == [10, 9, 30]
    assert calls["ride_min"].iloc[[2, 4]].isna().all()


@pytest.mark.parametrize(
    ("settings", "waits"),
    [
        ({"at": "Su 08:00"}, [30, 30]),
        ({"at": "We 08:00", "within_min": 120}, [20, 15, 60]),
        ({"at": "We 09:00"}, [np.inf, 30]),
        ({"at": "Sa 08:00"}, []),
        ({"at": "We 12:00"}, []),
    ],
)
def test_what_runs_depends_on_the_day_and_the_hour(tmp_path: Path, settings, waits: list[float]) -> None:
    _, calls, _ = read(gtfs.write(tmp_path / "t.zip", ABC), **settings)
    last = ~calls["line"].duplicated(keep="last")
    assert calls["wait_min"][~last].tolist() == waits


def test_trips_that_repeat_count_by_their_headway(tmp_path: Path) -> None:
    frequencies = "trip_id,start_time,end_time,headway_secs\na1,06:00:00,08:30:00,600\na1,08:30:00,10:00:00,1200\n"
    times = gtfs.STOP_TIMES.splitlines()[0] + "\n" + gtfs.calls("a1", "ABC", "0:00:00", "0:10:00", "0:20:00")
    _, calls, _ = read(gtfs.write(tmp_path / "t.zip", ABC, frequencies=frequencies, stop_times=times))
    # At A 3 by ten minutes and 1.5 by twenty; at B, ten minutes later, 4 and 1.
    assert calls["wait_min"].iloc[:2].tolist() == pytest.approx([60 / 4.5 / 2, 6])
    assert calls["arrive_min"].iloc[:2].tolist() == [10, 10]
    # A stop abroad leaves the offsets of the others as they are.
    abroad = ABC.replace(ABC.splitlines()[1], "A,50.0,8.0")
    _, calls, _ = read(gtfs.write(tmp_path / "u.zip", abroad, frequencies=frequencies, stop_times=times))
    assert calls["wait_min"].iloc[0] == pytest.approx(6)


def test_times_that_a_trip_leaves_open_lie_evenly_between(tmp_path: Path) -> None:
    times = gtfs.STOP_TIMES.splitlines()[0] + "\n" + gtfs.calls("a1", "ABC", "8:00:00", "", "8:30:00")
    times += gtfs.calls("a2", "ABC", "8:05:00", "8:10:00", "")
    _, calls, _ = read(gtfs.write(tmp_path / "t.zip", ABC, stop_times=times))
    assert calls["ride_min"].iloc[:2].tolist() == [15, 15]
    assert calls["wait_min"].iloc[:2].tolist() == [30, 30]


def test_bad_rows_are_set_aside_and_stops_abroad_left_out(tmp_path: Path) -> None:
    stops = ABC + "D,no,104\nE,50.0,8.0\nA,11.0,104.0\n"
    times = (
        gtfs.STOP_TIMES + "zz,A,1,8:00:00,8:00:00\na1,Q,99,8:00:00,8:00:00\na1,A,98,8:61:00,8:00:00\na1,E,97,9:00:00,\n"
    )
    found, calls, logs = read(gtfs.write(tmp_path / "t.zip", stops, stop_times=times))
    assert found["stop_id"].tolist() == ["A", "B", "C"]
    assert calls["line"].nunique() == 2
    assert logs["stops.txt"].out_of_area == 1
    reasons = [row["reason_code"] for row in logs["stops.txt"].rows]
    assert sorted(reasons) == ["duplicate_id", "not_a_number"]
    reasons = [row["reason_code"] for row in logs["stop_times.txt"].rows]
    assert sorted(reasons) == ["not_a_number", "unknown_reference", "unknown_reference"]


def test_the_day_is_the_busiest_of_its_name_and_exceptions_count() -> None:
    trips = pd.DataFrame({"service_id": ["winter"] * 3 + ["summer"] * 2 + ["extra"]})
    calendar = pd.read_csv(
        pd.io.common.StringIO(
            gtfs.DAILY.splitlines()[0]
            + "\nwinter,1,1,1,1,1,1,1,20260101,20260131\nsummer,1,1,1,1,1,1,1,20260120,20260301\n"
        ),
        dtype={"start_date": str, "end_date": str},
    )
    tables = {"trips": trips, "calendar": calendar}
    # Wednesdays from the 20th of January to its end have both.
    assert busiest_day(tables, 2) == (date(2026, 1, 21), {"winter", "summer"})
    dates = {"service_id": ["winter", "extra"], "date": ["20260121", "20260128"], "exception_type": [2, 1]}
    found = busiest_day(tables | {"calendar_dates": pd.DataFrame(dates)}, 2)
    assert found == (date(2026, 1, 28), {"winter", "summer", "extra"})
    assert busiest_day({"trips": trips, "calendar_dates": pd.DataFrame(dates)}, 0) is None


@pytest.mark.parametrize("seed", range(8))
def test_random_timetables_equal_trips_counted_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, trips, wanted = [], [], defaultdict(list)
    for trip in range(60):
        route, stops = rng.choice(["x", "y"]), rng.choice(6, rng.integers(2, 5), replace=False)
        if trip % 3:
            stops = np.sort(stops)[:3]
        gaps = rng.integers(1, 15, (len(stops), 2)).astype(float)
        arrive = rng.integers(400, 560) + np.cumsum(gaps.sum(axis=1))
        leave = arrive + rng.integers(0, 3, len(stops))
        runs = bool(rng.random() < 0.8)
        trips.append((route, "on" if runs else "off", str(trip)))
        rows += [
            (str(trip), f"s{stop}", n, a, d) for n, (stop, a, d) in enumerate(zip(stops, arrive, leave, strict=True))
        ]
        if runs and ((leave >= 480) & (leave < 540)).any():
            wanted[(str(route), tuple(map(int, stops)))].append((arrive, leave))
    names = ["trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"]
    shuffled = pd.DataFrame(rows, columns=names).sample(frac=1, random_state=seed)
    tables = {"trips": pd.DataFrame(trips, columns=["route_id", "service_id", "trip_id"]), "stop_times": shuffled}
    found = lines_of(tables, {"on"}, pd.Series(range(6), index=[f"s{n}" for n in range(6)]), Window(480, 540))
    lines = [own.reset_index(drop=True) for _, own in found.groupby("line")]
    assert len(lines) == len(wanted)
    for own in lines:
        fitting = [times for (_, stops), times in wanted.items() if stops == tuple(own["stop"]) and _fits(own, times)]
        assert fitting


def _fits(own: pd.DataFrame, trips: list[tuple[np.ndarray, np.ndarray]]) -> bool:
    arrive, leave = (np.array([trip[part] for trip in trips]) for part in (0, 1))
    departing = ((leave >= 480) & (leave < 540)).sum(axis=0)
    waits = np.array([30 / count if count else np.inf for count in departing])
    rides, arrivals = (leave[:, 1:] - leave[:, :-1]).mean(axis=0), (arrive[:, 1:] - leave[:, :-1]).mean(axis=0)
    return (
        np.allclose(own["wait_min"], waits)
        and np.allclose(own["ride_min"][:-1], rides)
        and np.allclose(own["arrive_min"][:-1], arrivals)
    )


@pytest.mark.parametrize(
    ("lacks", "words"), [("stops", "stops.txt"), ("calendar", "calendar.txt"), ("trips", "trips.txt")]
)
def test_an_archive_without_a_member_is_one_sentence(tmp_path: Path, lacks: str, words: str) -> None:
    with pytest.raises(UnreadableFileError, match=f"lacks {words}"):
        read(gtfs.write(tmp_path / "t.zip", ABC, **{lacks: ""}))


def test_a_member_without_a_column_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingColumnError, match="route_id"):
        read(gtfs.write(tmp_path / "t.zip", ABC, trips="service_id,trip_id\nweek,a1\n"))


def test_nothing_but_the_members_is_unpacked_and_unsafe_archives_are_refused(tmp_path: Path) -> None:
    path = gtfs.write(tmp_path / "t.zip", ABC, shapes="not,a\ntable", evil="x")
    assert len(read(path)[1]) == 5
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../stops2.txt", "x")
    with pytest.raises(UnsafeArchiveError):
        read(path)
    two = gtfs.write(tmp_path / "two.zip", ABC)
    with zipfile.ZipFile(two, "a") as archive:
        archive.writestr("other/stops.txt", ABC)
    with pytest.raises(UnreadableFileError, match=r"two files stops\.txt"):
        read(two)


@pytest.mark.parametrize("wrong", [{"at": "We"}, {"at": "08:00"}, {"within_min": 5}])
def test_an_hour_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GtfsLayer(path=Path("t.zip"), **wrong)
