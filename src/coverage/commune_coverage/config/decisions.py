"""Who may decide, and what takes a second person."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from commune_coverage.config.thresholds import Strict

Act = Literal["approve", "publish"]
Account = Annotated[str, Field(pattern=r"^@?[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=64)]


class Decisions(Strict):
    """Who may do what, by accounts of the operating system and by ``@groups``; anybody where a list is empty.

    ``approve`` lets a version in that is held back; ``publish`` shows a run by hand or goes back to an earlier one. An
    act of ``second_person`` is done when another account has ordered the same.
    """

    approve: list[Account] = Field(default_factory=list)
    publish: list[Account] = Field(default_factory=list)
    second_person: list[Act] = Field(default_factory=list)

    def allows(self, act: Act, accounts: set[str]) -> bool:
        """Whether a person of these accounts and groups may do it."""
        named: list[str] = getattr(self, act)
        return not named or bool(accounts & set(named))
