"""From cells to received power and throughput at each populated place. Pure functions.

``radio.propagation_models()`` lists the models, ``radio.Link`` is a link, ``radio.chain_loss_db`` its loss by the first
of several models that is valid, ``radio.terrain_loss_db`` what the terrain between adds, ``radio.sinr_quantiles`` the
SINR where the best of many shadowed cells serves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def __getattr__(name: str) -> Any:
    """Import a function when it is asked for: compiled loops take a second to import."""
    if name not in __all__:
        raise AttributeError(f"module 'commune_coverage.radio' has no attribute '{name}'")
    from commune_coverage.radio import public

    return getattr(public, name)
