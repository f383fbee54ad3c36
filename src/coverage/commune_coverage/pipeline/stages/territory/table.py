"""The table of coverage of land, roads and institutions, by commune, district, province and nation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_table
from commune_coverage.indicators.areas import Areas, areas_of
from commune_coverage.indicators.shares import low_high, share_of
from commune_coverage.pipeline.stages.radio.artifacts import operators_of
from commune_coverage.pipeline.stages.territory.samples import ALL_CELLS
from commune_coverage.pipeline.stages.territory.tile import WHOLE
from commune_coverage.radio.service.bit_flags import BUSY_OUTDOOR, SERVED, covered_column
from commune_coverage.schema.inputs import BOUNDS, PLACE_BOUNDS, TECHNOLOGIES
from commune_coverage.schema.territory import ANY, INSTITUTIONS, LAND, LINES, SIGNAL, TERRITORY_COVERAGE, UNITS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_MM_PER_KM = 1e6
_ON_THE_WAY = ("outdoor", "in_vehicle")
_RECEIVERS = {LAND: ("outdoor",), **dict.fromkeys(LINES, _ON_THE_WAY), INSTITUTIONS: ("outdoor", "indoor")}


class CommuneEvidence(NamedTuple):
    """What is known of the communes' networks.

    Attributes
    ----------
    sites : (communes,) float64
        Sites in each, over which the doubts of single cells average out.
    is_poor : (communes,) bool
        Of which too little is known for an estimate.
    """

    sites: Floats
    is_poor: Flags


class _Service(NamedTuple):
    operator: str
    technology: str
    service_level: str
    where: str
    flag: str


def tabulate_territory(
    folder: Path,
    communes: gpd.GeoDataFrame,
    operators: Sequence[str],
    speeds_mbps: Sequence[float],
    known: CommuneEvidence,
) -> pd.DataFrame:
    """List what is covered by area.

    Parameters
    ----------
    folder : Path
        Folder ``territory`` of the run's stages.
    communes : GeoDataFrame
        In code order.
    operators : sequence of str
        Operators in the order of their numbers.
    speeds_mbps : sequence of float, Mbps
        Speeds that are counted.
    known : CommuneEvidence
        What is known of the communes' networks.

    Returns
    -------
    DataFrame
        ``TERRITORY_COVERAGE`` without the labels of the run. Classes of roads and institutions stand for areas above
        the commune. Of a commune with too little evidence the low end has nothing covered, the high end all.
    """
    sums, areas = read_table(folder / "sums.parquet"), list(areas_of(communes))
    units = _units(sums, communes["area_km2"].to_numpy(np.float64))
    blocks = [
        block
        for measure in UNITS
        for kind, held in _kinds(sums, measure, units[measure], len(communes))
        for service in _services(measure, operators, speeds_mbps)
        for block in _blocks(held, measure, kind, service, areas, known)
    ]
    names = [name for name in TERRITORY_COVERAGE.names if name != "synthetic_layers"]
    return _joined(blocks)[names] if blocks else pd.DataFrame(columns=names)


def _units(sums: pd.DataFrame, area_km2: Floats) -> dict[str, Floats]:
    """What one counted thing of each measure is in its unit, by commune."""
    cells = _by_commune(sums[sums["measure"] == ALL_CELLS], len(area_km2))[WHOLE].to_numpy()
    cell_km2 = np.divide(area_km2, cells, out=np.zeros(len(area_km2)), where=cells > 0)
    everywhere = np.ones(len(area_km2))
    return {LAND: cell_km2, **dict.fromkeys(LINES, everywhere / _MM_PER_KM), INSTITUTIONS: everywhere}


def _by_commune(rows: pd.DataFrame, communes: int) -> pd.DataFrame:
    figures = rows.drop(columns=["measure", "kind"]).groupby("commune").sum()
    return figures.reindex(range(communes), fill_value=0.0)


def _kinds(sums: pd.DataFrame, measure: str, unit: Floats, communes: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """All of a measure, and each of its classes, in its unit by commune."""
    own = sums[sums["measure"] == measure]
    if own.empty:
        return
    yield "", _by_commune(own, communes).mul(unit, axis=0)
    for kind, rows in own[own["kind"] != ""].groupby("kind", sort=True):
        yield str(kind), _by_commune(rows, communes).mul(unit, axis=0)


def _services(measure: str, operators: Sequence[str], speeds_mbps: Sequence[float]) -> Iterator[_Service]:
    for where, technology in product(_RECEIVERS[measure], TECHNOLOGIES):
        for row, name in [*enumerate(operators), (None, ANY)]:
            yield _Service(name, technology, SIGNAL, where, covered_column(where, row, technology))
    for speed in speeds_mbps:
        yield _Service(ANY, ANY, f"{speed:g} Mbps", "outdoor", f"{SERVED[BUSY_OUTDOOR]}_{speed:g}")


class _Block(NamedTuple):
    """Rows of one level that share their labels."""

    labels: dict[str, str]
    codes: list[str]
    figures: dict[str, Floats]


def _blocks(
    held: pd.DataFrame, measure: str, kind: str, service: _Service, areas: Sequence[Areas], known: CommuneEvidence
) -> Iterator[_Block]:
    whole, named = held[WHOLE].to_numpy(), service._asdict()
    flag = named.pop("flag")
    covered = low_high(
        {f"{flag}{bound}": held[f"{flag}{bound}"].to_numpy() for bound in PLACE_BOUNDS}, flag, known.sites
    )
    clipped = {bound: np.clip(values, 0.0, whole) for bound, values in covered.items()}
    labels = {"measure": measure, "kind": kind, **named, "unit": UNITS[measure]}
    for level in areas:
        if not kind or level.level != "commune":
            yield _Block({"level": level.level, **labels}, level.codes, _figures(level, whole, clipped, known.is_poor))


def _joined(blocks: Sequence[_Block]) -> pd.DataFrame:
    """One table: a frame for each block would take most of the time."""
    sizes = [len(block.codes) for block in blocks]
    labels = {
        name: np.repeat(np.array([block.labels[name] for block in blocks], dtype=object), sizes)
        for name in blocks[0].labels
    }
    figures = {name: np.concatenate([block.figures[name] for block in blocks]) for name in blocks[0].figures}
    return pd.DataFrame({"code": [code for block in blocks for code in block.codes], **labels, **figures})


def _figures(level: Areas, whole: Floats, covered: dict[str, Floats], is_poor: Flags) -> dict[str, Floats]:
    """Whole and covered with shares, by area; of poor communes nothing is covered at the low end, all at the high."""
    low, high = np.where(is_poor, 0.0, covered["_low"]), np.where(is_poor, whole, covered["_high"])
    sums = [np.where(is_poor, 0.0, whole), np.where(is_poor, 0.0, covered[""]), whole, low, high]
    known, estimate, everything, low, high = (level.sum(values, len(whole)) for values in sums)
    is_known = known > 0
    shares = (share_of(estimate, known), share_of(low, everything), share_of(high, everything))
    named = {
        f"covered_share{bound}": np.where(is_known, part, np.nan) for bound, part in zip(BOUNDS, shares, strict=True)
    }
    return {"whole": everything, "covered": np.where(is_known, estimate, np.nan)} | named


def covering_operators(stages: Path, institutions: int) -> pd.DataFrame:
    """Name who covers each institution outdoors.

    Parameters
    ----------
    stages : Path
        Folder of the run's stages.
    institutions : int
        How many there are.

    Returns
    -------
    DataFrame
        (institutions,) ``operators_2g`` to ``operators_5g``: names by comma; empty where none does, or where the
        country file does not ask for coverage of institutions.
    """
    source = stages / "territory" / "institutions.parquet"
    nobody = pd.DataFrame("", index=range(institutions), columns=[f"operators_{name}" for name in TECHNOLOGIES])
    if not source.is_file():
        return nobody
    known, names = read_table(source).set_index("row"), operators_of(stages)
    for technology in TECHNOLOGIES:
        flags = known[[covered_column("outdoor", row, technology) for row in range(len(names))]].to_numpy(bool)
        held = [", ".join(name for name, flag in zip(names, row, strict=True) if flag) for row in flags]
        nobody.loc[known.index, f"operators_{technology}"] = held
    return nobody
