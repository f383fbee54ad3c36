"""GTFS archives made by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests import tiny

DAILY = (
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20260101,20261231\n"
    "sunday,0,0,0,0,0,0,1,20260101,20261231\n"
)
TRIPS = "route_id,service_id,trip_id\none,week,a1\none,week,a2\none,week,a3\none,week,a4\ntwo,week,b1\none,sunday,s1\n"


def calls(trip: str, stops: str, *times: str) -> str:
    """Rows of stop_times.txt: 'ABC' and for each stop 'arrival' or 'arrival departure'."""
    rows = zip(stops, times, strict=True)
    pairs = [(stop, [*time.split(), *time.split()][:2] if time else ["", ""]) for stop, time in rows]
    return "".join(f"{trip},{stop},{5 * number},{','.join(pair)}\n" for number, (stop, pair) in enumerate(pairs, 1))


# Line one every 20 minutes from A by B, where it waits a minute, to C; line two from C to A once an hour.
STOP_TIMES = "trip_id,stop_id,stop_sequence,arrival_time,departure_time\n" + "".join(
    [
        *(calls(f"a{n}", "ABC", f"8:{m}:00", f"08:{m + 10}:00 08:{m + 11}:00", f"08:{m + 20}:00") for n, m in
          ((1, 10), (2, 30))),
        calls("a3", "ABC", "7:50:00", "08:00:00 08:01:00", "08:10:00"),
        calls("a4", "ABC", "8:50:00", "09:00:00 09:01:00", "09:10:00"),
        calls("b1", "CA", "8:05:00", "8:35:00"),
        calls("s1", "ABC", "8:00:00", "8:01:00", "8:02:00"),
    ]
)  # fmt: skip


def write(path: Path, of_stops: str, **members: str) -> Path:
    """An archive of the three stops' timetable, with members in the place of its own; '' leaves one out."""
    usual = {"stops": of_stops, "trips": TRIPS, "stop_times": STOP_TIMES, "calendar": DAILY}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (usual | members).items():
            if text:
                archive.writestr(zipfile.ZipInfo(f"{name}.txt"), text)
    return path


def stops_at(places: Mapping[str, int]) -> str:
    """Stops in the middle of communes of the tiny country, by their rows."""
    middle = tiny.centres().round(7)
    rows = [f"{stop},{middle.loc[row, 'lat']},{middle.loc[row, 'lon']}\n" for stop, row in places.items()]
    return "stop_id,stop_lat,stop_lon\n" + "".join(rows)
