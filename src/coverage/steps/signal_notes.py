"""What the signal stage assumes, stated for the pages and the report."""

from __future__ import annotations

from coverage.country import Country
from coverage.signal.radios import Radios, Spread
from coverage.steps.report import StageNotes


def stated(country: Country, radios: Radios, shifts_db: dict[str, float]) -> StageNotes:
    """Every assumption with its unit and source."""
    notes = StageNotes(facts={"calibration_db": shifts_db})
    for name, shift in shifts_db.items():
        notes.assume("internet", f"calibrated by drive tests, {name}", f"{shift:+.1f}", "dB", "drive tests")
    _conditions(notes, country, radios)
    for environment, place in radios.environments.items():
        notes.assume("internet", f"propagation, {environment}", ", then ".join(place.models), "", place.source)
    busy = radios.busy_hour
    users = f"{_text(busy.adoption_share)} of people, {_text(busy.demand_mbps)} Mbps each in the mean"
    notes.assume("internet", "users in the busy hour", users, "", busy.source)
    for name, budget in radios.technologies.items():
        text = (
            f"{_text(budget.frequency_mhz)} MHz, {_text(budget.bandwidth_mhz)} MHz wide, "
            f"{_text(budget.eirp_dbm)} dBm EIRP, {_text(budget.antenna_height_m)} m"
        )
        notes.assume("internet", f"{name.upper()} where no register states it", text, "", budget.source)
    for override in radios.overrides:
        of = ", ".join(text for text in (override.operator, override.environment, override.technology) if text)
        keys = ("frequency_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m", "attenuation")
        told = ", ".join(f"{key} {_text(spread)}" for key in keys if (spread := getattr(override, key)) is not None)
        notes.assume("internet", f"instead for {of or 'all cells'}", told, "", override.source)
    return notes


def _conditions(notes: StageNotes, country: Country, radios: Radios) -> None:
    conditions, limits = radios.conditions, country.urbanisation
    terrain = "flat ground" if country.layers.elevation is None or not country.signal.terrain else (
        f"delta-Bullington over the elevation, refractivity lapse {conditions.refractivity_lapse_n_per_km:g} N/km"
    )  # fmt: skip
    notes.assume("internet", "terrain", terrain, "", "ITU-R P.526, P.1812-7")
    urban = f"{limits.centre_people_per_km2:g} people/km2 and {limits.centre_people:,.0f} together"
    notes.assume("internet", "urban from", urban, "", "degree of urbanisation, UN 2020")
    suburban = f"{limits.cluster_people_per_km2:g} people/km2 and {limits.cluster_people:,.0f} together"
    notes.assume("internet", "suburban from", suburban, "", "degree of urbanisation, UN 2020")
    notes.assume("internet", "cell edge probability", conditions.edge_probability, "", conditions.source)
    notes.assume("internet", "cell load at the edge", conditions.load, "", conditions.source)
    notes.assume("internet", "body loss", f"{conditions.body_loss_db:g}", "dB", conditions.source)
    notes.assume("internet", "receiver", f"{conditions.receiver_height_m:g} m, outdoor", "", conditions.source)
    notes.assume("internet", "a model's median may be off by", f"{conditions.median_sigma_db:g}", "dB", "assumption")


def _text(spread: Spread) -> str:
    known = spread.low == spread.high
    return f"{spread.value:g}" if known else f"{spread.value:g} ({spread.low:g} to {spread.high:g})"
