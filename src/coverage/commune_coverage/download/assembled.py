"""Files put together here from a publisher's parts: resumed part by part, the same bytes for the same parts."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from commune_coverage.core.errors import FetchError, MissingOnHostError, UnreadableFileError
from commune_coverage.download.bounds import copernicus_tiles, ghsl_tiles, parse_bounds
from commune_coverage.download.http.download import Download, Job, check_whole
from commune_coverage.download.http.partial import Validators
from commune_coverage.download.mosaic import merge_tiles
from commune_coverage.download.single_file import fetch_file
from commune_coverage.download.task import FetchTask
from commune_coverage.download.versions import Version
from commune_coverage.readers.safety.files import sha256, unpack_member

# Part of what a whole is recognised by: a new number when the same parts are to give other bytes.
_RECIPE = 1
# Fields of view and border communes need what lies just outside the bounds.
MARGIN_DEG = 0.1
_RASTER_ENDINGS = (".tif", ".tiff")


def fetch_tiles(task: FetchTask) -> Version:
    """One raster of the tiles that meet the bounds, clipped to them and a margin.

    A tile that the publisher does not have is sea, unless it had it before. Raises CoverageError.
    """
    bounds = parse_bounds(task.request.parameters["bounds"])
    zipped = task.source.parts == "ghsl-tiles"
    names = ghsl_tiles(bounds) if zipped else copernicus_tiles(bounds)
    fetched = [_tile(task, name, number, len(names), zipped) for number, name in enumerate(names, start=1)]
    tiles = [tile for tile in fetched if tile is not None]
    if not tiles:
        raise FetchError(
            f"the publisher has none of the {len(names)} tiles that the bounds meet; are the bounds right?"
        )

    def build(target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            paths = [_raster(task, tile, zipped, Path(folder) / str(i)) for i, tile in enumerate(tiles)]
            merge_tiles(paths, bounds, MARGIN_DEG, target)

    version = commit_assembled(task, tiles, build)
    task.store.keep_only(f"{task.source.id}.{parts_name(task)}", tiles)
    return version


def fetch_zipped(task: FetchTask) -> Version:
    """The one raster in a zip. Raises CoverageError."""
    part = task.of_part(parts_name(task), task.request.parameters, 1, 1, format="zip")
    archive = fetch_file(part)

    def build(target: Path) -> None:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            _raster(task, archive, True, Path(folder) / "0").replace(target)

    version = commit_assembled(task, [archive], build)
    task.store.keep_only(part.source.id, [archive])
    return version


def parts_name(task: FetchTask) -> str:
    """The name that sets a request's parts apart from those of the source's other requests."""
    facts = json.dumps(sorted(task.request.parameters.items()))
    return hashlib.sha256(facts.encode()).hexdigest()[:8]


def commit_assembled(
    task: FetchTask, parts: list[Version], build: Callable[[Path], None], more: dict[str, str] | None = None
) -> Version:
    """The version that ``build`` makes of the parts, or the one that is here when it was made of the same parts."""
    facts = [
        _RECIPE,
        sorted(task.request.parameters.items()),
        [part.sha256 for part in parts],
        sorted((more or {}).items()),
    ]
    mark = f"parts-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()}"
    now = task.context.now()
    if task.newest is not None and task.newest.etag == mark:
        return task.store.confirm(task.source.id, task.newest, now)
    partial = task.partial(mark)
    with partial.held():
        _require_sound(task, parts)
        try:
            build(partial.path)
        except BaseException:
            partial.discard()
            raise
        source = task.source
        job = Job(source.id, "", task.allowlist, source.format, source.min_bytes, source.max_bytes)
        check_whole(job, partial, task.context.http_policy, task.context.sleep)
        whole = Download(
            partial.path, sha256(partial.path), partial.path.stat().st_size, Validators(mark, _latest(parts))
        )
        shown = task.pattern
        for name, value in {**task.request.parameters, **(more or {})}.items():
            shown = shown.replace(f"{{{name}}}", value)
        return task.store.commit_version(task.source, task.request.parameters, whole, shown, now, more)


def _require_sound(task: FetchTask, parts: list[Version]) -> None:
    """Raise UnreadableFileError, and forget the bytes, when the disk no longer gives what was stored of a part."""
    for part in parts:
        path = task.store.path_of(part)
        if sha256(path) != part.sha256:
            path.unlink()
            raise UnreadableFileError(f"a stored part of '{task.source.id}' is damaged; fetch it again")


def _tile(task: FetchTask, name: str, number: int, count: int, zipped: bool) -> Version | None:
    parameters = {**task.request.parameters, "tile": name}
    del parameters["bounds"]
    part = task.of_part(parts_name(task), parameters, number, count, format="zip" if zipped else "geotiff")
    try:
        return fetch_file(part)
    except MissingOnHostError as error:
        if part.newest is not None:
            raise FetchError(f"tile {name}, which was there before, is gone: {error}") from None
        return None


def _raster(task: FetchTask, part: Version, zipped: bool, folder: Path) -> Path:
    path = task.store.path_of(part)
    if not zipped:
        return path
    folder.mkdir()
    return unpack_member(path, _RASTER_ENDINGS, folder)


def _latest(parts: list[Version]) -> str:
    """When the publisher last changed any of the parts, as HTTP writes it; empty where it does not say."""
    moments = []
    for part in parts:
        try:
            moment = parsedate_to_datetime(part.last_modified)
        except ValueError:
            continue
        moments.append(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return format_datetime(max(moments).astimezone(UTC), usegmt=True) if moments else ""
