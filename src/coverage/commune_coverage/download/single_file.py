"""A request that is one file: over HTTP, or out of an object store."""

from __future__ import annotations

from commune_coverage.core.errors import FetchError
from commune_coverage.download.catalogue import fill
from commune_coverage.download.http.addresses import linked_address, shown_address, without_query
from commune_coverage.download.http.download import Download, Job, download
from commune_coverage.download.http.partial import Validators
from commune_coverage.download.object_store import download_object
from commune_coverage.download.task import FetchTask
from commune_coverage.download.versions import Version


def fetch_file(task: FetchTask) -> Version:
    """The file at an HTTP address, or at the one that the publisher's listing names. Raises CoverageError."""
    source, parameters, context = task.source, task.request.parameters, task.context
    address = fill(task.pattern, {**parameters, "token": task.token})
    shown = shown_address(task.pattern, parameters)
    if source.link:
        address = linked_address(source, parameters, address, task.allowlist, context.http_policy, context.sleep)
        shown = without_query(address)
    checksum = address + source.checksum_suffix if source.checksum_suffix else ""
    job = _job(task, address, checksum)
    partial = task.partial(shown)
    with partial.held():
        download_result = download(job, partial, _known(task, shown), context.http_policy, context.sleep, task.on_bytes)
        return _kept(task, download_result, shown)


def fetch_object(task: FetchTask) -> Version:
    """One object of an s3://, gs:// or az:// address. Raises CoverageError."""
    address = fill(task.pattern, task.request.parameters)
    partial = task.partial(address)
    job = _job(task, address)
    with partial.held():
        download_result = download_object(job, task.source, partial, _known(task, address), task.context, task.on_bytes)
        return _kept(task, download_result, address)


def _job(task: FetchTask, address: str, checksum_address: str = "") -> Job:
    source = task.source
    return Job(
        source.id,
        address,
        task.allowlist,
        source.format,
        source.min_bytes,
        source.max_bytes,
        checksum_address,
        secret=task.token,
    )


def _known(task: FetchTask, shown: str) -> Validators | None:
    newest = task.newest
    return Validators(newest.etag, newest.last_modified) if newest and newest.address == shown else None


def _kept(task: FetchTask, download_result: Download | None, shown: str) -> Version:
    now = task.context.now()
    if download_result is not None:
        version = task.store.commit_version(task.source, task.request.parameters, download_result, shown, now)
        task.partial(shown).discard()
        return version
    if task.newest is None:
        raise FetchError("the publisher says 'unchanged' of a version that is not here")
    return task.store.confirm(task.source.id, task.newest, now)
