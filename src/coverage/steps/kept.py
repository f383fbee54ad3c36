"""What is kept between runs because it depends on few things: named by their contents, so that it is never stale."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from coverage.manifest import code_hash
from coverage.runs import Run
from coverage.sources.files import sha256
from coverage.sources.origin import files_of

_KEEP = 2


def kept_folder(run: Run, kind: str, tables: Iterable[str], layers: Iterable[str] = (), *further: str) -> Path:
    """The folder of one kind of thing, named by what it comes from: tables of the run, layers' files, settings, code.

    ``further`` are names of other things kept that it builds upon. It may hold a part of its files, or none yet.
    """
    named, chosen = dict(run.country.layer_items), tuple(layers)
    used = [run.stages_folder / f"{name}.parquet" for name in tables]
    used += [ref.path for name in chosen if name in named for _, ref in files_of(named[name])]
    contents = [[path.name, _digest_of(path)] for path in used if path.is_file()]
    content = json.dumps([_own_code(), _settings(run, chosen), *further, contents])
    return run.data_dir / "kept" / f"{kind}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


@lru_cache(maxsize=16)
def _settings(run: Run, layers: tuple[str, ...]) -> str:
    country, named = run.country, dict(run.country.layer_items)
    settings = {
        "reach": country.reach.model_dump(mode="json"),
        "thresholds": country.thresholds.model_dump(mode="json"),
        "metric_crs": run.area.metric_crs,
        "layers": {name: named[name].model_dump(mode="json", exclude={"path"}) for name in layers if name in named},
    }
    return json.dumps(settings, sort_keys=True)


@cache
def _own_code() -> str:
    return code_hash()


def _digest_of(path: Path) -> str:
    status = path.stat()
    return _digest(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _digest(path: Path, _modified_ns: int, _bytes: int) -> str:
    return sha256(path)


def forget_older(folder: Path) -> None:
    """Mark the folder as used now, and remove all but the two used last of its kind."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    kind = folder.name.split("-")[0]
    by_age = sorted(folder.parent.glob(f"{kind}-*"), key=lambda path: (path == folder, path.stat().st_mtime))
    for old in by_age[:-_KEEP]:
        shutil.rmtree(old, ignore_errors=True)
