"""All propagation models by name: the package's own, and those that other installed packages register.

Another package adds a model by the entry-point group ``commune_coverage.propagation_models``, each entry a ``Model``::

    [project.entry-points."commune_coverage.propagation_models"]
    my_model = "my_package.my_module:MY_MODEL"

The link-budget file names a model by its ``name``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint
from types import MappingProxyType

from commune_coverage.core.errors import CountryFileError
from commune_coverage.core.plug_ins import PROPAGATION_MODELS, plug_ins_of
from commune_coverage.radio.propagation.base import Model
from commune_coverage.radio.propagation.extended_hata import EXTENDED_HATA_MODELS
from commune_coverage.radio.propagation.free_space import FREE_SPACE
from commune_coverage.radio.propagation.hata import HATA_MODELS
from commune_coverage.radio.propagation.tr36942 import RURAL, URBAN
from commune_coverage.radio.propagation.tr38901 import TR38901_MODELS

MODELS: Mapping[str, Model] = MappingProxyType(
    {model.name: model for model in (FREE_SPACE, *EXTENDED_HATA_MODELS, URBAN, RURAL, *HATA_MODELS, *TR38901_MODELS)}
)
"""The package's own models. A new one is a module of its own and an entry here."""


@lru_cache(maxsize=1)
def propagation_models() -> Mapping[str, Model]:
    """All propagation models by name, read once a process.

    Returns
    -------
    mapping of str to Model
        The package's own models, then those of other packages.

    Raises
    ------
    CountryFileError
        When an entry point cannot be loaded, is not a ``Model``, or takes a name that is already taken.
    """
    return MappingProxyType(with_entry_points(MODELS, plug_ins_of(PROPAGATION_MODELS)))


def with_entry_points(models: Mapping[str, Model], points: Iterable[EntryPoint]) -> dict[str, Model]:
    """Add the models of entry points to others.

    Parameters
    ----------
    models : mapping of str to Model
        Models by name.
    points : iterable of EntryPoint
        Entry points of the group ``commune_coverage.propagation_models``.

    Returns
    -------
    dict of str to Model
        All models by name.

    Raises
    ------
    CountryFileError
        When an entry point cannot be loaded, is not a ``Model``, or takes a name that is already taken.
    """
    result = dict(models)
    for point in sorted(points, key=lambda one: (one.name, one.value)):
        model = _load(point)
        if model.name in result:
            raise CountryFileError(f"propagation model '{model.name}' of '{point.value}' takes a name that is taken")
        result[model.name] = model
    return result


def _load(point: EntryPoint) -> Model:
    try:
        model = point.load()
    except (ImportError, AttributeError) as error:
        raise CountryFileError(f"propagation model '{point.name}' cannot be loaded: {error}") from error
    if not isinstance(model, Model):
        raise CountryFileError(
            f"propagation model '{point.name}' is '{type(model).__name__}', not a Model of commune_coverage"
        )
    return model
