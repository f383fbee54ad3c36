"""How the network stage has chosen to time ways, and where it has put what they need."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from coverage.runs import Run
from coverage.store import read_json

MethodName = Literal["roads", "friction", "straight"]


def network_folder(run: Run) -> Path:
    """Where the ground and the roads are."""
    return run.stages_folder / "network"


def method_of(run: Run) -> MethodName:
    """How the network stage has chosen to time ways."""
    method: MethodName = read_json(network_folder(run) / "method.json")
    return method
