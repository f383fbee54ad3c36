"""How far a cell's position may be off: the section of the link-budget file that the towers are read with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """Base of all blocks: frozen, unknown keys forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourcedModel(Frozen):
    """A block that names its source.

    Attributes
    ----------
    source : str
        Where its values come from.
    """

    source: str = Field(min_length=3)


class StatedPositionErrors(SourcedModel):
    """Standard error of a cell's position.

    Attributes
    ----------
    register_m : float, m
        In a register.
    one_sample_m : float, m
        In crowdsourced data, of one measurement; falls with the root of their number.
    min_m : float, m
        Least error in crowdsourced data.
    """

    register_m: float = Field(ge=0, le=10_000)
    one_sample_m: float = Field(ge=0, le=50_000)
    min_m: float = Field(ge=0, le=10_000)
