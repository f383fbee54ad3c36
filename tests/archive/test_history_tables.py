"""Tables of the history have declared columns, whatever each run knew, and say which format they are of."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commune_coverage.archive.history_tables import keep_table, partition_of, read_kept
from commune_coverage.archive.trends import FIGURES, trend
from commune_coverage.core.errors import NewerFormatError, UnreadableFileError
from commune_coverage.schema.history import NATIONAL_KEPT


def _table(folder: Path, day: str) -> Path:
    return partition_of(folder / "data/history/KHM/national", day) / f"KHM-{day.replace('-', '')}-1.parquet"


def test_a_column_that_came_later_is_unknown_before_and_in_every_trend(tmp_path: Path) -> None:
    """The first table is of a version before delivery: by its columns alone no trend would know of it."""
    first = _table(tmp_path, "2026-03-01")
    first.parent.mkdir(parents=True)
    pd.DataFrame({"people": [900], "internet_gap_people": [1.5]}).to_parquet(first, index=False)
    figures = {
        "people": [900.0],
        "internet_gap_people": [2.5],
        "delivery_gap_people": [7.0],
        "payment_gap_people": [None],
    }
    keep_table(_table(tmp_path, "2026-03-02"), pd.DataFrame(figures), NATIONAL_KEPT)
    told = trend(tmp_path / "data", tmp_path / "maps", "KHM")
    assert list(told.columns) == ["run_date", "run_id", *FIGURES]
    assert told["internet_gap_people"].tolist() == [1.5, 2.5]
    assert told["delivery_gap_people"].isna().tolist() == [True, False]
    assert told["payment_gap_people"].isna().all()


def test_declared_columns_have_their_type_in_every_table(tmp_path: Path) -> None:
    table = _table(tmp_path, "2026-03-02")
    keep_table(table, pd.DataFrame({"people": [900], "internet_gap_share": [None], "more": ["x"]}), NATIONAL_KEPT)
    schema = pq.read_schema(table)
    assert all(schema.field(name).type == pa.float64() for name in NATIONAL_KEPT.names)
    assert read_kept(table)["more"].tolist() == ["x"]


def test_a_newer_table_is_refused_and_a_damaged_one_named(tmp_path: Path) -> None:
    table = _table(tmp_path, "2026-03-02")
    keep_table(table, pd.DataFrame({"people": [900]}), NATIONAL_KEPT)
    pq.write_table(pq.read_table(table).replace_schema_metadata({"format": "2"}), table)
    with pytest.raises(NewerFormatError, match=r"parquet' is of format 2"):
        trend(tmp_path / "data", tmp_path / "maps", "KHM")
    table.write_bytes(table.read_bytes()[:40])
    with pytest.raises(UnreadableFileError, match=r"KHM-20260302-1\.parquet' of the history is damaged"):
        trend(tmp_path / "data", tmp_path / "maps", "KHM")
