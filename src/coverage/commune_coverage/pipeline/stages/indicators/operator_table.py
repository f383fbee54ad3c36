"""People covered by commune, operator, technology and place of the receiver."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.indicators.shares import low_high, share_of
from commune_coverage.pipeline.stages.radio.artifacts import operators_of
from commune_coverage.radio.service.bit_flags import WHERE, covered_column
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import BOUNDS, TECHNOLOGIES

Floats = npt.NDArray[np.float64]


def operator_table(
    run: Run, communes: gpd.GeoDataFrame, people: Floats, sites: Floats, sums: dict[str, Floats], labels: dict[str, str]
) -> pd.DataFrame:
    """One row per commune, operator (and any of them), technology and place of the receiver: people covered."""
    names = operators_of(run.stages_folder) if sums else []
    who = [*enumerate(names), (None, "any")] if sums else []
    parts = [
        _operator_rows(communes, people, sites, sums, row, name, technology, where)
        for row, name in who for technology in TECHNOLOGIES for where in WHERE
    ]  # fmt: skip
    empty = pd.DataFrame(columns=["commune_code", "operator", "technology", "where", "covered_share"])
    table = pd.concat(parts, ignore_index=True) if parts else empty
    return table.assign(**labels)


def _operator_rows(
    communes: gpd.GeoDataFrame, people: Floats, sites: Floats, sums: dict[str, Floats],
    row: int | None, name: str, technology: str, where: str,
) -> pd.DataFrame:  # fmt: skip
    covered = low_high(sums, covered_column(where, row, technology), sites)
    shares = {f"covered_share{bound}": share_of(covered[bound], people) for bound in BOUNDS}
    named = {"commune_code": communes["commune_code"], "operator": name, "technology": technology, "where": where}
    return pd.DataFrame({**named, **shares})
