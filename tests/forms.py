"""Short forms of tests that try a list of cases."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def short_form_of(cases: Iterable[Any], kept: Collection[Any]) -> list[Any]:
    """All cases, those that are not ``kept`` for the long form alone."""
    listed = list(cases)
    assert all(case in listed for case in kept)
    return [case if case in kept else pytest.param(case, marks=pytest.mark.long) for case in listed]
