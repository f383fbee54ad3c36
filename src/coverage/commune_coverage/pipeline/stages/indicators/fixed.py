"""Fixed lines joined with the internet gap of mobile networks, for every speed and the headline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import internet_access
from commune_coverage.core.files import read_table
from commune_coverage.indicators.context import Columns
from commune_coverage.indicators.evidence import DATA_POOR
from commune_coverage.indicators.fixed import (
    AreaGaps,
    Gap,
    Reach,
    area_gaps,
    basis_columns,
    exactly,
    fixed_columns,
    gap_of,
    national_bounds,
    neither,
)
from commune_coverage.indicators.shares import share_of
from commune_coverage.indicators.unknown_places import widened
from commune_coverage.pipeline.stages.zonal_sums import read_sums
from commune_coverage.readers.fixed.shares import SHARE_COLUMNS
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import BOUNDS, megabits

Floats = npt.NDArray[np.float64]
Sums = Mapping[str, Floats]


class FixedLines:
    """What a run knows of fixed lines beside mobile networks.

    Parameters
    ----------
    run : Run
        The run.
    communes : GeoDataFrame
        The communes with their codes.
    figures : mapping of str to array[communes]
        People, sites, and the columns of the internet theme by mobile networks.
    sums : mapping of str to float64[communes] or None
        The sums of the radio stage's flags; None where there are none.
    settled_share : float
        The least part of a commune on which its people live, 1 where it is known where they do.
    """

    def __init__(
        self, run: Run, communes: gpd.GeoDataFrame, figures: Columns, sums: Sums | None, settled_share: float
    ) -> None:
        self._speeds = run.country.thresholds.high_speed_mbps
        self._counts, self._has_layer = internet_access(run.country) != "mobile", run.country.layers.fixed is not None
        self._people, self._sites, self._figures = figures["people"], figures["sites"], dict(figures)
        self._is_poor = np.asarray(figures["internet_evidence"] == DATA_POOR)
        self._mobile, self._settled_share = sums, settled_share
        source = run.stages_folder / "fixed_sums.npz"
        self._places: Sums | None = read_sums(source).sums if self._has_layer and source.is_file() else None
        table = run.stages_folder / "fixed_shares.parquet"
        self._rows = read_table(table) if self._has_layer and table.is_file() else None
        if self._has_layer and self._places is None and self._rows is None:
            self._rows = pd.DataFrame(columns=list(SHARE_COLUMNS))
        self._codes = _codes_of(communes)
        self._of_speed: dict[float, Reach] = {}
        self._headline: Reach | None = None
        self._modelled: Floats | None = None

    def columns(self) -> Columns:
        """Compute the columns of every speed and the headline, their basis, and the evidence that is left."""
        if not self._counts:
            return {}
        columns: Columns = {}
        for name, speed in self._named():
            columns |= fixed_columns(name, self._reach(speed), self._people)
        self._modelled = columns["internet_gap_share"]
        return columns | self._basis(self._figures)

    def mobile_alone(self, figures: Columns) -> Columns:
        """The figures with the gap of mobile networks as that of the headline, for what is then joined."""
        if not self._counts or not self._has_layer or "mobile_gap_share" not in figures:
            return figures
        return figures | {f"internet_gap_share{end}": figures[f"mobile_gap_share{end}"] for end in BOUNDS}

    def other_headline(self, figures: Columns) -> Columns:
        """Join a headline that does not rest on the model with fixed lines; which people have both is not known."""
        if not self._counts or not self._has_layer:
            return {}
        self._headline = self._over(figures)
        modelled = {"internet_gap_modelled_share": self._modelled} if self._modelled is not None else {}
        return fixed_columns("", self._headline, self._people) | self._basis(figures) | modelled

    def national(self) -> dict[str, float]:
        """Bound the nation's headline."""
        if not self._counts or not self._has_layer:
            return {}
        return national_bounds(self._headline or self._reach(self._speeds[0]), self._people)

    def _named(self) -> list[tuple[str, float]]:
        return [("", self._speeds[0]), *((f"_{megabits(speed)}_mbps", speed) for speed in self._speeds)]

    def _basis(self, figures: Columns) -> Columns:
        return basis_columns(self._reach(self._speeds[0]), figures) if self._has_layer else {}

    def _over(self, figures: Columns) -> Reach:
        """What is known with the mobile gap of other evidence; where that states no low and high, its share is both."""
        reach, share = self._reach(self._speeds[0]), np.asarray(figures["internet_gap_share"])
        mobile = Gap(share, *(np.asarray(figures[f"internet_gap_share_{end}"]) for end in ("low", "high")))
        places = Gap(*(np.where(np.isnan(part), share, part) for part in mobile))
        estimate = exactly(share)
        if reach.lines is not None:
            unreached = exactly(1.0 - reach.lines)
            places, estimate = neither(places, unreached), neither(estimate, unreached)
        return reach._replace(mobile=mobile, places=places, estimate=estimate)

    def _reach(self, speed_mbps: float) -> Reach:
        if speed_mbps not in self._of_speed:
            self._of_speed[speed_mbps] = self._reach_of(speed_mbps)
        return self._of_speed[speed_mbps]

    def _reach_of(self, speed_mbps: float) -> Reach:
        mobile = places = exactly(np.full(len(self._people), np.nan))
        if self._mobile is not None:
            own = f"mobile_served_{speed_mbps:g}"
            mobile = self._gap(self._mobile, own if own in self._mobile else f"served_{speed_mbps:g}")
            reached = f"reached_{speed_mbps:g}"
            is_joint = self._places is not None and reached in self._places
            places = self._gap(self._places, reached) if is_joint else self._gap(self._mobile, f"served_{speed_mbps:g}")
        lines = None if self._places is None else share_of(self._places[f"fixed_{speed_mbps:g}"], self._people)
        return Reach(mobile, places, exactly(places.value), lines, self._areas(speed_mbps))

    def _gap(self, sums: Sums | None, name: str) -> Gap:
        gap = gap_of(sums or {}, name, self._sites, self._people)
        if self._settled_share < 1.0:
            gap = Gap(gap.value, *widened(*gap, self._settled_share))
        return Gap(*(np.where(self._is_poor, np.nan, part) for part in gap))

    def _areas(self, speed_mbps: float) -> AreaGaps | None:
        return None if self._rows is None else area_gaps(self._rows, self._codes, self._people, speed_mbps)


def _codes_of(communes: pd.DataFrame) -> dict[str, list[str]]:
    named: dict[str, Any] = {level: f"{level}_code" for level in ("commune", "district", "province")}
    return {level: communes[name].fillna("").astype(str).tolist() for level, name in named.items() if name in communes}
