"""What there is to tell of obligations: those that are missed, and open ones that the trend says will be."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from commune_coverage.archive.obligations import read_obligations
from commune_coverage.schema.obligation_trends import NOT_ENOUGH
from commune_coverage.schema.obligations import MISSED, WHOLE


def missed(source: Path) -> dict[str, str]:
    """A sentence by id for each obligation that ``obligations.csv`` says is missed."""
    table = read_obligations(source)
    rows = table[(table["level"] == WHOLE) & (table["status"] == MISSED)]
    return {
        str(row["obligation"]): (
            f"obligation '{row['obligation']}' ({row['title']}) of {row['operator']}: missed since {row['by']} in "
            f"{row['missing_areas']:.0f} areas; covered {row['covered_share']:.1%} of {row['required_share']:.1%}"
        )
        for row in rows.to_dict("records")
    }


def expected_to_be_missed(source: Path) -> dict[str, str]:
    """A sentence by id for each open obligation of which ``obligation_trends.csv`` says that an area will miss it."""
    table = pd.read_csv(source, dtype={"obligation": str, "code": str})
    rows = table[table["outlook"] == NOT_ENOUGH]
    return {
        str(one): (
            f"obligation '{one}': by the trend not met on {areas['by'].iloc[0]} in {len(areas)} areas; the least comes "
            f"to {areas['expected_share'].min():.1%} of {areas['required_share'].iloc[0]:.1%}"
        )
        for one, areas in rows.groupby("obligation", sort=True)
    }
