"""Workers that lie: what they send back in place of what the task does."""

from __future__ import annotations

import io
import json
import os
import pickle
from pathlib import Path

import numpy as np

from commune_coverage.engine import file_staging
from commune_coverage.engine.object_storage import Storage
from commune_coverage.engine.task_results import encode_result


class Trap:
    """A pickle that makes a file where it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return (os.mkdir, (str(self.mark),))


def answers(storage: Storage, victim: Path, target: Path, evil: Path, mark: Path) -> dict[str, object]:
    """Each lie by its name; ``evil`` is a file that would be written in the victim's place."""
    name, trap = storage.put(evil), pickle.dumps(Trap(mark))
    traps = io.BytesIO()
    np.savez(traps, allow_pickle=True, tree=np.array([Trap(mark)], dtype=object))
    large = io.BytesIO()
    np.savez_compressed(large, tree=np.zeros(2**29, dtype=np.uint8))
    wrong = json.dumps([[], {"array": "none"}]).encode()
    unknown = io.BytesIO()
    np.savez(unknown, tree=np.frombuffer(wrong, np.uint8))
    dots = f"{target.parent}/../../{victim.relative_to(target.parents[1])}"
    strange, root = io.BytesIO(), Path("/")
    np.savez(strange, tree=np.frombuffer(json.dumps([[], {"call": [["os", "system"]]}]).encode(), np.uint8))
    return {
        "an absolute path": encode_result(([[str(victim), name]], target), root),
        "a path with dots": encode_result(([[dots, name]], target), root),
        "an extra file": encode_result(([[str(target), name], [str(victim), name]], target), root),
        "a file twice": encode_result(([[str(target), name], [str(target), name]], target), root),
        "a result that names another path": encode_result(([], victim), root),
        "a result of another type": encode_result(([], 7), root),
        "a name that leads out of the storage": encode_result(([[str(target), "../" * 9 + str(victim)]], target), root),
        "a pickle": trap,
        "a pickle in an array": traps.getvalue(),
        "an object, not bytes": file_staging.TaskFiles(str, str),
        "an array that is not there": unknown.getvalue(),
        "a part of no kind": strange.getvalue(),
        "no end": encode_result(([], target), root)[:-40],
        "more than fits": large.getvalue(),
    }
