"""One request answered by its publisher or a mirror: downloaded, checked, and kept as a version."""

from __future__ import annotations

from urllib.parse import urlsplit

from coverage.errors import CoverageError
from coverage.fetch.catalogue import OBJECT_STORES, Source
from coverage.fetch.failures import FetchError, StoppedError
from coverage.fetch.overture import fetch_overture
from coverage.fetch.request import OnProgress, Request, Surroundings
from coverage.fetch.single import fetch_file, fetch_object
from coverage.fetch.versions import SourceStore, Version
from coverage.fetch.visit import Visit
from coverage.fetch.wholes import fetch_tiles, fetch_zipped


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
            return _from_one(Visit(request, pattern, store, newest, around, report, token))
        except StoppedError:
            raise
        except CoverageError as error:
            failures.append(str(error))
    raise FetchError("; then at a mirror: ".join(failures))


def _from_one(visit: Visit) -> Version:
    parts = visit.source.parts or ""
    if parts.startswith("overture"):
        return fetch_overture(visit)
    if parts.endswith("-tiles"):
        return fetch_tiles(visit)
    if parts == "one-zip":
        return fetch_zipped(visit)
    return fetch_object(visit) if urlsplit(visit.pattern).scheme in OBJECT_STORES else fetch_file(visit)


def _token(source: Source, around: Surroundings) -> str:
    if source.token_env is None:
        return ""
    token = around.environment.get(source.token_env, "").strip()
    if not token:
        raise FetchError(f"a token is needed in the environment variable {source.token_env}")
    return token
