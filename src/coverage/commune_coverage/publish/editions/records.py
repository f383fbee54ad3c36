"""Manifest, changes and checks of the public edition: nothing of layers that are not public."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from commune_coverage.publish.editions.shown import DETAILED_STAGES, PLAIN_ASSUMPTIONS, PLAIN_CHECKS, PLAIN_SECTIONS

Record = dict[str, Any]
_NOT_APART = "the causes are not told apart"
_CHANGES = ("before", "previous_run_date", "headline", "causes", "communes")


def public_manifest(manifest: Mapping[str, Any], confidential: Collection[str]) -> Record:
    """The manifest with the files and sections of public layers, and of settings that name nothing of a layer.

    Parameters
    ----------
    manifest : mapping
        Of the whole run.
    confidential : collection of str
        Layers that are not public.

    Returns
    -------
    dict
        As JSON.
    """
    configuration = manifest["configuration"]
    layers = {name: value for name, value in configuration["layers"].items() if name not in confidential}
    sections = {name: configuration[name] for name in PLAIN_SECTIONS if name in configuration}
    return {
        **{name: manifest[name] for name in ("run_id", "run_date", "versions", "bundled_libraries", "plug_ins")},
        "inputs": {name: value for name, value in manifest["inputs"].items() if name.split(".")[0] in layers},
        "held": {name: value for name, value in manifest["held"].items() if name in layers},
        "configuration": sections | {"layers": layers},
    }


def public_changes(changes: Mapping[str, Any], confidential: Collection[str]) -> Record:
    """What changed since the run shown before, without rows of confidential layers.

    Parameters
    ----------
    changes : mapping
        As the stage ``changes`` writes them.
    confidential : collection of str
        Layers that are not public; where the people are not, nothing is told of changes, which are people.

    Returns
    -------
    dict
        As JSON.
    """
    if "people" in confidential or not changes.get("before"):
        return {"before": None}
    rows = {name: value for name, value in changes.get("rows", {}).items() if name not in confidential}
    why_not = _NOT_APART if changes.get("why_not") else ""
    return {name: changes[name] for name in _CHANGES if name in changes} | {"rows": rows, "why_not": why_not}


def public_checks(checks: Sequence[Mapping[str, Any]]) -> list[Record]:
    """The checks whose words hold nothing of a layer."""
    return [dict(one) for one in checks if one["name"] in PLAIN_CHECKS]


def public_stage(record: Mapping[str, Any], confidential: Collection[str]) -> Record:
    """What a stage reported, without what names or counts anything of a confidential layer.

    Parameters
    ----------
    record : mapping
        The report of a stage that does not read such a layer, but may be computed with it.
    confidential : collection of str
        Layers that are not public.

    Returns
    -------
    dict
        As JSON.
    """
    if set(DETAILED_STAGES.get(record["name"], ())).isdisjoint(confidential):
        return dict(record)
    plain = [one for one in record["assumptions"] if PLAIN_ASSUMPTIONS.fullmatch(one["name"])]
    return {**record, "assumptions": plain, "compute_mode": ""}
