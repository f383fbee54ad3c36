"""What people of the invented country travel with: vehicles by province, and timetables of buses between its towns."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Fault, Planted, Row
from commune_coverage.synthetic.frame import stream
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes, write_zip
from commune_coverage.synthetic.world import World

VEHICLES, TIMETABLE = "vehicles.csv", "buses.zip"
_MODES = ("bus", "bicycle", "motorbike", "car")
_SHARES = (0.05, 0.15, 0.45, 0.10)
_SCATTER = 0.15
_TOWNS, _BUS_KMH, _KM_PER_DEGREE = 12, 30.0, 111.0
_HEADWAY_S = 1800
_FIRST, _LAST = "06:00:00", "20:00:00"
_CALENDAR = ("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
             "daily,1,1,1,1,1,1,1,20260101,20261231\n")  # fmt: skip


def write_transport(world: World, folder: Path, planted: Planted) -> None:
    """vehicles.csv by code of province, and buses.zip in GTFS, each with faults."""
    _vehicles(world, folder / VEHICLES, planted)
    _timetable(world, folder / TIMETABLE, planted)
    label(folder / VEHICLES, "Vehicles by province", world.seed)
    label(folder / TIMETABLE, "Bus timetable", world.seed)


def _vehicles(world: World, path: Path, planted: Planted) -> None:
    rng = stream(world.seed, "vehicles")
    codes = sorted({str(code) for code in world.communes["province_code"]})
    shares = np.array(_SHARES) * np.exp(_SCATTER * rng.normal(size=(len(codes), len(_MODES))))
    good = [[code, *(f"{share:.3f}" for share in row)] for code, row in zip(codes, shares.tolist(), strict=True)]
    faults: list[Fault] = [
        (["77", "0.1", "0.1", "0.1", "0.1"], Reason.UNMATCHED_CODE),
        ([codes[0], "0.6", "0.3", "0.3", "0.1"], Reason.MODES_NOT_ONE),
        ([codes[1], "0.1", "", "0.3", "0.1"], Reason.MISSING_VALUE),
    ]
    rows = planted.insert("vehicles", path.name, good, faults, first_line=2)
    write_bytes(path, delimited([["code", *(f"{mode}_share" for mode in _MODES)], *rows]).encode())


def _timetable(world: World, path: Path, planted: Planted) -> None:
    """A line to and fro between each of the largest towns and the nearest larger one."""
    towns = world.settlements.nlargest(_TOWNS, "people")
    at = towns[["lon", "lat"]].to_numpy(float)
    trips: list[Row] = []
    calls: list[Row] = []
    for town in range(1, len(at)):
        degrees = np.hypot(*(at[:town] - at[town]).T)
        larger, km = int(np.argmin(degrees)), float(degrees.min()) * _KM_PER_DEGREE
        for name, ends in ((f"{town}-{larger}", (town, larger)), (f"{larger}-{town}", (larger, town))):
            trips.append([name, "daily", name])
            times = ("00:00:00", _clock(km / _BUS_KMH))
            calls += [[name, str(stop), str(order), times[order], times[order]] for order, stop in enumerate(ends)]
    write_zip(path, _members(at.tolist(), trips, calls, path.name, planted))


def _clock(hours: float) -> str:
    minutes = max(round(60 * hours), 1)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


def _members(
    at: list[list[float]], trips: list[Row], calls: list[Row], archive: str, planted: Planted
) -> dict[str, bytes]:
    stops: list[Row] = [[str(number), f"{lon:.6f}", f"{lat:.6f}"] for number, (lon, lat) in enumerate(at)]
    lost: list[Fault] = [(["lost", "", stops[0][2]], Reason.COORDINATE_MISSING)]
    late: list[Fault] = [
        ([*calls[0][:3], "soon", "soon"], Reason.NOT_A_NUMBER),
        (["nobody's", *calls[0][1:]], Reason.UNKNOWN_REFERENCE),
    ]
    tables = {
        "stops": (["stop_id", "stop_lon", "stop_lat"],
                  planted.insert("gtfs", f"{archive}/stops.txt", stops, lost, first_line=2)),
        "trips": (["route_id", "service_id", "trip_id"], trips),
        "stop_times": (["trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"],
                       planted.insert("gtfs.stop_times", f"{archive}/stop_times.txt", calls, late, first_line=2)),
        "frequencies": (["trip_id", "start_time", "end_time", "headway_secs"],
                        [[trip[2], _FIRST, _LAST, str(_HEADWAY_S)] for trip in trips]),
    }  # fmt: skip
    texts = {f"{name}.txt": delimited([header, *rows]).encode() for name, (header, rows) in tables.items()}
    return texts | {"calendar.txt": _CALENDAR.encode()}
