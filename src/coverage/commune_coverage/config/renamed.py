"""Old spellings that are still read, with a warning that names the new one, until version 0.3.

Keys of TOML files are told by their place: ``section.key``, ``*.key`` in any section, or a section by itself.
Records and tables that older versions left in a data folder are read under their new names without a word: nobody can
edit them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

LAST_VERSION = "0.3"

RENAMED_KEYS: dict[str, str] = {
    "signal": "radio",
    "reach": "travel",
    "guard": "plausibility",
    "travel.speed_doubt": "speed_uncertainty",
    "water.ford_m": "max_crossing_m",
    "postgis.every_night": "every_run",
    "pins": "fixed_decisions",
    "floors": "service_constraints",
    "candidates.most": "max_count",
    "candidates.least_people": "min_people",
    "sharing.most_operators": "max_operators",
    "terrain.most_share": "max_share",
    "positions.least_m": "min_m",
    "busy_hour.idle_share": "min_activity_factor",
    "*.attenuation": "shannon_alpha",
    "evidence.measured_samples": "observed_samples",
    "source.largest_bytes": "max_bytes",
    "source.smallest_bytes": "min_bytes",
    "source.largest_age_days": "max_age_days",
    "source.largest_size_change_share": "max_size_change_share",
}


class RenamedKeyWarning(UserWarning):
    """A file still spells a key the old way."""


def with_new_keys(content: Any, file_name: str) -> Any:
    """The content of a TOML file with every old key under its new name.

    Parameters
    ----------
    content : dict, list or plain value
        As ``tomllib`` reads it.
    file_name : str
        Named in the warning.

    Returns
    -------
    dict, list or plain value
        The same where nothing is spelled the old way. Where a file has both spellings the new one holds.

    Warns
    -----
    RenamedKeyWarning
        For each old key, with its place and the new name.
    """
    return _renamed(content, "", file_name)


def _renamed(value: Any, section: str, file_name: str) -> Any:
    if isinstance(value, list):
        return [_renamed(each, section, file_name) for each in value]
    if not isinstance(value, dict):
        return value
    renamed: dict[str, Any] = {}
    for key, inner in value.items():
        name = _new_name(section, key)
        if name != key:
            place = f"{section}.{key}" if section else key
            text = f"{file_name}: '{place}' is now '{name}'; the old spelling is read until version {LAST_VERSION}"
            warnings.warn(text, RenamedKeyWarning, stacklevel=2)
        if name == key or name not in value:
            renamed[name] = _renamed(inner, name, file_name)
    return renamed


def _new_name(section: str, key: str) -> str:
    places = (f"{section}.{key}", f"*.{key}") if section else (key,)
    return next((RENAMED_KEYS[place] for place in places if place in RENAMED_KEYS), key)


def with_new_configuration(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest of an older version, its configuration included, under the names of this one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RenamedKeyWarning)
        configuration = with_new_keys(dict(manifest["configuration"]), "manifest.json")
    return {**manifest, "configuration": configuration}
