"""The registry of indicators: the package's own themes, and those of other packages.

Another package adds indicators by an entry point of the group ``commune_coverage.indicators`` that names an
`IndicatorSpec`; see docs/howto/add_an_indicator.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country, internet_access, plan_access
from commune_coverage.core.errors import IndicatorError
from commune_coverage.core.plug_ins import INDICATORS, distribution_of, plug_ins_of
from commune_coverage.indicators.context import Columns, IndicatorContext
from commune_coverage.indicators.themes import compute_delivery, compute_internet, compute_payment
from commune_coverage.schema.inputs import Column
from commune_coverage.schema.themes import ThemeColumns, declare_delivery, declare_internet, declare_payment

ARTIFACTS = ("people_sums", "internet_sums", "delivery_sums", "payment_sums")
"""Sums by commune that an indicator can name as needed."""
Values = Mapping[str, npt.ArrayLike] | pd.DataFrame
_DTYPES: dict[str, Any] = {"text": np.object_, "flag": np.bool_}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class IndicatorSpec:
    """One indicator: what it is called, the columns it adds to ``commune_gaps``, and how they are computed.

    Attributes
    ----------
    name : str
        Lower-case letters, digits and underscores.
    columns : sequence of Column, or function of Country to one
        The columns with their kind, unit, bounds and meaning; a function where they depend on the country file.
    compute : function
        Takes the table of communes so far (DataFrame, one row a commune) and an `IndicatorContext`; returns one value
        a commune for each column, as a mapping of names to arrays or as a DataFrame.
    artifacts : tuple of str
        Sums by commune that it needs, of ``ARTIFACTS``; where one is missing the columns stay empty.
    distribution : str
        Name and version of the distribution that it comes from; filled in when it is loaded.
    """

    name: str
    columns: Sequence[Column] | Callable[[Country], Sequence[Column]]
    compute: Callable[[pd.DataFrame, IndicatorContext], Values]
    artifacts: tuple[str, ...] = ()
    distribution: str = ""

    def declared(self, country: Country) -> tuple[Column, ...]:
        """Return the columns for one country."""
        return tuple(self.columns(country) if callable(self.columns) else self.columns)

    def values(self, table: pd.DataFrame, context: IndicatorContext) -> Columns:
        """Compute the columns and return them as arrays by name."""
        result = self.compute(table, context)
        return {str(name): np.asarray(values) for name, values in result.items()}


def internet_theme(country: Country) -> ThemeColumns:
    """Declare the internet columns of a country.

    Parameters
    ----------
    country : Country
        The country file.

    Returns
    -------
    ThemeColumns
        Their words say which networks count.
    """
    bands_km = country.radio.fibre_bands_km if country.layers.fibre else ()
    has_layer = country.layers.fixed is not None
    return declare_internet(
        country.thresholds,
        bands_km,
        country.headline.source,
        internet_access(country),
        has_layer,
        plan_access(country) != "mobile",
    )


def delivery_theme(country: Country) -> ThemeColumns:
    """Declare the delivery columns of a country."""
    return declare_delivery(country.thresholds, country.parcel_cost.currency)


def payment_theme(country: Country) -> ThemeColumns:
    """Declare the payment columns of a country."""
    return declare_payment(country.thresholds)


THEME_COLUMNS: dict[str, Callable[[Country], ThemeColumns]] = {
    "internet": internet_theme,
    "delivery": delivery_theme,
    "payment": payment_theme,
}
THEMES = tuple(THEME_COLUMNS)


def _theme(name: str, compute: Callable[[pd.DataFrame, IndicatorContext], Columns]) -> IndicatorSpec:
    return IndicatorSpec(name, lambda country: THEME_COLUMNS[name](country).all_columns, compute, (f"{name}_sums",))


THEME_INDICATORS = (
    _theme("internet", compute_internet),
    _theme("delivery", compute_delivery),
    _theme("payment", compute_payment),
)
"""The package's own indicators, in the order in which they are computed."""


@cache
def load_plugins() -> tuple[IndicatorSpec, ...]:
    """Load the indicators of other packages, by name, once a process.

    Returns
    -------
    tuple of IndicatorSpec

    Raises
    ------
    IndicatorError
        If an entry point cannot be imported, or is no valid `IndicatorSpec`.
    """
    specs = [_load(point) for point in plug_ins_of(INDICATORS)]
    names = [*THEMES, *(spec.name for spec in specs)]
    for spec in specs:
        if names.count(spec.name) > 1:
            raise IndicatorError(f"two indicators are called '{spec.name}'; rename the one of {spec.distribution}")
    return tuple(sorted(specs, key=lambda spec: spec.name))


def _load(point: EntryPoint) -> IndicatorSpec:
    source = distribution_of(point)
    try:
        spec = point.load()
    except Exception as error:  # another package's module may raise anything
        raise IndicatorError(
            f"indicator '{point.name}' of {source} cannot be imported from '{point.value}': {error}"
        ) from error
    if not isinstance(spec, IndicatorSpec):
        raise IndicatorError(
            f"indicator '{point.name}' of {source}: '{point.value}' is a {type(spec).__name__}, not an IndicatorSpec"
        )
    if problem := _problem_of(spec):
        raise IndicatorError(f"indicator '{spec.name}' of {source}: {problem}")
    return replace(spec, distribution=source)


def _problem_of(spec: IndicatorSpec) -> str:
    """Say what is wrong with a specification; '' for nothing."""
    if not _NAME.fullmatch(spec.name):
        return "its name is not made of lower-case letters, digits and underscores"
    if unknown := sorted(set(spec.artifacts) - set(ARTIFACTS)):
        return f"it needs the artifact '{unknown[0]}'; there are {', '.join(ARTIFACTS)}"
    return "" if callable(spec.compute) else "its compute is no function"


def plugin_columns(specs: Sequence[IndicatorSpec], taken: Sequence[str], country: Country) -> tuple[Column, ...]:
    """Collect the columns that other packages declare.

    Parameters
    ----------
    specs : sequence of IndicatorSpec
        Loaded indicators.
    taken : sequence of str
        Names of the columns that the table has.
    country : Country
        The country file.

    Returns
    -------
    tuple of Column

    Raises
    ------
    IndicatorError
        If something declared is no `Column`, is not well named, or has a name that is taken.
    """
    columns: list[Column] = []
    for spec in specs:
        for column in spec.declared(country):
            names = {*taken, *(one.name for one in columns)}
            if problem := _problem_of_column(column, names):
                raise IndicatorError(f"indicator '{spec.name}' of {spec.distribution}: {problem}")
            columns.append(column)
    return tuple(columns)


def _problem_of_column(column: object, taken: set[str]) -> str:
    if not isinstance(column, Column):
        return f"it declares a {type(column).__name__} where a Column is expected"
    if not _NAME.fullmatch(column.name):
        return f"the column '{column.name}' is not named by lower-case letters, digits and underscores"
    if column.kind == "geometry":
        return f"the column '{column.name}' is a geometry; the table has one"
    return f"there is a column '{column.name}' already" if column.name in taken else ""


def compute_columns(spec: IndicatorSpec, table: pd.DataFrame, context: IndicatorContext) -> Columns:
    """Compute the columns of an indicator of another package and check them against its declaration.

    Parameters
    ----------
    spec : IndicatorSpec
        The indicator.
    table : DataFrame
        One row a commune, with the columns so far; it is copied, so that the indicator cannot change it.
    context : IndicatorContext
        With the artifacts that the indicator needs.

    Returns
    -------
    dict of str to array[communes]
        Text columns as objects, flags as bool, numbers as float64.

    Raises
    ------
    IndicatorError
        If the indicator fails, or what it returns is not what it declares.
    """
    source = f"indicator '{spec.name}' of {spec.distribution}"
    try:
        values = spec.values(table.copy(), context)
    except Exception as error:  # another package's function may raise anything
        raise IndicatorError(f"{source} fails: {type(error).__name__}: {error}") from error
    declared = {column.name: column for column in spec.declared(context.country)}
    if undeclared := [name for name in values if name not in declared]:
        raise IndicatorError(f"{source} returns the column '{undeclared[0]}', which it does not declare")
    if absent := [name for name in declared if name not in values]:
        raise IndicatorError(f"{source} does not return the column '{absent[0]}', which it declares")
    return {name: _checked(source, declared[name], values[name], len(table)) for name in declared}


def _checked(source: str, column: Column, values: Any, communes: int) -> npt.NDArray[Any]:
    """Convert the values of one column to its kind and check its bounds."""
    try:
        array = np.asarray(values, dtype=_DTYPES.get(column.kind, np.float64))
    except (TypeError, ValueError) as error:
        raise IndicatorError(f"{source}: the column '{column.name}' does not hold {column.kind} values") from error
    if array.shape != (communes,):
        raise IndicatorError(f"{source}: the column '{column.name}' has {array.size} values for {communes} communes")
    if column.kind in ("number", "integer") and (
        (column.minimum is not None and (array < column.minimum).any())
        or (column.maximum is not None and (array > column.maximum).any())
    ):
        raise IndicatorError(f"{source}: the column '{column.name}' is not within {column.minimum}..{column.maximum}")
    return array
