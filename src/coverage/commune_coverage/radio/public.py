"""What ``commune_coverage.radio`` gives out."""

from __future__ import annotations

from commune_coverage.radio.diffraction.delta_bullington import terrain_loss_db
from commune_coverage.radio.losses.building_entry import building_entry_loss_db
from commune_coverage.radio.losses.clutter import clutter_loss_db
from commune_coverage.radio.propagation.base import Link, Model
from commune_coverage.radio.propagation.fallback_chain import chain_loss_db
from commune_coverage.radio.propagation.registry import propagation_models
from commune_coverage.radio.sinr import sinr_exceedance, sinr_quantiles

__all__ = [
    "Link",
    "Model",
    "building_entry_loss_db",
    "chain_loss_db",
    "clutter_loss_db",
    "propagation_models",
    "sinr_exceedance",
    "sinr_quantiles",
    "terrain_loss_db",
]
