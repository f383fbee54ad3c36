"""Preloaded by a worker: opening anything below the folder FORBIDDEN fails, as on a machine that does not have it."""

import os
import sys
from pathlib import Path

HIDDEN = os.environ["FORBIDDEN"]


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str | Path | bytes):
        path = os.fsdecode(arguments[0])
        if path.startswith(HIDDEN):
            raise FileNotFoundError(f"no such file here: {path}")


sys.addaudithook(_refuse)
