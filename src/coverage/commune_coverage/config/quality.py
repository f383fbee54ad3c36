"""What is checked of a run, how severely and up to which limit; and how long runs are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from commune_coverage.config.thresholds import Strict

Severity = Literal["block", "warn", "off"]


class Check(Strict):
    """A run whose measure is over the limit is held (``block``) or published with a warning (``warn``)."""

    severity: Severity
    limit: float = Field(ge=0)


class Checks(Strict):
    """Each check with its measure.

    ``people_conserved``: part of the people read that is neither counted, outside nor quarantined.
    ``every_commune``: communes without their one row, or with more.
    ``values_in_bounds``: columns with a value that their declaration forbids.
    ``national_change``: largest change of a national gap share to the run published last, in parts of all people,
    beyond what approved layers change by themselves.
    ``date_in_order``: days by which the run's date is before that of the run that is shown, or after the machine's, or
    the machine's before that of its code or of a fetched layer.
    ``freshness_days``: age of the oldest fetched layer.
    ``communes_moved``: part of the communes of which a gap share moved by more than a fifth of their people.
    ``rows_quarantined``: largest part of a layer's rows that is quarantined.
    ``versions_held``: layers of which an older version is used. ``layers_missing``: layers of towers, people, hubs and
    payments that are not there. ``nothing_to_compare``: 1 where the run that is shown cannot be read.
    ``benchmarks``: published figures that ours are farther from than their tolerance, or that we have no figure for.
    """

    people_conserved: Check = Check(severity="block", limit=1e-6)
    every_commune: Check = Check(severity="block", limit=0)
    values_in_bounds: Check = Check(severity="block", limit=0)
    national_change: Check = Check(severity="block", limit=0.1)
    date_in_order: Check = Check(severity="block", limit=0)
    freshness_days: Check = Check(severity="block", limit=3650)
    communes_moved: Check = Check(severity="warn", limit=0.1)
    rows_quarantined: Check = Check(severity="warn", limit=0.05)
    versions_held: Check = Check(severity="warn", limit=0)
    layers_missing: Check = Check(severity="warn", limit=0)
    nothing_to_compare: Check = Check(severity="warn", limit=0)
    benchmarks: Check = Check(severity="warn", limit=0)

    @field_validator("*", mode="before")
    @classmethod
    def _over_the_default(cls, value: Any, info: ValidationInfo) -> Any:
        """A check that names only its severity or its limit keeps the other."""
        default = cls.model_fields[str(info.field_name)].default
        return {**default.model_dump(), **value} if isinstance(value, dict) else value


Part = Annotated[float, Field(ge=0, le=1)]


class LayerIntake(Strict):
    """One layer's own limits; those that are left out are those of ``Intake``."""

    lost_share: Part | None = None
    outside_share: Part | None = None
    no_data_share: Part | None = None
    no_point_share: Part | None = None
    one_point_share: Part | None = None


class Intake(Strict):
    """What of a layer may be unusable, its first version too, before the run stops until a person approves it.

    ``lost_share``: part of a file's rows, or of the people, that is set aside; all of them where none is left.
    ``outside_share``: part of the rows or people that lies outside the country. It does not count of an extract of a
    larger area of which at least ``inside_rows`` rows lie inside, nor of a register or a table of points, which may be
    a nation's for one of its regions, with ``region_rows`` inside. ``no_data_share``: part of the communes without
    people by a raster or a table of communes, or for which a raster holds no value; ``no_point_share``: without people
    by points or polygons, which are only where people live. ``one_point_share``: part of the rows that stand on one
    and the same position, where there are at least ``one_point_rows``. 1 switches a limit off; ``layers`` has those of
    one layer.
    """

    lost_share: Part = 0.5
    outside_share: Part = 0.5
    no_data_share: Part = 0.25
    no_point_share: Part = 0.75
    one_point_share: Part = 0.5
    inside_rows: int = Field(3, ge=1)
    region_rows: int = Field(100, ge=1)
    one_point_rows: int = Field(10, ge=2)
    layers: dict[str, LayerIntake] = Field(default_factory=dict)

    def limit(self, check: str, layer: str) -> float:
        """The limit of a check for a layer: its own where it states one."""
        own = getattr(self.layers.get(layer), check, None)
        return float(getattr(self, check) if own is None else own)


class History(Strict):
    """``runs`` are kept whole with their pages; tables of all runs for ``days``, then of the first of each month."""

    runs: int = Field(14, ge=2, le=1000)
    days: int = Field(400, ge=1)


class Alerts(Strict):
    """Who is told when a run fails, is held or is missed, and when that is over.

    ``webhook_file`` holds the address that takes a POST of JSON, ``smtp_password_file`` the password of ``smtp_login``;
    neither is ever in the country file. A run is missed when none has ended for ``missed_after_hours``.

    ``heartbeat_file`` holds an address that every watch posts its state to: whoever waits there notices that nothing
    comes any more, because the machine, the network or the watch is down. With ``backup_after_days`` the watch warns
    when the last ``commune-coverage backup`` is older.
    """

    webhook_file: Path | None = None
    heartbeat_file: Path | None = None
    email_to: list[str] = Field(default_factory=list)
    email_from: str = "commune-coverage@localhost"
    smtp_host: str = "localhost"
    smtp_port: int = Field(25, ge=1, le=65_535)
    smtp_starttls: bool = False
    smtp_login: str = ""
    smtp_password_file: Path | None = None
    missed_after_hours: float = Field(26.0, gt=0)
    backup_after_days: float | None = Field(None, gt=0)
