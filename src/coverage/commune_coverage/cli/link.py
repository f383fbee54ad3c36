"""``commune-coverage link``: the loss of single links by every model, for an engineer to check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km, terrain_loss_db
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.registry import MODELS, propagation_models
from commune_coverage.readers.safety.files import require_file

Height = Annotated[float, Field(ge=0.1, le=3000, allow_inf_nan=False)]
Metres = Annotated[float, Field(ge=-11_000, le=9000, allow_inf_nan=False)]
Distance = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
TERRAIN_MHZ = (30.0, 6000.0)
_MAX_BYTES = 200_000_000


class LinkProfile(BaseModel):
    """One link: antennas above ground, and the ground from the transmitter (0 m) to the receiver."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    frequency_mhz: float = Field(ge=1, le=300_000, allow_inf_nan=False)
    tx_height_m: Height
    rx_height_m: Height
    distance_m: list[Distance] = Field(min_length=2)
    elevation_m: list[Metres] = Field(min_length=2)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self.distance_m) != len(self.elevation_m):
            raise ValueError(f"{len(self.distance_m)} distances for {len(self.elevation_m)} elevations")
        if self.distance_m[0] != 0 or any(np.diff(self.distance_m) <= 0):
            raise ValueError("distances must rise from 0 at the transmitter")
        return self


class LinkFile(BaseModel):
    """A file of profiles; what else it holds is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    profiles: list[LinkProfile]


def read_links(path: Path) -> list[LinkProfile]:
    """The profiles of a JSON file. Raises UnreadableFileError with up to five problems."""
    if require_file(path).stat().st_size > _MAX_BYTES:
        raise UnreadableFileError(f"'{path.name}' is larger than {_MAX_BYTES // 1_000_000} MB; split it")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        return LinkFile.model_validate(content).profiles
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnreadableFileError(f"'{path.name}' is not JSON; give a file with {{\"profiles\": [...]}}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5]]
        more = f"; and {error.error_count() - 5:,} more" if error.error_count() > 5 else ""
        raise UnreadableFileError(f"'{path.name}': " + "; ".join(problems) + more) from error


def link_losses(profiles: list[LinkProfile], lapse_n_per_km: float) -> dict[str, Any]:
    """``{"profiles": [...]}`` in the order given: loss in dB by each model, null where it says nothing, and why."""
    earth_km = effective_earth_km(lapse_n_per_km)
    return {"profiles": [_losses(profile, earth_km) for profile in profiles]}


def _losses(profile: LinkProfile, earth_km: float) -> dict[str, Any]:
    along, ground = np.array(profile.distance_m), np.array(profile.elevation_m)
    rise_m = ground[-1] + profile.rx_height_m - ground[0] - profile.tx_height_m
    ray_m = np.array([np.hypot(along[-1], rise_m)])
    link = Link(profile.frequency_mhz, profile.tx_height_m, profile.rx_height_m)
    losses: dict[str, Any] = {"free_space_db": _rounded(MODELS["free_space"].loss_db(ray_m, link)[0])}
    reasons: dict[str, str] = {}
    low, high = TERRAIN_MHZ
    if low <= profile.frequency_mhz <= high:
        loss = terrain_loss_db(along, ground, profile.frequency_mhz, profile.tx_height_m, profile.rx_height_m, earth_km)
        losses["terrain_db"] = _rounded(loss)
    else:
        losses["terrain_db"] = None
        reasons["terrain"] = f"frequency {profile.frequency_mhz:g} MHz is outside {low:g}-{high:g}"
    for name, model in propagation_models().items():
        if name != "free_space":
            why = model.why_not(link) or model.too_far_or_near(along[-1])
            losses[f"{name}_db"] = None if why else _rounded(model.loss_db(along[-1:], link)[0])
            reasons |= {name: why} if why else {}
    return losses | {"not_valid": reasons}


def _rounded(loss_db: float) -> float:
    return round(float(loss_db), 3)
