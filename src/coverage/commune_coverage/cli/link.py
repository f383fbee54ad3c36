"""``commune-coverage link``: the loss of single links by every model, and SINR laws, for an engineer to check."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.radio.diffraction.delta_bullington import effective_earth_km, terrain_loss_db
from commune_coverage.radio.propagation.base import Link
from commune_coverage.radio.propagation.registry import MODELS, propagation_models
from commune_coverage.radio.sinr import sinr_exceedance, sinr_quantiles
from commune_coverage.readers.safety.files import require_file

Height = Annotated[float, Field(ge=0.1, le=3000, allow_inf_nan=False)]
Metres = Annotated[float, Field(ge=-11_000, le=9000, allow_inf_nan=False)]
Distance = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
TERRAIN_MHZ = (30.0, 6000.0)
_MAX_BYTES = 200_000_000
_COVERED_DB = -6.0


class LinkProfile(BaseModel):
    """One link: antennas above ground, and the ground from the transmitter (0 m) to the receiver.

    ``clutter_height_m`` is what stands on the ground at each distance, representative heights of ITU-R P.1812.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)
    frequency_mhz: float = Field(ge=1, le=300_000, allow_inf_nan=False)
    tx_height_m: Height
    rx_height_m: Height
    distance_m: list[Distance] = Field(min_length=2)
    elevation_m: list[Metres] = Field(min_length=2)
    clutter_height_m: list[Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)]] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self.distance_m) != len(self.elevation_m):
            raise ValueError(f"{len(self.distance_m)} distances for {len(self.elevation_m)} elevations")
        if self.clutter_height_m is not None and len(self.clutter_height_m) != len(self.distance_m):
            raise ValueError(f"{len(self.distance_m)} distances for {len(self.clutter_height_m)} clutter heights")
        if self.distance_m[0] != 0 or any(np.diff(self.distance_m) <= 0):
            raise ValueError("distances must rise from 0 at the transmitter")
        return self


class LinkFile(BaseModel):
    """A file of profiles; what else it holds is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    profiles: list[LinkProfile]


class SinrCase(BaseModel):
    """One place: the median powers of the cells that it hears, and what they share."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    median_dbm: list[Annotated[float, Field(ge=-300, le=100, allow_inf_nan=False)]] = Field(
        min_length=1, max_length=1000
    )
    sigma_db: float = Field(ge=0, le=30, allow_inf_nan=False)
    correlation: float = Field(ge=0, le=1, allow_inf_nan=False)
    load: float = Field(ge=0, le=1, allow_inf_nan=False)
    noise_dbm: float = Field(ge=-300, le=100, allow_inf_nan=False)


class SinrFile(BaseModel):
    """A file of places; what else it holds is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    cases: list[SinrCase]


Content = TypeVar("Content", LinkFile, SinrFile)


def read_links(path: Path) -> list[LinkProfile]:
    """The profiles of a JSON file. Raises UnreadableFileError with up to five problems."""
    return _read(path, LinkFile, "profiles").profiles


def read_sinr_cases(path: Path) -> list[SinrCase]:
    """The places of a JSON file. Raises UnreadableFileError with up to five problems."""
    return _read(path, SinrFile, "cases").cases


def _read(path: Path, form: type[Content], key: str) -> Content:
    if require_file(path).stat().st_size > _MAX_BYTES:
        raise UnreadableFileError(f"'{path.name}' is larger than {_MAX_BYTES // 1_000_000} MB; split it")
    try:
        return form.model_validate(json.loads(path.read_text(encoding="utf-8-sig")))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise UnreadableFileError(f"'{path.name}' is not JSON; give a file with {{\"{key}\": [...]}}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5]]
        more = f"; and {error.error_count() - 5:,} more" if error.error_count() > 5 else ""
        raise UnreadableFileError(f"'{path.name}': " + "; ".join(problems) + more) from error


def sinr_of(cases: list[SinrCase]) -> dict[str, Any]:
    """``{"cases": [...]}`` in the order given: quantiles of the SINR, dB, and how probably it is -6 dB or more."""
    return {"cases": [_sinr(case) for case in cases]}


def _sinr(case: SinrCase) -> dict[str, float]:
    law = (case.median_dbm, case.sigma_db, case.correlation, case.load, case.noise_dbm)
    quantiles = zip(("p10", "p50", "p90"), sinr_quantiles(*law, (0.1, 0.5, 0.9)), strict=True)
    covered = {"covered_probability_at_minus_6_db": round(float(sinr_exceedance(*law, _COVERED_DB)[0]), 4)}
    return {name: _rounded(quantile) for name, quantile in quantiles} | covered


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
        clutter = None if profile.clutter_height_m is None else np.array(profile.clutter_height_m)
        ends_m = profile.tx_height_m, profile.rx_height_m
        loss = terrain_loss_db(along, ground, profile.frequency_mhz, *ends_m, earth_km, clutter)
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
