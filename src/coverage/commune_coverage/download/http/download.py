"""One file over HTTP: resumed where it was cut, requested again where that helps, checked before it is given."""

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
from commune_coverage.download.http.allowlist import HostAllowlist
from commune_coverage.download.http.partial import Partial, Validators
from commune_coverage.download.http.request import HttpPolicy, send_request
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
    allowlist: HostAllowlist
    format: Format
    min_bytes: int
    max_bytes: int
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
    http_policy: HttpPolicy | None = None,
    sleep: Sleep = time.sleep,
    on_bytes: OnBytes | None = None,
) -> Download | None:
    """Fetch into ``partial``; None when the publisher still has the ``known`` version.

    Bytes that are cut stay for the next run, bytes that are wrong do not. Raises FetchError,
    UnreadableFileError or UnsafeArchiveError.
    """
    http_policy = http_policy or HttpPolicy()
    validators = retry_with_backoff(
        lambda attempt: _transfer(job, partial, known, http_policy, attempt, on_bytes), http_policy, sleep
    )
    if validators is None:
        return None
    check_whole(job, partial, http_policy, sleep)
    return Download(partial.path, sha256(partial.path), partial.path.stat().st_size, validators)


def retry_with_backoff(action: Callable[[int], _T], http_policy: HttpPolicy, sleep: Sleep) -> _T:
    """The action's result, tried again after growing waits while its failure is temporary."""
    for attempt in range(http_policy.attempts):
        try:
            return action(attempt)
        except TemporaryError as error:
            wait_s = error.wait_s or http_policy.first_wait_s * 2**attempt * random.uniform(0.5, 1.0)  # noqa: S311
            if attempt + 1 == http_policy.attempts:
                raise FetchError(f"{error}; tried {http_policy.attempts} times") from None
            if wait_s > http_policy.max_wait_s:
                raise FetchError(f"{error}; asks to wait {wait_s:.0f} s, longer than this run does") from None
            sleep(wait_s)
    raise FetchError("no attempt was allowed")


def read_small(
    address: str, allowlist: HostAllowlist, limit_bytes: int, http_policy: HttpPolicy, sleep: Sleep
) -> bytes:
    """A small answer as bytes. Raises FetchError."""

    def once(attempt: int) -> bytes:
        with send_request(address, {}, allowlist, http_policy, attempt) as response:
            return _small(response, limit_bytes, http_policy)

    return retry_with_backoff(once, http_policy, sleep)


def _small(response: http.client.HTTPResponse, limit_bytes: int, http_policy: HttpPolicy) -> bytes:
    began, content = time.monotonic(), b""
    while chunk := _next_chunk(response, "a listing or checksum"):
        content += chunk
        if len(content) > limit_bytes:
            raise FetchError(f"a listing or checksum has more than {limit_bytes:,} bytes")
        if time.monotonic() - began > http_policy.patience_s:
            raise TemporaryError("a listing or checksum comes too slowly")
    if response.length:
        raise TemporaryError("a listing or checksum was cut")
    return content


def check_whole(job: Job, partial: Partial, http_policy: HttpPolicy, sleep: Sleep) -> None:
    """Raise CoverageError, and forget the bytes, when they are not a plausible whole file."""
    try:
        _check(job, partial.path, http_policy, sleep)
    except CoverageError:
        partial.discard()
        raise


def _check(job: Job, path: Path, http_policy: HttpPolicy, sleep: Sleep) -> None:
    check_content(path, job.format, job.name)
    size = path.stat().st_size
    if size < job.min_bytes:
        raise FetchError(f"'{job.name}' has {size:,} bytes; fewer than {job.min_bytes:,} are not plausible")
    if job.checksum_address:
        check_md5(path, read_small(job.checksum_address, job.allowlist, _CHECKSUM_BYTES, http_policy, sleep), job.name)


def _transfer(
    job: Job,
    partial: Partial,
    known: Validators | None,
    http_policy: HttpPolicy,
    attempt: int,
    on_bytes: OnBytes | None,
) -> Validators | None:
    with send_request(job.address, _headers(partial, known), job.allowlist, http_policy, attempt) as response:
        if response.status == 304 and known is not None:
            return None
        validators = _resume(response, partial, job.secret)
        total = None if response.length is None else partial.path.stat().st_size + response.length
        try:
            _require_plausible(total or 0, job)
            _receive(response, partial.path, total, job, http_policy, on_bytes)
        except TemporaryError:
            raise
        except FetchError:
            partial.discard()
            raise
    return validators


def _require_plausible(size_bytes: int, job: Job) -> None:
    if size_bytes > job.max_bytes:
        raise FetchError(f"'{job.name}' has more than the {job.max_bytes:,} bytes that are plausible; given up")


def _headers(partial: Partial, known: Validators | None) -> dict[str, str]:
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    elif known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    if partial.size:
        headers |= {"Range": f"bytes={partial.size}-", "If-Range": partial.validators.for_range}
    return headers


def _resume(response: http.client.HTTPResponse, partial: Partial, secret: str) -> Validators:
    if response.status == 200:
        sent = [response.headers.get(name, "") for name in ("ETag", "Last-Modified")]
        usable = [text if text.isprintable() and not (secret and secret in text) else "" for text in sent]
        validators = Validators(*usable)
        partial.begin(validators)
        return validators
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if response.status != 206 or start is None or int(start[1]) != partial.size:
        partial.discard()
        raise TemporaryError("the host continues a file at the wrong place")
    return partial.validators


def _receive(
    response: http.client.HTTPResponse,
    path: Path,
    total: int | None,
    job: Job,
    http_policy: HttpPolicy,
    on_bytes: OnBytes | None,
) -> None:
    began, before = time.monotonic(), path.stat().st_size
    done = before
    with path.open("ab") as sink:
        while chunk := _next_chunk(response, f"'{job.name}'"):
            sink.write(chunk)
            sink.flush()
            done += len(chunk)
            _require_plausible(done, job)
            if on_bytes is not None:
                on_bytes(done, total)
            passed_s = time.monotonic() - began
            if passed_s > http_policy.patience_s and done - before < http_policy.min_bytes_per_s * passed_s:
                raise TemporaryError(f"'{job.name}' comes too slowly")
    if total is not None and done != total:
        raise TemporaryError(f"'{job.name}' was cut after {done:,} of {total:,} bytes")


def _next_chunk(response: http.client.HTTPResponse, name: str) -> bytes:
    try:
        return response.read1(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException):
        raise TemporaryError(f"the connection was cut while {name} came") from None
