"""One request answered by its publisher or a mirror: downloaded, checked, and stored as a version."""

from __future__ import annotations

from urllib.parse import urlsplit

from commune_coverage.core.errors import CoverageError, FetchError, StoppedError
from commune_coverage.download.assembled import fetch_tiles, fetch_zipped
from commune_coverage.download.catalogue import OBJECT_STORES, Source
from commune_coverage.download.overture import fetch_overture
from commune_coverage.download.single_file import fetch_file, fetch_object
from commune_coverage.download.task import FetchContext, FetchTask, OnProgress, Request
from commune_coverage.download.versions import SourceStore, Version


def from_publisher(
    request: Request, store: SourceStore, newest: Version | None, context: FetchContext, report: OnProgress
) -> Version:
    """The version that the publisher has now: a new one, a held one, or ``newest`` confirmed.

    Raises FetchError, UnreadableFileError or UnsafeArchiveError.
    """
    source = request.source
    if not source.addresses:
        raise FetchError("the catalogue knows no public address; give one in a catalogue of your own")
    if request.parameters.keys() != source.parameters:
        raise FetchError(f"needs values for: {', '.join(sorted(source.parameters)) or 'nothing'}; others were given")
    token = _token(source, context)
    failures: list[str] = []
    for pattern in source.addresses:
        try:
            return _from_one(FetchTask(request, pattern, store, newest, context, report, token))
        except StoppedError:
            raise
        except CoverageError as error:
            failures.append(str(error))
    raise FetchError("; then at a mirror: ".join(failures))


def _from_one(task: FetchTask) -> Version:
    parts = task.source.parts or ""
    if parts.startswith("overture"):
        return fetch_overture(task)
    if parts.endswith("-tiles"):
        return fetch_tiles(task)
    if parts == "one-zip":
        return fetch_zipped(task)
    return fetch_object(task) if urlsplit(task.pattern).scheme in OBJECT_STORES else fetch_file(task)


def _token(source: Source, context: FetchContext) -> str:
    if source.token_env is None:
        return ""
    token = context.environment.get(source.token_env, "").strip()
    if not token:
        raise FetchError(f"a token is needed in the environment variable {source.token_env}")
    return token
