"""Fields of records and columns of tables that older versions left in a data folder, under their new names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RENAMED_FIELDS: dict[str, str] = {
    "night": "run_date",
    "night_before": "previous_run_date",
    "first_night": "first_run",
    "last_night": "last_run",
    "way": "compute_mode",
}


def with_new_fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of an older version under the names of this one."""
    return {RENAMED_FIELDS.get(name, name): value for name, value in record.items()}
