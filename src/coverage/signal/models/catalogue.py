"""All propagation models by name."""

from __future__ import annotations

from coverage.signal.models.free_space import FREE_SPACE
from coverage.signal.models.hata import HATA_MODELS
from coverage.signal.models.model import Model
from coverage.signal.models.tr36942 import RURAL, URBAN
from coverage.signal.models.tr38901 import TR38901_MODELS

MODELS: dict[str, Model] = {model.name: model for model in (FREE_SPACE, URBAN, RURAL, *HATA_MODELS, *TR38901_MODELS)}
