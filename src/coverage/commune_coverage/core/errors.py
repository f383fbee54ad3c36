"""Every error a user can meet: the message says what was found and what to do."""


class CoverageError(Exception):
    """Base of all errors that are the input's or the set-up's, not the program's."""


class CountryFileError(CoverageError):
    """The country file cannot be used as written; all its problems are listed at once."""


class MissingFileError(CoverageError):
    """A file that the country file names is not there."""


class UnreadableFileError(CoverageError):
    """A file is there but is not what it should be (truncated, empty, an error page)."""


class UnsafeArchiveError(CoverageError):
    """An archive would write outside its folder or unpack to far more than it should."""


class MissingColumnError(CoverageError):
    """A table lacks a column that the layer needs."""


class MissingCrsError(CoverageError):
    """A spatial file does not say which coordinate reference system it is in."""


class DiskError(CoverageError):
    """The system refused to read or write a file."""


class EngineError(CoverageError):
    """The workers could not be reached or were lost."""


class HeldVersionError(CoverageError):
    """A layer's newest version was held back while a run used it: the run starts again with the last good one."""


class RunError(CoverageError):
    """A run cannot be started, found or published."""


class PostgisError(CoverageError):
    """A run cannot be written into PostGIS. The message never holds the database's address."""


class BenchError(CoverageError):
    """A benchmark is not known, or cannot be run on the country given."""


class MissingPeerError(BenchError):
    """A library that a benchmark compares with is not installed."""
