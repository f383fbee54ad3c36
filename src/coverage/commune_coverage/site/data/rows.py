"""Rows of exported tables as pages and briefs take them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd


def read_table_of(source: Path) -> pd.DataFrame:
    """An exported table whose codes are text."""
    return pd.read_csv(source, dtype={"code": str})


def rows_in(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """The rows of a table; what is empty is None."""
    return table.astype(object).where(table.notna(), None).to_dict("records")
