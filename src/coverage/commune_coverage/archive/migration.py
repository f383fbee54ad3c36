"""Data folders of older versions brought to the names, formats and settings of this one."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from commune_coverage.archive.records import RUNS
from commune_coverage.config.country import country_model
from commune_coverage.config.renamed import with_new_configuration
from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.state.declared import INPUT_VERSIONS, MANIFEST, RUN_RECORD
from commune_coverage.quality.input_versions import InputVersions
from commune_coverage.quality.select_versions import hash_of_settings, settings_of

_TABLES = ("communes", "national")
_OLD_CACHE = "kept"
_OLD_PARTITION, _PARTITION = "night=", "run_date="


def bring_up_to_date(data_dir: Path) -> None:
    """Bring up what files cannot be read as they are: names of folders, the cache, what settings versions are of.

    All else is read in whatever format it is (``core.state``). Doing it again changes nothing; interrupted, it is done
    by the next run.
    """
    for kind in _TABLES:
        for old in (data_dir / "history").glob(f"*/{kind}/{_OLD_PARTITION}*"):
            _move_into(old, old.with_name(old.name.replace(_OLD_PARTITION, _PARTITION)))
    shutil.rmtree(data_dir / _OLD_CACHE, ignore_errors=True)
    for inputs in (data_dir / "inputs").glob("*/"):
        if any(INPUT_VERSIONS.is_older(listing) for listing in inputs.glob("*.json")):
            InputVersions(data_dir, inputs.name).know_settings(_same_settings(data_dir / "history" / inputs.name))


def _move_into(old: Path, new: Path) -> None:
    new.mkdir(exist_ok=True)
    for table in old.iterdir():
        table.replace(new / table.name)
    old.rmdir()


def _same_settings(history: Path) -> dict[tuple[str, str], str]:
    """By layer and the hash that was listed with its versions, today's hash of the same settings.

    Versions before the numbers hashed every setting that they knew, so that each new one made the good and the approved
    versions of a layer strangers. What they knew stands in the records of their runs.
    """
    same: dict[tuple[str, str], str] = {}
    for source in sorted((history / RUNS).glob("*.json")):
        with suppress(UnreadableFileError, ValidationError):
            same |= _settings_in(RUN_RECORD.read(source)["manifest"], source)
    return same


def _settings_in(manifest: dict[str, Any], source: Path) -> dict[tuple[str, str], str]:
    sections = manifest["configuration"]["layers"]
    renamed = with_new_configuration(MANIFEST.upgraded(manifest, source))
    country = country_model().model_validate(renamed["configuration"])
    return {
        (name, hash_of_settings(sections[name])): settings_of(layer)
        for name, layer in country.layer_items
        if sections.get(name)
    }
