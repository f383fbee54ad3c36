"""A request that is one file: over HTTP, or out of an object store."""

from __future__ import annotations

from commune_coverage.core.errors import FetchError
from commune_coverage.download.catalogue import fill
from commune_coverage.download.http.addresses import linked_address, shown_address, without_query
from commune_coverage.download.http.download import Download, Job, download
from commune_coverage.download.http.partial import Validators
from commune_coverage.download.object_store import download_object
from commune_coverage.download.task import Visit
from commune_coverage.download.versions import Version


def fetch_file(visit: Visit) -> Version:
    """The file at an HTTP address, or at the one that the publisher's listing names. Raises CoverageError."""
    source, parameters, around = visit.source, visit.request.parameters, visit.around
    address = fill(visit.pattern, {**parameters, "token": visit.token})
    shown = shown_address(visit.pattern, parameters)
    if source.link:
        address = linked_address(source, parameters, address, visit.gate, around.manners, around.sleep)
        shown = without_query(address)
    checksum = address + source.checksum_suffix if source.checksum_suffix else ""
    job = _job(visit, address, checksum)
    partial = visit.partial(shown)
    with partial.held():
        found = download(job, partial, _known(visit, shown), around.manners, around.sleep, visit.on_bytes)
        return _kept(visit, found, shown)


def fetch_object(visit: Visit) -> Version:
    """One object of an s3://, gs:// or az:// address. Raises CoverageError."""
    address = fill(visit.pattern, visit.request.parameters)
    partial = visit.partial(address)
    job = _job(visit, address)
    with partial.held():
        found = download_object(job, visit.source, partial, _known(visit, address), visit.around, visit.on_bytes)
        return _kept(visit, found, address)


def _job(visit: Visit, address: str, checksum_address: str = "") -> Job:
    source = visit.source
    return Job(
        source.id, address, visit.gate, source.format, source.smallest_bytes, source.largest_bytes, checksum_address,
        secret=visit.token,
    )  # fmt: skip


def _known(visit: Visit, shown: str) -> Validators | None:
    newest = visit.newest
    return Validators(newest.etag, newest.last_modified) if newest and newest.address == shown else None


def _kept(visit: Visit, found: Download | None, shown: str) -> Version:
    now = visit.around.now()
    if found is not None:
        version = visit.store.adopt(visit.source, visit.request.parameters, found, shown, now)
        visit.partial(shown).discard()
        return version
    if visit.newest is None:
        raise FetchError("the publisher says 'unchanged' of a version that is not here")
    return visit.store.confirm(visit.source.id, visit.newest, now)
