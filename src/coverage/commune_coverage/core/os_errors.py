"""A disk that is full, read-only or failing ends in one sentence of what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commune_coverage.core.errors import DiskError
from commune_coverage.core.quarantine import printable

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space, such as by fewer 'runs' in [history]",
    errno.EDQUOT: "the quota of the disk is used up; free some space or ask for more",
    errno.EFBIG: "no file may grow so far; see 'ulimit -f' and the limits of the disk",
    errno.EROFS: "the disk is read-only; see why, and mount it so that it can be written",
    errno.EIO: "the disk fails; see its state before anything else is written",
    errno.EACCES: "this user has no right to it; see its owner and mode",
    errno.EPERM: "this user has no right to it; see its owner and mode",
    errno.ENOTDIR: "a file stands where a folder should be; move it away",
    errno.EEXIST: "a file stands where a folder should be; move it away",
    errno.EMFILE: "too many files are open; see 'ulimit -n'",
    errno.ENFILE: "too many files are open on this machine",
}
_LONGEST = 200


@contextmanager
def disk_errors_said() -> Iterator[None]:
    """Whatever the system refuses in the block is raised as a DiskError that says what to do."""
    try:
        yield
    except OSError as error:
        raise DiskError(disk_sentence(error)) from error


def disk_sentence(error: OSError) -> str:
    """What could not be done with which file, and what helps; the maps that are shown stay whole in any case."""
    named = f"'{printable(Path(str(error.filename)).name, _LONGEST)}': " if error.filename else ""
    other = printable(error.strerror or str(error) or type(error).__name__, _LONGEST)
    said = _ADVICE.get(error.errno or 0, other)
    return f"{named}{said}. What is published stays as it is; run the command again afterwards"
