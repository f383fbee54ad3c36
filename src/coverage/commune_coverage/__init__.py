"""Commune-level gaps in high-speed internet, last-mile delivery and payment, from files to maps.

``import commune_coverage as cc`` gives what a notebook uses: ``cc.load_country``, ``cc.check``, ``cc.run``,
``cc.open_results``, ``cc.plan``, and the pure functions in ``cc.radio`` and ``cc.travel``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commune_coverage import radio, travel
    from commune_coverage.api import Results, check, load_country, open_results, plan, run, write_invented_country

__version__ = "0.1.0"
__all__ = [
    "Results",
    "__version__",
    "check",
    "load_country",
    "open_results",
    "plan",
    "radio",
    "run",
    "travel",
    "write_invented_country",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: the command's help needs none of it."""
    if name == "radio":
        import commune_coverage.radio as module

        return module
    if name == "travel":
        import commune_coverage.travel as module  # type: ignore[no-redef]

        return module
    if name in __all__:
        from commune_coverage import api

        return getattr(api, name)
    raise AttributeError(f"module 'commune_coverage' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
