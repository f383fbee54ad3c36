"""``commune-coverage check``: every layer read as a run would read it, all problems listed, nothing computed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from coverage.country import Country
from coverage.errors import CoverageError
from coverage.layers import Layer, PeopleLayer, PointsLayer
from coverage.quarantine import RowLog
from coverage.sources import rasters
from coverage.sources.area import Area, area_of
from coverage.sources.communes import read_communes
from coverage.sources.fibre import read_fibre
from coverage.sources.files import require_file
from coverage.sources.people import read_people
from coverage.sources.points import read_points
from coverage.sources.radios import load_radios
from coverage.sources.roads import read_roads
from coverage.sources.speed_tests import read_speed_tests
from coverage.sources.subscriptions import read_subscriptions
from coverage.sources.towers import read_towers
from coverage.store import write_table

T = TypeVar("T")


@dataclass
class Findings:
    """Row logs of the layers that can be read, and one sentence for each that cannot."""

    logs: list[RowLog] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def check_country(country: Country) -> Findings:
    """Read every layer; a broken one does not hide the faults of the others.

    Without usable communes the other layers are read but not placed.
    """
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "communes.parquet"
        area = _try("communes", lambda: _area(country, kept, findings), findings)
        for name, read in _readers(country, area, kept).items():
            logs = _try(name, read, findings)
            findings.logs += logs or []
    _try("radios", lambda: load_radios(country.signal.radios), findings)
    return findings


def _try(name: str, read: Callable[[], T], findings: Findings) -> T | None:
    try:
        return read()
    except CoverageError as error:
        findings.problems.append(f"{name}: {error}")
        return None


def _area(country: Country, kept: Path, findings: Findings) -> Area:
    communes, logs = read_communes(country)
    findings.logs += logs
    write_table(kept, communes)
    return area_of(country, communes)


def _readers(country: Country, area: Area | None, kept: Path) -> dict[str, Callable[[], list[RowLog]]]:
    layers = country.layers
    readers: dict[str, Callable[[], list[RowLog]]] = {}
    if layers.people is not None:
        people = layers.people
        readers["people"] = partial(_people, people, area, kept) if area is not None else partial(_present, people)
    if layers.towers is not None:
        readers["towers"] = lambda: read_towers(country, area)[1]
    for name, layer in (("hubs", layers.hubs), ("payments", layers.payments)):
        if layer is not None:
            readers[name] = partial(_points, name, layer, area)
    if layers.roads is not None:
        readers["roads"] = partial(_roads, layers.roads, area)
    if layers.speed_tests is not None:
        tests = layers.speed_tests
        readers["speed_tests"] = lambda: read_speed_tests(tests, area)[1]
    if layers.fibre is not None:
        fibre = layers.fibre
        readers["fibre"] = lambda: [read_fibre(fibre, area)[1]]
    if layers.subscriptions is not None:
        users = layers.subscriptions
        readers["subscriptions"] = lambda: [read_subscriptions(users, None if area is None else area.communes)[1]]
    if layers.elevation is not None:
        readers["elevation"] = partial(_raster, layers.elevation)
    return readers


def _people(layer: PeopleLayer, area: Area, kept: Path) -> list[RowLog]:
    return read_people(layer, area, kept, "serial")[1]


def _present(layer: Layer) -> list[RowLog]:
    """What can be said of a layer that is read only together with the communes."""
    require_file(layer.path)
    return []


def _points(name: str, layer: PointsLayer, area: Area | None) -> list[RowLog]:
    return read_points(name, layer, area)[1]


def _roads(layer: Layer, area: Area | None) -> list[RowLog]:
    return [read_roads(layer, area)[1]]


def _raster(layer: Layer) -> list[RowLog]:
    log = RowLog("elevation", layer.path.name)
    with rasters.open_raster(layer) as source:
        for window in rasters.windows(source):
            rasters.read_window(source, window)
        log.note(f"{source.width} x {source.height} cells")
    return [log]
