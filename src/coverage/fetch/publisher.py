"""One request answered by its publisher or a mirror: downloaded, checked, and kept as a version."""

from __future__ import annotations

import hashlib

from coverage.errors import CoverageError
from coverage.fetch.addresses import linked_address, shown_address, without_query
from coverage.fetch.catalogue import Source, fill
from coverage.fetch.download import Download, Job, download
from coverage.fetch.failures import FetchError
from coverage.fetch.gate import gate_of
from coverage.fetch.partial import Partial, Validators
from coverage.fetch.request import OnProgress, Progress, Request, Surroundings
from coverage.fetch.versions import SourceStore, Version


def from_publisher(
    request: Request, store: SourceStore, newest: Version | None, around: Surroundings, report: OnProgress
) -> Version:
    """The version that the publisher has now: a new one, a held one, or ``newest`` confirmed.

    Raises FetchError, UnreadableFileError or UnsafeArchiveError.
    """
    source = request.source
    if not source.addresses:
        raise FetchError("the catalogue knows no public address; give one in a catalogue of your own")
    if request.parameters.keys() != source.parameters:
        raise FetchError(f"needs values for: {', '.join(sorted(source.parameters)) or 'nothing'}; others were given")
    token = _token(source, around)
    failures: list[str] = []
    for pattern in source.addresses:
        try:
            return _from_one(request, pattern, token, store, newest, around, report)
        except CoverageError as error:
            failures.append(str(error))
    raise FetchError("; then at a mirror: ".join(failures))


def _from_one(
    request: Request,
    pattern: str,
    token: str,
    store: SourceStore,
    newest: Version | None,
    around: Surroundings,
    report: OnProgress,
) -> Version:
    source = request.source
    address = fill(pattern, {**request.parameters, "token": token})
    shown = shown_address(pattern, request.parameters)
    gate = gate_of(source, around.resolve)
    if source.link:
        address = linked_address(source, request.parameters, address, gate, around.manners, around.sleep)
        shown = without_query(address)
    job = Job(
        source.id, address, gate, source.format, source.smallest_bytes, source.largest_bytes,
        checksum_address=address + source.checksum_suffix if source.checksum_suffix else "", secret=token,
    )  # fmt: skip
    known = Validators(newest.etag, newest.last_modified) if newest and newest.address == shown else None
    partial = Partial(store.partials / hashlib.sha256(shown.encode()).hexdigest()[:24], shown)

    def on_bytes(done: int, total: int | None) -> None:
        report(Progress(request, done, total))

    with partial.held():
        found = download(job, partial, known, around.manners, around.sleep, on_bytes)
        return _kept(found, request, store, newest, shown, around, partial)


def _kept(
    found: Download | None,
    request: Request,
    store: SourceStore,
    newest: Version | None,
    shown: str,
    around: Surroundings,
    partial: Partial,
) -> Version:
    if found is not None:
        version = store.adopt(request.source, request.parameters, found, shown, around.now())
        partial.discard()
        return version
    if newest is None:
        raise FetchError("the publisher says 'unchanged' of a version that is not here")
    return store.confirm(request.source.id, newest, around.now())


def _token(source: Source, around: Surroundings) -> str:
    if source.token_env is None:
        return ""
    token = around.environment.get(source.token_env, "").strip()
    if not token:
        raise FetchError(f"a token is needed in the environment variable {source.token_env}")
    return token
