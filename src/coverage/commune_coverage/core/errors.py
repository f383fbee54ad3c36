"""Every error a user can meet: the message says what is wrong and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commune_coverage.core.quarantine import printable


class CoverageError(Exception):
    """Base of all errors that are the input's or the set-up's, not the program's."""


class CountryFileError(CoverageError):
    """The country file cannot be used as written; all its problems are listed at once."""


class MissingFileError(CoverageError):
    """A file that the country file names is not there."""


class UnreadableFileError(CoverageError):
    """A file is there but is not what it should be (truncated, empty, an error page)."""


class NewerFormatError(CoverageError):
    """A file of state was written by a newer version: it is neither read nor written over."""


class EmptyTableError(UnreadableFileError):
    """A table has a header and no rows."""


class UnsafeArchiveError(CoverageError):
    """An archive would write outside its folder or unpack to far more than it should."""


class MissingColumnError(CoverageError):
    """A table lacks a column that the layer needs."""


class UnitError(CoverageError):
    """The unit of a column is not known, or its name and the country file say different ones."""


class AmbiguousNumbersError(CoverageError):
    """A column's numbers can be read in two ways, and neither the values nor the country file say which."""


class AmbiguousCommunesError(CoverageError):
    """One name or code stands for several communes."""


class AmbiguousRowsError(CoverageError):
    """A table has several rows a commune, and nothing says which of them counts."""


class MissingCrsError(CoverageError):
    """A spatial file does not say which coordinate reference system it is in."""


class DiskError(CoverageError):
    """The system refused to read or write a file."""


class EngineError(CoverageError):
    """The workers could not be reached or were lost."""


class HeldVersionError(CoverageError):
    """A layer's newest version was held back while a run used it: the run starts again with the last good one."""


class UnusableLayerError(CoverageError):
    """Most of a layer is unusable and no good version can stand in: the run stops until it is mended or approved."""


class IndicatorError(CoverageError):
    """An indicator of another package cannot be loaded, or does not compute what it declares."""


class PlanError(CoverageError):
    """A plan cannot be made: a scenario, a cost file or the fixed decisions contradict themselves."""


class RunError(CoverageError):
    """A run cannot be started, found or published."""


CODE_CHANGED = (
    "the code was exchanged while the run worked, and nothing of it is published: run again, and start anew what goes"
    " on by itself, such as a Prefect worker"
)


class CodeChangedError(RunError):
    """The code was exchanged while a run worked: what it has computed is of two versions, and nobody may see it."""


class PostgisError(CoverageError):
    """A run cannot be written into PostGIS. The message never holds the database's address."""


class PlugInError(CoverageError):
    """Another package's theme or page cannot be used."""


class BenchError(CoverageError):
    """A benchmark is not known, or cannot be run on the country given."""


class MissingPeerError(BenchError):
    """A library that a benchmark compares with is not installed."""


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
_MAX_LENGTH = 200


@contextmanager
def translate_os_errors() -> Iterator[None]:
    """Whatever the system refuses in the block is raised as a DiskError that says what to do."""
    try:
        yield
    except OSError as error:
        raise DiskError(os_error_message(error)) from error


def os_error_message(error: OSError) -> str:
    """What could not be done with which file, and what helps; the maps that are shown stay whole in any case."""
    named = f"'{printable(Path(str(error.filename)).name, _MAX_LENGTH)}': " if error.filename else ""
    other = printable(error.strerror or str(error) or type(error).__name__, _MAX_LENGTH)
    advice = _ADVICE.get(error.errno or 0, other)
    return f"{named}{advice}. What is published stays as it is; run the command again afterwards"


class FetchError(CoverageError):
    """A source could not be fetched; asking again at once would not help."""


class RefusedAddressError(FetchError):
    """An address leads to a host that the catalogue does not name, or into a private network."""


class MissingOnHostError(FetchError):
    """The host is well and says that it has no such file."""


class TemporaryError(FetchError):
    """The same request may succeed later; ``wait_s`` is the wait that the host demands, if it does."""

    def __init__(self, sentence: str, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


class StoppedError(CoverageError):
    """The whole fetch was ended from outside; bytes that have come stay for the next run."""
