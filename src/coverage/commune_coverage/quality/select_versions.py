"""Before a run: each layer's newest version, or the last good one where the newest is held back or is no data."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from commune_coverage.config.country import Country
from commune_coverage.config.layers import FileRef, Layer
from commune_coverage.config.thresholds import Plausibility
from commune_coverage.core.errors import CoverageError
from commune_coverage.core.quarantine import printable
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.manifest import describe_input
from commune_coverage.readers.formats.provenance import files_of

Inputs = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class HeldVersion:
    """A layer whose newest version is not used: why, and the first run of the one that is, with its files."""

    reason: str
    digest: str
    version_of: str
    age_days: int
    files: dict[str, str]

    def record(self) -> dict[str, Any]:
        """What the report, the manifest and the pages say of it."""
        return {key: value for key, value in asdict(self).items() if key != "files"}


def select_input_versions(
    country: Country, country_path: Path, store: InputVersions, run_date: date
) -> dict[str, HeldVersion]:
    """The layers for which the last good version stands in.

    A layer whose files cannot be used and that has no good version is left as it is, for the run to say so.
    """
    held = {}
    for name, layer in country.layer_items:
        digest, reason = _state(name, layer, country_path, store)
        last = store.last_good(name, settings_of(layer)) if reason else None
        if last is not None:
            files = {part: str(store.path_of(facts)) for part, facts in last.files.items()}
            age_days = max(0, (run_date - last.run_date).days)
            held[name] = HeldVersion(reason, digest, last.run_date.isoformat(), age_days, files)
    return held


def _state(name: str, layer: Layer, country_path: Path, store: InputVersions) -> tuple[str, str]:
    """(digest, why it is not to be used) of the files at a layer's paths."""
    try:
        digest = digest_of(layer_inputs(layer, country_path))
    except CoverageError as error:
        return "", printable(error, 300)
    known = store.find(name, digest, settings_of(layer))
    return digest, known.reason if known is not None and known.status == "held" else ""


def layer_inputs(layer: Layer, country_path: Path) -> Inputs:
    """What is known of each file of a layer, by its name there. Raises CoverageError when one is no data."""
    return {name: describe_input(ref, country_path) for name, ref in files_of(layer)}


def digest_of(inputs: Inputs) -> str:
    """One hash for all files of a layer."""
    hashes = {name: (facts["sha256"], facts["origin_sha256"]) for name, facts in inputs.items()}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def settings_of(layer: Layer) -> str:
    """A hash of how the layer's files are to be read, whatever they are called."""
    return hashlib.sha256(json.dumps(_plain(layer.model_dump(mode="json")), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name not in ("path", "source")}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def with_files(country: Country, held: dict[str, HeldVersion]) -> Country:
    """The country with the files of the versions that stand in."""
    layers = {name: _replaced(getattr(country.layers, name), entry.files) for name, entry in held.items()}
    return country.model_copy(update={"layers": country.layers.model_copy(update=layers)})


def _replaced(layer: FileRef, files: dict[str, str]) -> FileRef:
    updates: dict[str, Any] = {}
    for name, path in files.items():
        part, _, number = name.partition(".")
        if not part:
            updates["path"] = Path(path)
        elif number:
            listed = updates.setdefault(part, list(getattr(layer, part)))
            listed[int(number)] = listed[int(number)].model_copy(update={"path": Path(path)})
        else:
            updates[part] = getattr(layer, part).model_copy(update={"path": Path(path)})
    return layer.model_copy(update=updates)


# Fewer rows than this may come or go whatever share of all they are, but not the last of them.
FEW_ROWS = 10
_WORDS = {"rows": "rows", "people": "people", "area_km2": "km2", "communes": "communes"}
_GAPS = {"internet_gap_share": "internet gap", "delivery_gap_share": "delivery gap", "payment_gap_share": "payment gap"}


def plausibility_failure(measure: dict[str, float], last: dict[str, float], limits: Plausibility) -> str:
    """Why a version is not plausible after the last good one; '' when it is.

    Measures that only one of them has are not compared.
    """
    shares = {
        "rows": limits.rows_change_share,
        "people": limits.people_change_share,
        "area_km2": limits.area_change_share,
        "communes": limits.communes_change_share,
    }
    doubts = [
        f"{measure[name]:,.0f} {_WORDS[name]} where the last good version has {last[name]:,.0f}"
        for name, max_change_share in shares.items()
        if name in measure and name in last and _differs(name, measure[name], last[name], max_change_share)
    ]
    return "; ".join(doubts)


def _differs(name: str, now: float, last: float, max_change_share: float) -> bool:
    change = abs(now - last)
    return change > max_change_share * last and (name != "rows" or change > FEW_ROWS or now == 0)


def national_doubt(now: dict[str, float | None], last: dict[str, float | None], limits: Plausibility) -> str:
    """Why the country's gap shares are not plausible after those published last; '' when they are."""
    doubts = []
    for name, words in _GAPS.items():
        share, before = now.get(name), last.get(name)
        if share is not None and before is not None and abs(share - before) > limits.national_change_share:
            doubts.append(f"with it the national {words} is {share:.1%} where it was {before:.1%}")
    return "; ".join(doubts)
