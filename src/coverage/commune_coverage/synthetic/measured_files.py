"""What is measured and counted in the invented country: speed tests by tile, fibre, users by province."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from commune_coverage.core.quarantine import Reason
from commune_coverage.synthetic.faults import Fault, Planted, Row
from commune_coverage.synthetic.frame import Floats, stream
from commune_coverage.synthetic.raw_files import delimited, label, write_bytes
from commune_coverage.synthetic.world import World

_ZOOM = 16
_TILES, _STATIONS = 700, 40
_TYPICAL_KBPS, _SCATTER = 11_000, 0.9
_USING = 0.45
_HEADER = ["quadkey", "avg_d_kbps", "avg_u_kbps", "avg_lat_ms", "tests", "devices"]


def write_measured_files(world: World, folder: Path, planted: Planted) -> None:
    """speed_tests.csv in Ookla's columns, fibre.json in the Open Fibre Data Standard, users.csv."""
    _speed_tests(world, folder / "speed_tests.csv", planted)
    _fibre(world, folder / "fibre.json", planted)
    _users(world, folder / "users.csv", planted)
    titles = {"speed_tests.csv": "Speed tests by tile", "fibre.json": "Fibre network", "users.csv": "Internet users"}
    for name, title in titles.items():
        label(folder / name, title, world.seed)


def _speed_tests(world: World, path: Path, planted: Planted) -> None:
    """Tiles under settlements, larger ones first; speeds owe nothing to the towers."""
    rng = stream(world.seed, "speed tests")
    places = world.settlements.head(_TILES)
    keys = dict.fromkeys(quadkeys(places["lon"].to_numpy(float), places["lat"].to_numpy(float)))
    down = _TYPICAL_KBPS * np.exp(_SCATTER * rng.normal(size=len(keys)))
    tests = np.ceil(rng.lognormal(2.0, 1.2, len(keys)))
    numbers = zip(keys, down, 0.3 * down, rng.uniform(18, 90, len(keys)), tests, np.ceil(tests / 2), strict=True)
    good = [[key, *(f"{value:.0f}" for value in values)] for key, *values in numbers]
    rows = planted.insert("speed_tests", path.name, good, _test_faults(good[0]), first_line=2)
    write_bytes(path, delimited([_HEADER, *rows]).encode())


def _test_faults(row: Row) -> list[Fault]:
    return [
        (["12x", *row[1:]], Reason.COORDINATE_MISSING),
        ([row[0], "fast", *row[2:]], Reason.NOT_A_NUMBER),
        ([*row[:4], "0", row[5]], Reason.OUT_OF_RANGE),
        ([row[0], "", *row[2:]], Reason.MISSING_VALUE),
        (["1202102332221212", *row[1:]], "out_of_area"),
    ]


def quadkeys(lon: Floats, lat: Floats) -> list[str]:
    """The Web Mercator tile of zoom 16 that each position lies in."""
    side = 2**_ZOOM
    column = np.floor((lon + 180) / 360 * side).astype(int)
    row = np.floor((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * side).astype(int)
    bits = range(_ZOOM - 1, -1, -1)
    return ["".join(str((c >> bit & 1) + 2 * (r >> bit & 1)) for bit in bits) for c, r in zip(column, row, strict=True)]


def _fibre(world: World, path: Path, planted: Planted) -> None:
    """Nodes in the largest settlements, each joined to the nearest larger one; the smallest are only planned."""
    places = world.settlements.head(_STATIONS)
    at = places[["lon", "lat"]].to_numpy(float).round(6).tolist()
    names = places["name"].tolist()
    nodes: list[dict[str, object]] = [
        {"id": str(n), "name": names[n], "status": _status(n), "location": {"type": "Point", "coordinates": at[n]}}
        for n in range(len(at))
    ]
    nodes.append({"id": "lost", "name": "without a place", "status": "operational"})
    planted.add("fibre", path.name, len(nodes), Reason.NO_GEOMETRY)
    spans = []
    for n in range(1, len(at)):
        nearest = min(range(n), key=lambda m, n=n: np.hypot(at[n][0] - at[m][0], at[n][1] - at[m][1]))  # type: ignore[misc]
        route = {"type": "LineString", "coordinates": [at[nearest], at[n]]}
        shape = {"route": route} if n % 3 else {}
        spans.append({"id": f"s{n}", "start": str(nearest), "end": {"id": str(n)}, "status": _status(n), **shape})
    content = {"networks": [{"id": "invented", "nodes": nodes, "spans": spans}]}
    write_bytes(path, json.dumps(content, ensure_ascii=False, indent=1).encode())


def _status(number: int) -> str:
    return "operational" if number < 0.8 * _STATIONS else "proposed"


def _users(world: World, path: Path, planted: Planted) -> None:
    """Users by province; a code that no province has, and a number that is none."""
    province = world.communes["province_code"].to_numpy()[world.settlements["commune"].to_numpy()]
    people = world.settlements["people"].groupby(province).sum()
    rows = [[str(code), f"{_USING * total:.0f}"] for code, total in people.items() if code]
    faults: list[tuple[list[str], Reason]] = [
        (["77", "1200"], Reason.UNMATCHED_CODE), ([rows[0][0] + "01", "many"], Reason.NOT_A_NUMBER)
    ]  # fmt: skip
    for row, reason in faults:
        rows.append(row)
        planted.add("subscriptions", path.name, len(rows) + 1, reason)
    write_bytes(path, delimited([["province_code", "users"], *rows]).encode())
