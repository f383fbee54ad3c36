"""The steps from the inputs of one run to those of another, one cause at a time."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commune_coverage.config.layers import layers_model

Manifest = dict[str, Any]

CODE, RUN_DATE = "code", "run_date"
_FIRST = ("communes", "people")
_NO_CAUSE = (
    "layers",
    "plausibility",
    "intake",
    "checks",
    "history",
    "decisions",
    "name",
    "languages",
    "code",
    "catalogue",
)


@dataclass(frozen=True)
class Step:
    """A cause, and the manifest once it and all causes before it are as in the later run."""

    cause: str
    manifest: Manifest


def steps_between(before: Manifest, after: Manifest) -> list[Step]:
    """Code, then boundaries, people and the other layers, then parameters by section, then the date.

    Only what differs is a step; the last manifest has all that decides the later run's figures.
    """
    manifest = copy.deepcopy(before)
    steps = []
    if before["versions"] != after["versions"]:
        manifest["versions"] = after["versions"]
        steps.append(Step(CODE, copy.deepcopy(manifest)))
    layers = [*_FIRST, *(name for name in layers_model().model_fields if name not in _FIRST)]
    sections = sorted(after["configuration"].keys() - set(_NO_CAUSE))
    for names, swap in ((layers, _swap_layer), (sections, _swap_section)):
        steps += [Step(name, copy.deepcopy(manifest)) for name in names if swap(manifest, after, name)]
    if before["run_date"] != after["run_date"]:
        manifest |= {"run_date": after["run_date"], "run_id": after["run_id"]}
        steps.append(Step(RUN_DATE, copy.deepcopy(manifest)))
    return steps


def with_layers(before: Manifest, after: Manifest, names: Sequence[str]) -> Manifest:
    """Swap single layers.

    Parameters
    ----------
    before, after : Manifest
        Those of two runs.
    names : sequence of str
        Layers, of which files and settings are taken from the later run.

    Returns
    -------
    Manifest
        All else is the earlier run's.
    """
    manifest = copy.deepcopy(before)
    for name in names:
        _swap_layer(manifest, after, name)
    return manifest


def _swap_layer(manifest: Manifest, after: Manifest, name: str) -> bool:
    """Take the layer's files and settings from the later run; whether anything differed."""
    old, new = (
        {key: facts for key, facts in each["inputs"].items() if key.split(".")[0] == name} for each in (manifest, after)
    )
    layers, later = manifest["configuration"]["layers"], after["configuration"]["layers"]
    if _content(old) == _content(new) and layers.get(name) == later.get(name):
        return False
    manifest["inputs"] = {key: facts for key, facts in manifest["inputs"].items() if key not in old} | new
    layers[name] = later.get(name)
    return True


def _swap_section(manifest: Manifest, after: Manifest, section: str) -> bool:
    """Take a section of the country file from the later run, its link budgets with [radio]; whether it differed."""
    same = manifest["configuration"].get(section) == after["configuration"][section]
    manifest["configuration"][section] = after["configuration"][section]
    if section == "radio":
        old, new = (each["inputs"].get("radios") for each in (manifest, after))
        same = same and _content({"radios": old}) == _content({"radios": new})
        manifest["inputs"].pop("radios", None)
        manifest["inputs"] |= {} if new is None else {"radios": new}
    return not same


def _content(inputs: dict[str, Any]) -> dict[str, Any]:
    return {key: (facts["sha256"], facts["origin_sha256"]) if facts else None for key, facts in inputs.items()}
