"""What can go wrong on the network, in sentences that hold no address and no token."""

from __future__ import annotations

from commune_coverage.core.errors import CoverageError


class FetchError(CoverageError):
    """A source could not be fetched; asking again at once would not help."""


class RefusedAddressError(FetchError):
    """An address leads to a host that the catalogue does not name, or into a private network."""


class MissingOnHostError(FetchError):
    """The host is well and says that it has no such file."""


class TemporaryError(FetchError):
    """The same request may succeed later; ``wait_s`` is what the host asked for, if it did."""

    def __init__(self, sentence: str, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


class StoppedError(CoverageError):
    """The whole fetch was ended from outside; bytes that have come stay for the next run."""
