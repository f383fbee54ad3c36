"""What a stage has to say, and the run report made of all of it."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commune_coverage.config.country import Country, internet_access, plan_access
from commune_coverage.core.quarantine import RowLog
from commune_coverage.core.resources import cpu_s
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.readers.formats.provenance import old_days
from commune_coverage.readers.registry import layer_names
from commune_coverage.runs.run import Run

INGESTS = layer_names()
_COSTS = ("name", "seconds", "peak_memory_mb", "reused", "compute_mode")
_COUNTS = ("read", "kept", "neighbours", "out_of_area", "quarantined", "filtered")


def synthetic_layers(run: Run) -> list[str]:
    """List the layers whose data are not observed."""
    origins = {name: run.stage_report(name)["origin"] for name in INGESTS}
    return sorted(name for name, origin in origins.items() if origin and origin["synthetic"])


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Wall and CPU seconds of the block, workers included, and peak resident memory of this process."""
    _forget_peak()
    cost: dict[str, float] = {}
    start, cpu = time.perf_counter(), cpu_s()
    yield cost
    cost["seconds"] = round(time.perf_counter() - start, 3)
    cost["cpu_seconds"] = round(cpu_s() - cpu, 3)
    cost["peak_memory_mb"] = round(_peak_mb(), 1)


def _forget_peak() -> None:
    reset = Path("/proc/self/clear_refs")
    try:
        reset.write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stage_record(name: str, result: StageResult) -> dict[str, Any]:
    """What a stage has to say, as JSON."""
    return {
        "name": name,
        "logs": [log_record(log) for log in result.logs],
        "origin": result.origin,
        "unavailable": result.unavailable,
        "assumptions": result.assumptions,
        "facts": result.facts,
        "measure": result.measure,
        "intake": result.intake,
        "reused": False,
        "compute_mode": result.compute_mode,
    }


def log_record(log: RowLog) -> dict[str, Any]:
    """A row log as JSON, its rows included."""
    counts = {name: getattr(log, name) for name in _COUNTS}
    return {
        "layer": log.layer,
        "file": log.file,
        "rows": counts,
        "reasons": log.reasons(),
        "notes": log.notes,
        "blanked": [
            {"column": column, "reason": reason.value, "cells": each.cells, "examples": each.examples}
            for (column, reason), each in log.blanked.items()
        ],
        "outside": log.outside,
        "bare": log.bare,
        "listed": log.rows,
    }


def log_of(record: dict[str, Any]) -> RowLog:
    """The row log that ``log_record`` was made of."""
    counts = {name: count for name, count in record["rows"].items() if name != "quarantined"}
    unlisted = record["rows"]["quarantined"] - len(record["listed"])
    log = RowLog(record["layer"], record["file"], **counts, unlisted=unlisted, rows=record["listed"])
    log.notes, log.outside, log.bare = record["notes"], record.get("outside", []), record.get("bare", 0)
    return log


def build_report(run: Run, stages: Sequence[Mapping[str, Any]], national: dict[str, Any]) -> dict[str, Any]:
    """The run report of the stages' records: what each layer brought, what is missing and why, what the stages cost."""
    layers = {stage["name"]: _layer(stage, run) for stage in stages if stage["origin"]}
    country = run.country
    return {
        "run_id": run.run_id,
        "run_date": run.run_date.isoformat(),
        "country": {"code": country.code, "name": country.name, "languages": country.languages},
        "status": country.status,
        "maps": country.maps.model_dump(),
        "exports": country.exports.model_dump(),
        "synthetic_layers": sorted(name for name, layer in layers.items() if layer["synthetic"]),
        "held_layers": sorted(run.held),
        "layers": layers,
        "people": next((s["facts"] for s in stages if s["name"] == "people" and s["facts"]), None),
        "unavailable": {figure: why for stage in stages for figure, why in stage["unavailable"].items()},
        "national": national,
        **shown_of(country),
        "assumptions": [line for stage in stages for line in stage["assumptions"]],
        "stages": [{key: stage[key] for key in _COSTS} for stage in stages],
    } | _edition(country)


def _edition(country: Country) -> dict[str, Any]:
    """What keeps the report from the public, and nothing where no layer is confidential."""
    confidential = country.confidential_layers
    return {"edition": "internal", "withheld_layers": confidential} if confidential else {}


def shown_of(country: Country) -> dict[str, Any]:
    """What the figures count and rest on, as pages say it: thresholds, the currency of costs, networks, sources."""
    beside = {
        "currency": country.parcel_cost.currency,
        "internet_source": country.headline.source,
        "internet_access": internet_access(country),
        "plan_access": plan_access(country),
    }
    return {
        "headline_sources": {"internet": country.headline.source},
        "thresholds": country.thresholds.model_dump() | beside,
    }


def _examples_of(log: dict[str, Any]) -> dict[str, Any]:
    """Cells that were left blank and rows out of the area, with lines of the file."""
    return {"blanked": log.get("blanked", []), "outside": log.get("outside", []), "bare": log.get("bare", 0)}


def _layer(stage: Mapping[str, Any], run: Run) -> dict[str, Any]:
    main = next(log for log in stage["logs"] if log["layer"] == stage["name"])
    others = [
        {key: log[key] for key in ("layer", "file", "rows", "reasons", "notes")} | _examples_of(log)
        for log in stage["logs"]
        if log is not main
    ]
    return {
        **stage["origin"],
        "rows": main["rows"],
        "reasons": main["reasons"],
        "notes": main["notes"],
        **_examples_of(main),
        "tables": others,
        "old_days": old_days(stage["origin"], run.run_date),
        "held": run.held[stage["name"]].record() if stage["name"] in run.held else None,
    }
