"""What is kept between runs because it depends on few inputs: named by their hash, so that it is never out of date."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from coverage.runs import Run
from coverage.store import read_json

_KEEP = 2


def kept_folder(run: Run, kind: str, layers: Iterable[str], *further: str) -> Path:
    """The folder of one kind of thing, named by the layers it comes from, the settings of reach and the code.

    ``further`` are names of other things kept that it builds upon. It may hold a part of its files, or none yet.
    """
    manifest = read_json(run.folder / "manifest.json")
    wanted = set(layers)
    content = {
        "inputs": {name: entry for name, entry in manifest["inputs"].items() if name.split(".")[0] in wanted},
        "layers": {name: manifest["configuration"]["layers"][name] for name in sorted(wanted)},
        "settings": {name: manifest["configuration"][name] for name in ("reach", "thresholds", "metric_crs")},
        "versions": manifest["versions"],
        "further": further,
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return run.data_dir / "kept" / f"{kind}-{digest[:16]}"


def forget_older(folder: Path) -> None:
    """Mark the folder as used now, and remove all but the two used last of its kind."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    kind = folder.name.split("-")[0]
    by_age = sorted(folder.parent.glob(f"{kind}-*"), key=lambda path: (path == folder, path.stat().st_mtime))
    for old in by_age[:-_KEEP]:
        shutil.rmtree(old, ignore_errors=True)
