"""Data folders of older versions brought to the names of this one."""

from __future__ import annotations

import shutil
from pathlib import Path

_TABLES = ("communes", "national")
_OLD_CACHE = "kept"
_OLD_PARTITION, _PARTITION = "night=", "run_date="


def bring_up_to_date(data_dir: Path) -> None:
    """Rename what an older version left under other names, and remove its cache, which this one cannot use.

    Records are read under either name (``config.renamed``), so that nothing else needs to change. Doing it again
    changes nothing; interrupted, it is done by the next run.
    """
    for kind in _TABLES:
        for old in (data_dir / "history").glob(f"*/{kind}/{_OLD_PARTITION}*"):
            _move_into(old, old.with_name(old.name.replace(_OLD_PARTITION, _PARTITION)))
    shutil.rmtree(data_dir / _OLD_CACHE, ignore_errors=True)


def _move_into(old: Path, new: Path) -> None:
    new.mkdir(exist_ok=True)
    for table in old.iterdir():
        table.replace(new / table.name)
    old.rmdir()
