"""Overture Maps: the rows of a release that meet the country's bounds, read out of its object store.

Each file of the dataset gives one part, stored by the file's validators: a run that is cut goes on with the
next file. Only the row groups whose boxes meet the bounds are requested.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from commune_coverage.core.errors import FetchError
from commune_coverage.download.assembled import commit_assembled, parts_name
from commune_coverage.download.bounds import Bounds, parse_bounds, windows_of
from commune_coverage.download.catalogue import fill
from commune_coverage.download.http.download import Download, read_small, retry_with_backoff
from commune_coverage.download.http.partial import Validators
from commune_coverage.download.object_store import object_store, remotely, validators_of
from commune_coverage.download.task import FetchTask
from commune_coverage.download.versions import Version
from commune_coverage.readers.formats.overture import PLACES, SEGMENTS, flat_places, flat_segments, write_flat
from commune_coverage.readers.safety.files import sha256

_LISTING_BYTES = 20_000_000
_PLACES_READ = ("id", "names", "categories", "basic_category", "taxonomy", "confidence", "brand", "geometry")
_SEGMENTS_READ = ("id", "subtype", "class", "road_surface", "speed_limits", "geometry")
_RECIPE = 1
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Theme:
    read: tuple[str, ...]
    schema: pa.Schema
    flat: Callable[[pa.Table], pa.Table]


_THEMES = {
    "overture-places": _Theme(_PLACES_READ, PLACES, flat_places),
    "overture-segments": _Theme(_SEGMENTS_READ, SEGMENTS, flat_segments),
}


@dataclass(frozen=True)
class _Dataset:
    """The files of one theme in their store, and the bounds that rows must meet."""

    task: FetchTask
    theme: _Theme
    bounds: Bounds
    system: Any
    store: str

    def retry_with_backoff(self, action: Callable[[], _T]) -> _T:
        context = self.task.context
        return retry_with_backoff(lambda _: remotely(action, self.store), context.http_policy, context.sleep)


def fetch_overture(task: FetchTask) -> Version:
    """One flat GeoParquet file of the release's rows whose box meets the bounds. Raises CoverageError."""
    release = _release(task)
    values = {**task.request.parameters, "release": release}
    address = fill(task.pattern, values)
    system, folder = object_store(task.source, address, task.allowlist, task.context.http_policy)
    theme = _THEMES[str(task.source.parts)]
    dataset = _Dataset(task, theme, parse_bounds(values["bounds"]), system, urlsplit(address).netloc)
    files = dataset.retry_with_backoff(lambda: _listing(system, folder))
    if not files:
        raise FetchError(f"release '{release}' has no Parquet file of this theme")
    parts = [_part(dataset, *file, (number, len(files))) for number, file in enumerate(files, start=1)]
    paths = [task.store.path_of(part) for part in parts]
    version = commit_assembled(
        task, parts, lambda target: write_flat(paths, theme.schema, target), {"release": release}
    )
    task.store.keep_only(f"{task.source.id}.{parts_name(task)}", parts)
    return version


def _release(task: FetchTask) -> str:
    """The requested release; of 'latest', the one that the publisher's catalogue names."""
    requested = task.request.parameters["release"]
    if requested != "latest" or not task.source.latest:
        return requested
    context = task.context
    content = read_small(task.source.latest, task.allowlist, _LISTING_BYTES, context.http_policy, context.sleep)
    try:
        latest = json.loads(content)["latest"]
    except (ValueError, RecursionError, KeyError, TypeError):
        latest = None
    if not isinstance(latest, str):
        raise FetchError("the publisher's catalogue does not say which release is the latest")
    return latest


def _listing(system: Any, folder: str) -> list[tuple[str, dict[str, Any]]]:
    listing = system.find(folder, detail=True)
    return sorted((path, facts) for path, facts in listing.items() if path.endswith(".parquet"))


def _part(dataset: _Dataset, path: str, listing: dict[str, Any], count: tuple[int, int]) -> Version:
    task, facts = dataset.task, validators_of(listing)
    identity = json.dumps(
        [_RECIPE, path, listing.get("size"), facts.etag, facts.last_modified, task.request.parameters]
    )
    mark = f"rows-{hashlib.sha256(identity.encode()).hexdigest()}"
    part = task.of_part(parts_name(task), {"file": path}, *count)
    if part.newest is not None and part.newest.etag == mark:
        return part.newest
    partial = part.partial(mark)
    with partial.held():
        rows = _rows(dataset, part, path)
        write_flat([dataset.theme.flat(rows)], dataset.theme.schema, partial.path)
        size = partial.path.stat().st_size
        download = Download(partial.path, sha256(partial.path), size, Validators(mark, facts.last_modified))
        return part.store.commit_version(part.source, part.request.parameters, download, path, task.context.now())


def _rows(dataset: _Dataset, part: FetchTask, path: str) -> pa.Table:
    """The rows of one file whose box meets the bounds."""
    files = dataset.retry_with_backoff(lambda: ds.dataset(path, filesystem=dataset.system, format="parquet"))
    names = set(files.schema.names)
    if "bbox" not in names or "geometry" not in names:
        raise FetchError("the dataset's files have no bbox and geometry: its layout has changed")
    columns = [name for name in dataset.theme.read if name in names]
    scanner = files.scanner(columns=columns, filter=_rows_filter(dataset.bounds), use_threads=False)
    context = part.context
    batches = retry_with_backoff(
        lambda _: list(_batches(scanner, part, dataset.store)), context.http_policy, context.sleep
    )
    return pa.Table.from_batches(batches, schema=scanner.projected_schema)


def _rows_filter(bounds: Bounds) -> pc.Expression:
    box = {name: pc.field("bbox", name) for name in ("xmin", "ymin", "xmax", "ymax")}
    windows = [
        (box["xmin"] <= east) & (box["xmax"] >= west) & (box["ymin"] <= north) & (box["ymax"] >= south)
        for west, south, east, north in windows_of(bounds)
    ]
    return windows[0] if len(windows) == 1 else windows[0] | windows[1]


def _batches(scanner: Any, part: FetchTask, store: str) -> Iterator[pa.RecordBatch]:
    batches = remotely(lambda: iter(scanner.to_batches()), store)
    done = 0
    while (batch := remotely(lambda: next(batches, None), store)) is not None:
        done += batch.nbytes
        part.on_bytes(done, None)
        yield batch
