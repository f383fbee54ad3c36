"""``commune-coverage check``: every layer read as a run would read it, all problems listed, nothing computed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from commune_coverage.config.country import Country
from commune_coverage.config.layers import Layer, PeopleLayer
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.files import write_table
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.communes import read_communes
from commune_coverage.readers.boundaries.study_area import StudyArea, area_of
from commune_coverage.readers.formats import raster as rasters
from commune_coverage.readers.formats.provenance import files_of
from commune_coverage.readers.ground.grid import check_extent
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.measured.challenges import read_challenges
from commune_coverage.readers.measured.fibre import read_fibre
from commune_coverage.readers.measured.speed_tests import read_speed_tests
from commune_coverage.readers.measured.subscriptions import read_subscriptions
from commune_coverage.readers.points.reader import read_points
from commune_coverage.readers.population.reader import read_people
from commune_coverage.readers.safety.files import require_file
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.readers.towers.reader import read_towers
from commune_coverage.site.pages.assets import require_installed_files

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
    _try("pages", require_installed_files, findings)
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "communes.parquet"
        area = _try("communes", lambda: _area(country, kept, findings), findings)
        for name, read in _readers(country, area, kept).items():
            logs = _try(name, read, findings)
            findings.logs += logs or []
    _try("radios", lambda: load_radios(country.radio.radios), findings)
    return findings


def _try(name: str, read: Callable[[], T], findings: Findings) -> T | None:
    try:
        return read()
    except CoverageError as error:
        findings.problems.append(f"{name}: {error}")
        return None


def _area(country: Country, kept: Path, findings: Findings) -> StudyArea:
    communes, logs = read_communes(country)
    findings.logs += logs
    write_table(kept, communes)
    return area_of(country.layers.communes, country.metric_crs, communes)


def _readers(country: Country, area: StudyArea | None, kept: Path) -> dict[str, Callable[[], list[RowLog]]]:
    """What reads each layer that the country file names, the communes apart."""
    readers: dict[str, Callable[[Any], list[RowLog]]] = {
        "people": lambda layer: _present(layer) if area is None else _people(layer, area, kept),
        "towers": lambda _: read_towers(country, area)[1],
        "hubs": lambda layer: read_points("hubs", layer, area)[1],
        "payments": lambda layer: read_points("payments", layer, area)[1],
        "roads": lambda layer: [read_roads(layer, area)[1]],
        "elevation": lambda layer: _rasters("elevation", layer),
        "water": lambda layer: [check_extent("water", layer, area)],
        "flood": lambda layer: [check_extent("flood", layer, area)],
        "friction": lambda layer: _rasters("friction", layer),
        "speed_tests": lambda layer: read_speed_tests(layer, area)[1],
        "fibre": lambda layer: read_fibre(layer, area)[1],
        "challenges": lambda layer: [read_challenges(layer, None if area is None else area.communes)[1]],
        "subscriptions": lambda layer: [read_subscriptions(layer, None if area is None else area.communes)[1]],
    }
    named = dict(country.layer_items)
    return {name: partial(read, named[name]) for name, read in readers.items() if name in named}


def _people(layer: PeopleLayer, area: StudyArea, kept: Path) -> list[RowLog]:
    return read_people(layer, area, kept, kept.parent, "serial")[1]


def _present(layer: Layer) -> list[RowLog]:
    """What can be said of a layer that is read only together with the communes."""
    require_file(layer.path)
    return []


def _rasters(name: str, layer: Layer) -> list[RowLog]:
    return [rasters.check_raster(name, ref) for _, ref in files_of(layer)]
