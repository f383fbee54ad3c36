"""What an indicator is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.indicators.evidence import TowerEvidence
from commune_coverage.population.sums import CommuneSums

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class IndicatorContext:
    """What an indicator is given beside the table of communes.

    Attributes
    ----------
    country : Country
        The country file. Of its sections those can be read that the indicators stage declares.
    sums : mapping of str to CommuneSums
        The artifacts that the indicator needs, by name: 'delivery_sums'.
    travel_method : {'roads', 'friction', 'straight', ''}
        How travel times were computed; '' where none were.
    towers : TowerEvidence or None
        What is known of the towers layer.
    """

    country: Country
    sums: Mapping[str, CommuneSums] = field(default_factory=dict)
    travel_method: str = ""
    towers: TowerEvidence | None = None


def floats_of(table: pd.DataFrame, column: str) -> Floats:
    """Return a numeric column of the table of communes as float64[communes]."""
    return np.asarray(table[column].to_numpy(dtype=np.float64))
