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
        """Describe the version for the report, the manifest and the pages.

        Returns
        -------
        dict[str, Any]
            As JSON, without its files.
        """
        return {key: value for key, value in asdict(self).items() if key != "files"}


def select_input_versions(
    country: Country, country_path: Path, store: InputVersions, run_date: date
) -> dict[str, HeldVersion]:
    """Select the layers for which the last good version stands in.

    A layer whose files cannot be used and that has no good version is left as it is, for the run to report.

    Parameters
    ----------
    country : Country
        The country file.
    country_path : Path
        Its path.
    store : InputVersions
        The versions of the country's layers.
    run_date : date
        The run's date.

    Returns
    -------
    dict[str, HeldVersion]
        By layer, why its newest version is not used and which one is.
    """
    held = {}
    for name, layer in country.layer_items:
        digest, reason = _state(name, layer, country_path, store)
        last = store.last_good(name, settings_of(layer), is_used=True) if reason else None
        if last is not None:
            files = {part: str(store.path_of(facts.sha256, facts.file)) for part, facts in last.files.items()}
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
    """Describe each file of a layer.

    Parameters
    ----------
    layer : Layer
        A section of the country file.
    country_path : Path
        The country file.

    Returns
    -------
    Inputs
        By the file's name in the layer, as ``describe_input`` gives it.

    Raises
    ------
    MissingFileError
        When one is not there.
    UnreadableFileError
        When one is no data.
    """
    return {name: describe_input(ref, country_path) for name, ref in files_of(layer)}


def digest_of(inputs: Inputs) -> str:
    """Hash all files of a layer together.

    Parameters
    ----------
    inputs : Inputs
        As ``layer_inputs`` gives them.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    hashes = {name: (facts["sha256"], facts["origin_sha256"]) for name, facts in inputs.items()}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def settings_of(layer: Layer) -> str:
    """Hash how the layer's files are to be read, whatever they are called.

    What is as it is without a word does not count: a setting that comes with a new version of the program leaves the
    hash as it is.

    Parameters
    ----------
    layer : Layer
        A section of the country file.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    return hash_of_settings(layer.model_dump(mode="json", exclude_defaults=True))


def hash_of_settings(section: dict[str, Any]) -> str:
    """Hash a layer's section as JSON, whatever its files are called.

    Parameters
    ----------
    section : dict
        Its settings. Versions of the program before formats had numbers hashed all of them.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    return hashlib.sha256(json.dumps(_plain(section), sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name not in ("path", "source")}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def with_files(country: Country, held: dict[str, HeldVersion]) -> Country:
    """Put the files of the versions that stand in into the country.

    Parameters
    ----------
    country : Country
        The country file.
    held : dict[str, HeldVersion]
        The versions that stand in, by layer.

    Returns
    -------
    Country
        The country with these files.
    """
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
    """Compare a version of a layer with the last good one.

    Measures that only one of them has are not compared.

    Parameters
    ----------
    measure : dict[str, float]
        Rows, people, ``area_km2`` and communes of the version.
    last : dict[str, float]
        The same of the last good version.
    limits : Plausibility
        Changes that are plausible, shares.

    Returns
    -------
    str
        Why the version is not plausible; '' when it is.
    """
    shares = {
        "rows": limits.rows_change_share,
        "people": limits.people_change_share,
        "area_km2": limits.area_change_share,
        "communes": limits.communes_change_share,
    }
    failures = [
        f"{measure[name]:,.0f} {_WORDS[name]} where the last good version has {last[name]:,.0f}"
        for name, max_change_share in shares.items()
        if name in measure and name in last and _differs(name, measure[name], last[name], max_change_share)
    ]
    return "; ".join(failures)


def _differs(name: str, now: float, last: float, max_change_share: float) -> bool:
    change = abs(now - last)
    return change > max_change_share * last and (name != "rows" or change > FEW_ROWS or now == 0)


def national_failure(now: dict[str, float | None], last: dict[str, float | None], limits: Plausibility) -> str:
    """Compare the country's gap shares with those published last.

    Parameters
    ----------
    now : dict[str, float | None]
        Shares (0 to 1) by indicator, None where not known.
    last : dict[str, float | None]
        The same of the run that is shown.
    limits : Plausibility
        Changes that are plausible, shares.

    Returns
    -------
    str
        Why they are not plausible; '' when they are.
    """
    failures = []
    for name, words in _GAPS.items():
        share, before = now.get(name), last.get(name)
        if share is not None and before is not None and abs(share - before) > limits.national_change_share:
            failures.append(f"with it the national {words} is {share:.1%} where it was {before:.1%}")
    return "; ".join(failures)
