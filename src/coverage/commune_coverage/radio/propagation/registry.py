"""All propagation models by name."""

from __future__ import annotations

from commune_coverage.radio.propagation.base import Model
from commune_coverage.radio.propagation.free_space import FREE_SPACE
from commune_coverage.radio.propagation.hata import HATA_MODELS
from commune_coverage.radio.propagation.tr36942 import RURAL, URBAN
from commune_coverage.radio.propagation.tr38901 import TR38901_MODELS

MODELS: dict[str, Model] = {model.name: model for model in (FREE_SPACE, URBAN, RURAL, *HATA_MODELS, *TR38901_MODELS)}
