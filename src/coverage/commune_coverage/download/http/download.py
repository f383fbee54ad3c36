"""One file over HTTP: taken up where it was cut, asked for again where that helps, checked before it is given."""

from __future__ import annotations

import http.client
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from commune_coverage.core.errors import CoverageError, FetchError, TemporaryError
from commune_coverage.download.catalogue import Format
from commune_coverage.download.content_checks import check_content, check_md5
from commune_coverage.download.http.allowlist import Gate
from commune_coverage.download.http.partial import Partial, Validators
from commune_coverage.download.http.request import Manners, ask
from commune_coverage.readers.safety.files import sha256

_CHUNK_BYTES = 1 << 18
_CHECKSUM_BYTES = 10_000
_T = TypeVar("_T")

Sleep = Callable[[float], None]
OnBytes = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Job:
    """What to fetch and what it must look like. ``address`` may hold a token: it is never shown or stored."""

    name: str
    address: str
    gate: Gate
    format: Format
    smallest_bytes: int
    largest_bytes: int
    checksum_address: str = ""
    secret: str = ""

    def __repr__(self) -> str:
        return f"Job({self.name!r})"


@dataclass(frozen=True)
class Download:
    """A whole, checked file under its temporary name."""

    path: Path
    sha256: str
    size_bytes: int
    validators: Validators


def download(
    job: Job,
    partial: Partial,
    known: Validators | None = None,
    manners: Manners | None = None,
    sleep: Sleep = time.sleep,
    on_bytes: OnBytes | None = None,
) -> Download | None:
    """Fetch into ``partial``; None when the publisher still has the ``known`` version.

    Bytes that are cut stay for the next run, bytes that are wrong do not. Raises FetchError,
    UnreadableFileError or UnsafeArchiveError.
    """
    manners = manners or Manners()
    validators = patiently(lambda attempt: _transfer(job, partial, known, manners, attempt, on_bytes), manners, sleep)
    if validators is None:
        return None
    check_whole(job, partial, manners, sleep)
    return Download(partial.path, sha256(partial.path), partial.path.stat().st_size, validators)


def patiently(action: Callable[[int], _T], manners: Manners, sleep: Sleep) -> _T:
    """The action's result, tried again after growing waits while its failure is temporary."""
    for attempt in range(manners.attempts):
        try:
            return action(attempt)
        except TemporaryError as error:
            wait_s = error.wait_s or manners.first_wait_s * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311
            if attempt + 1 == manners.attempts:
                raise FetchError(f"{error}; tried {manners.attempts} times") from None
            if wait_s > manners.longest_wait_s:
                raise FetchError(f"{error}; asks to wait {wait_s:.0f} s, longer than this run does") from None
            sleep(wait_s)
    raise FetchError("no attempt was allowed")


def read_small(address: str, gate: Gate, limit_bytes: int, manners: Manners, sleep: Sleep) -> bytes:
    """A small answer as bytes. Raises FetchError."""

    def once(attempt: int) -> bytes:
        with ask(address, {}, gate, manners, attempt) as answer:
            return _small(answer, limit_bytes, manners)

    return patiently(once, manners, sleep)


def _small(answer: http.client.HTTPResponse, limit_bytes: int, manners: Manners) -> bytes:
    began, content = time.monotonic(), b""
    while chunk := _next_chunk(answer, "a listing or checksum"):
        content += chunk
        if len(content) > limit_bytes:
            raise FetchError(f"a listing or checksum has more than {limit_bytes:,} bytes")
        if time.monotonic() - began > manners.patience_s:
            raise TemporaryError("a listing or checksum comes too slowly")
    if answer.length:
        raise TemporaryError("a listing or checksum was cut")
    return content


def check_whole(job: Job, partial: Partial, manners: Manners, sleep: Sleep) -> None:
    """Raise CoverageError, and forget the bytes, when they are not a plausible whole file."""
    try:
        _check(job, partial.path, manners, sleep)
    except CoverageError:
        partial.discard()
        raise


def _check(job: Job, path: Path, manners: Manners, sleep: Sleep) -> None:
    check_content(path, job.format, job.name)
    size = path.stat().st_size
    if size < job.smallest_bytes:
        raise FetchError(f"'{job.name}' has {size:,} bytes; fewer than {job.smallest_bytes:,} are not plausible")
    if job.checksum_address:
        check_md5(path, read_small(job.checksum_address, job.gate, _CHECKSUM_BYTES, manners, sleep), job.name)


def _transfer(
    job: Job, partial: Partial, known: Validators | None, manners: Manners, attempt: int, on_bytes: OnBytes | None
) -> Validators | None:
    with ask(job.address, _headers(partial, known), job.gate, manners, attempt) as answer:
        if answer.status == 304 and known is not None:
            return None
        validators = _take_up(answer, partial, job.secret)
        total = None if answer.length is None else partial.path.stat().st_size + answer.length
        try:
            _require_plausible(total or 0, job)
            _receive(answer, partial.path, total, job, manners, on_bytes)
        except TemporaryError:
            raise
        except FetchError:
            partial.discard()
            raise
    return validators


def _require_plausible(size_bytes: int, job: Job) -> None:
    if size_bytes > job.largest_bytes:
        raise FetchError(f"'{job.name}' has more than the {job.largest_bytes:,} bytes that are plausible; given up")


def _headers(partial: Partial, known: Validators | None) -> dict[str, str]:
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    elif known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    if partial.size:
        headers |= {"Range": f"bytes={partial.size}-", "If-Range": partial.validators.for_range}
    return headers


def _take_up(answer: http.client.HTTPResponse, partial: Partial, secret: str) -> Validators:
    if answer.status == 200:
        said = [answer.headers.get(name, "") for name in ("ETag", "Last-Modified")]
        usable = [text if text.isprintable() and not (secret and secret in text) else "" for text in said]
        validators = Validators(*usable)
        partial.begin(validators)
        return validators
    start = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if answer.status != 206 or start is None or int(start[1]) != partial.size:
        partial.discard()
        raise TemporaryError("the host continues a file at the wrong place")
    return partial.validators


def _receive(
    answer: http.client.HTTPResponse,
    path: Path,
    total: int | None,
    job: Job,
    manners: Manners,
    on_bytes: OnBytes | None,
) -> None:
    began, before = time.monotonic(), path.stat().st_size
    done = before
    with path.open("ab") as sink:
        while chunk := _next_chunk(answer, f"'{job.name}'"):
            sink.write(chunk)
            sink.flush()
            done += len(chunk)
            _require_plausible(done, job)
            if on_bytes is not None:
                on_bytes(done, total)
            passed_s = time.monotonic() - began
            if passed_s > manners.patience_s and done - before < manners.slowest_bytes_s * passed_s:
                raise TemporaryError(f"'{job.name}' comes too slowly")
    if total is not None and done != total:
        raise TemporaryError(f"'{job.name}' was cut after {done:,} of {total:,} bytes")


def _next_chunk(answer: http.client.HTTPResponse, name: str) -> bytes:
    try:
        return answer.read1(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException):
        raise TemporaryError(f"the connection was cut while {name} came") from None
