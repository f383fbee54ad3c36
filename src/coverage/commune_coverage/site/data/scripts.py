"""The pages' data as scripts: a page that is opened from a disk cannot fetch, but it can run scripts next to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from commune_coverage.site.i18n.numbers import SHARE_UNIT, held, unit_of

FOLDER = "data"
Columns = Mapping[str, pd.Series]


def write_data(site: Path, name: str, value: Any) -> None:
    """``data/<name>.js``, which hands ``value`` to the pages under its name; equal values give equal bytes."""
    target = site / FOLDER / f"{name}.js"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data_script(name, value).encode("utf-8"))


def data_script(name: str, value: Any) -> str:
    return f"coverage.take({_json(name)},{_json(value)});\n"


def _json(value: Any) -> str:
    """JSON that is safe wherever a script can stand: no tag can begin in it and no old line separator."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def figures(table: pd.DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    """The ``columns`` that the table has, each in its whole units, with how many units make one."""
    present = [name for name in dict.fromkeys(columns) if name in table]
    return {
        "columns": {name: column_of(table[name], name) for name in present},
        "units": {name: unit_of(name) for name in present},
    }


def column_of(values: pd.Series, name: str) -> list[Any]:
    """One column in its whole units, None where missing: ``numbers.held`` of each value."""
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if name.startswith("cost_"):
        return [held(value, name) for value in numbers.tolist()]
    unit, known = unit_of(name), np.isfinite(numbers)
    whole = np.floor(np.where(known, numbers, 0.0) * unit + 0.5).astype(np.int64)
    if unit == SHARE_UNIT:
        part = (numbers > 0) & (numbers < 1)
        whole = np.where(part, np.clip(whole, 1, unit - 1), whole)
    return [number if is_known else None for number, is_known in zip(whole.tolist(), known.tolist(), strict=True)]
