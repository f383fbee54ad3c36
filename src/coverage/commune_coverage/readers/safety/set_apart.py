"""A file in a folder where nothing lies but what is hashed with it: whatever a parser looks for or writes, it is there.

GDAL writes a description of the features (``.gfs``) beside GML, and SQLite a log beside a database that has one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commune_coverage.readers.safety.companions import DATABASE_ENDINGS, companions

# Bytes of a SQLite file that are 2 where changes go to a write-ahead log, which every reader opens for writing.
_MODE, _WITH_LOG = slice(18, 20), b"\x02"


@contextmanager
def set_apart(path: Path) -> Iterator[Path]:
    """Give a vector file under its own name in a folder of our own, with its companions.

    Parameters
    ----------
    path : Path
        The file.

    Yields
    ------
    Path
        Where it lies; a database without a write-ahead log, beside which nothing is looked for, stays where it is.
    """
    if path.suffix.lower() in DATABASE_ENDINGS and not _has_log(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        for part in companions(path):
            _place(part, Path(folder) / part.name, path)
        yield Path(folder) / path.name


def _has_log(path: Path) -> bool:
    with path.open("rb") as stream:
        return _WITH_LOG in stream.read(_MODE.stop)[_MODE]


def _place(part: Path, target: Path, path: Path) -> None:
    """Link what is only read; copy a database, which is opened for writing, and what describes GML.

    GDAL passes over a description that is older than its GML: the copy is as old.
    """
    ending = path.suffix.lower()
    if ending in DATABASE_ENDINGS:
        shutil.copyfile(part, target)
    elif ending == ".gml" and part != path:
        shutil.copyfile(part, target)
        modified_ns = path.stat().st_mtime_ns
        os.utime(target, ns=(modified_ns, modified_ns))
    else:
        target.symlink_to(part.resolve())
