"""The table of declared coverage: by commune, district, province and nation, who covers what share of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.files import read_json
from commune_coverage.indicators.areas import Areas, areas_of
from commune_coverage.indicators.shares import share_of
from commune_coverage.pipeline.stages.declared.targets import ANY, Target
from commune_coverage.readers.declared.claims import ANY_SPEED_MBPS
from commune_coverage.schema.declared import DECLARED, DECLARED_COVERAGE, NOT_DECLARED, OF_LAYER, OF_PLACES

Floats = npt.NDArray[np.float64]
_M2_PER_KM2 = 1e6
_MM_PER_KM = 1e6


class DeclaredSums(NamedTuple):
    """What is declared of one basis of people, in sums of communes.

    Attributes
    ----------
    basis : str
        Whose people: those of the people layer, or those that a table of places counts.
    targets : tuple of Target
        What is summed.
    sums : dict of str to (1 + targets, communes) float64
        People, land (m2) and roads (mm): all, then those that each target covers. People of a table of places have one
        column more, of those in no commune.
    """

    basis: str
    targets: tuple[Target, ...]
    sums: dict[str, Floats]


def read_declared(folder: Path, area_km2: Floats) -> list[DeclaredSums]:
    """Read the sums of declared coverage.

    Parameters
    ----------
    folder : Path
        Folder of the run's stages.
    area_km2 : (communes,) float64
        Geodesic area of the communes.

    Returns
    -------
    list of DeclaredSums
        None without declared coverage. Land is the part of a commune's area that its dry cells are of all its cells, in
        whole m2.
    """
    found = []
    if (folder / "declared_sums.npz").is_file():
        with np.load(folder / "declared_sums.npz") as archive:
            arrays = {name: archive[name] for name in archive.files}
        cells = arrays.pop("cells")
        with np.errstate(invalid="ignore"):
            arrays["land_m2"] = np.rint(arrays.pop("land_cells") / cells * area_km2 * _M2_PER_KM2)
        found.append(DeclaredSums(OF_LAYER, _targets(folder / "declared_sums.json"), arrays))
    if (folder / "declared_sums.places.npz").is_file():
        with np.load(folder / "declared_sums.places.npz") as archive:
            people = archive["people"]
        found.append(DeclaredSums(OF_PLACES, _targets(folder / "declared_sums.places.json"), {"people": people}))
    return found


def _targets(source: Path) -> tuple[Target, ...]:
    return tuple(Target(**entry | {"claims": tuple(entry["claims"])}) for entry in read_json(source))


def tabulate_declared(
    communes: gpd.GeoDataFrame, declared: Sequence[DeclaredSums], operators: Sequence[str]
) -> pd.DataFrame:
    """List what operators declare by area.

    Parameters
    ----------
    communes : GeoDataFrame
        In code order.
    declared : sequence of DeclaredSums
        Of each basis.
    operators : sequence of str
        Those of the country that are known; of one that has not declared it says so.

    Returns
    -------
    DataFrame
        ``DECLARED_COVERAGE`` without the labels of the run.
    """
    areas = list(areas_of(communes))
    parts = [part for one in declared for part in _rows_of_basis(one, areas, len(communes), operators)]
    names = [name for name in DECLARED_COVERAGE.names if name != "synthetic_layers"]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


def _rows_of_basis(
    declared: DeclaredSums, areas: list[Areas], communes: int, operators: Sequence[str]
) -> Iterator[pd.DataFrame]:
    by_key = {target[:4]: (row + 1, target) for row, target in enumerate(declared.targets)}
    known = sorted({*operators, *(target.operator for target in declared.targets)} - {ANY})
    kinds = dict.fromkeys(target[1:4] for target in declared.targets)
    for level in areas:
        for operator, (technology, speed_mbps, environment) in product([*known, ANY], kinds):
            row, target = by_key.get((operator, technology, speed_mbps, environment), (None, None))
            columns: dict[str, Any] = {
                "level": level.level, "code": level.codes, "operator": operator, "technology": technology,
                "service_level": service_level(speed_mbps), "environment": environment,
                "status": NOT_DECLARED if target is None else DECLARED,
                "declared_by": "" if target is None else target.declared_by,
                "date": "" if target is None else target.date, "people_basis": declared.basis,
            }  # fmt: skip
            yield pd.DataFrame(columns | _figures(declared, level, communes, row))


def covered_people_share(declared: Sequence[DeclaredSums], speed_mbps: float, environment: str) -> Floats | None:
    """Share of each commune's people whom any operator declares to cover at a speed or a faster one.

    Parameters
    ----------
    declared : sequence of DeclaredSums
        Of each basis; the people of the people layer come first where they are known.
    speed_mbps : float
        Downlink, Mbps.
    environment : str
        Where the receiver is.

    Returns
    -------
    (communes,) float64 or None
        NaN where there is nobody; None where nobody declares that speed.
    """
    for one in declared:
        keys = [target[:4] for target in one.targets]
        if "people" in one.sums and (ANY, ANY, speed_mbps, environment) in keys:
            row = 1 + keys.index((ANY, ANY, speed_mbps, environment))
            communes = one.sums["people"].shape[1] - (one.basis == OF_PLACES)
            return share_of(one.sums["people"][row, :communes], one.sums["people"][0, :communes])
    return None


def service_level(speed_mbps: float) -> str:
    """Name a service level: 'signal', or a speed such as '10 Mbps'.

    Parameters
    ----------
    speed_mbps : float
        Downlink, Mbps; ``ANY_SPEED_MBPS`` for a signal of any speed.

    Returns
    -------
    str
    """
    return "signal" if speed_mbps == ANY_SPEED_MBPS else f"{speed_mbps:g} Mbps"


_MEASURES = (("people", "people", 1.0), ("land_m2", "land_km2", _M2_PER_KM2), ("road_mm", "road_km", _MM_PER_KM))


def _figures(declared: DeclaredSums, level: Areas, communes: int, row: int | None) -> dict[str, Floats]:
    """All, covered and share of people, land and roads; what is covered is unknown where nothing is declared."""
    figures: dict[str, Floats] = {}
    for measure, name, unit in _MEASURES:
        sums, unknown = declared.sums.get(measure), np.full(len(level.codes), np.nan)
        whole = unknown if sums is None else level.sum(sums[0], communes)
        part = unknown if sums is None or row is None else level.sum(sums[row], communes)
        share_name = f"covered_{name.partition('_')[0]}_share"
        figures |= {name: whole / unit, f"covered_{name}": part / unit, share_name: share_of(part, whole)}
    return figures
