"""How much stronger or weaker a network must be for a place to be covered, and what level meets a published share.

One offset for all cells of an operator and technology raises the server and what disturbs it alike, so only their power
against noise changes. What a place needs is found once; every share that an offset gives follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.core.jit import compiled, inlined
from commune_coverage.radio.fast_log import in_db
from commune_coverage.radio.scoring.share_fits import threshold_for_share
from commune_coverage.radio.scoring.validation import reference_db
from commune_coverage.radio.service.bit_flags import OUTDOOR
from commune_coverage.radio.service.carrier import ServiceInputs
from commune_coverage.radio.service.parameters import (
    EDGE,
    LinkParameters,
    Reception,
    reception_at,
    sinr_at,
    uplink_margin_at,
)
from commune_coverage.radio.tile import NO_SERVER
from commune_coverage.schema.inputs import TECHNOLOGIES

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

_HALVINGS = 15
"""Of the range of offsets: 80 dB to 0.003 dB."""
_REWEIGHTINGS = 200
_HUBER_DB = 4.0


def reported_dbm(inputs: ServiceInputs) -> Singles:
    """Level that a phone reports of the strongest cell of each operator and technology.

    Parameters
    ----------
    inputs : ServiceInputs
        Powers, servers and parameters of a tile.

    Returns
    -------
    (operators, technologies, places) float32, dBm
        The median outdoors, as RSRP, RSCP or RXLEV (``validation.reference_db``); -inf where no cell reaches.
    """
    received, parameters = inputs.received, inputs.parameters
    result = np.full((inputs.operators, len(TECHNOLOGIES), len(inputs.places.x_m)), -np.inf, np.float32)
    for row, carrier in enumerate(received.carriers):
        at = np.flatnonzero(received.server[row] != NO_SERVER)
        technology, operator = parameters.receivers.technology[carrier], parameters.receivers.operator[carrier]
        width_mhz = parameters.transmitters.bandwidth_mhz[received.near[received.server[row, at]]]
        widths, index = np.unique(width_mhz, return_inverse=True)
        less_db = np.array([reference_db(TECHNOLOGIES[technology], float(width)) for width in widths])[index]
        level = 10 * np.log10(received.power_mw[row, at].astype(np.float64)) - less_db
        result[operator, technology, at] = np.maximum(result[operator, technology, at], level)
    return result


class LevelOffset(NamedTuple):
    """Offset of the level of an operator and technology that meets a share.

    Attributes
    ----------
    offset_db : float, dB
        The offset; NaN where no cell reaches anybody.
    low_db, high_db : float, dB
        Offsets for the share less and plus its tolerance, within the greatest offset.
    reached_share : float
        Share that the offset gives.
    attainable_share : float
        Share that the greatest offset gives.
    """

    offset_db: float
    low_db: float
    high_db: float
    reached_share: float
    attainable_share: float

    def is_reached(self, share: float, tolerance_share: float) -> bool:
        """Whether the share is met within its tolerance."""
        return abs(self.reached_share - share) <= tolerance_share


def fit_level_offset(
    required_db: Floats, people: Floats, share: float, tolerance_share: float, max_offset_db: float
) -> LevelOffset:
    """Find the offset of a level that meets a share of people.

    Parameters
    ----------
    required_db : (n,) float64, dB
        What each place needs, see ``required_offsets_db``.
    people : (n,) float64, people
        Who lives there.
    share : float
        Share that is to be met.
    tolerance_share : float
        How far it may be off.
    max_offset_db : float, dB
        No offset is greater, up or down.

    Returns
    -------
    LevelOffset

    Notes
    -----
    The share rises with the offset, so the offset is a quantile of what places need, weighted by people. The last
    people within the tolerance of all that the greatest offset covers are left out: a few places behind everything
    would else decide on the level of a country.
    """
    needed = np.clip(required_db, -max_offset_db, None)
    needed = np.where(needed > max_offset_db, np.inf, needed)
    attainable = float(people[np.isfinite(needed)].sum() / people.sum())
    if attainable == 0:
        return LevelOffset(np.nan, np.nan, np.nan, 0.0, 0.0)
    aim = max(min(share, attainable - tolerance_share), 0.0)
    offset = threshold_for_share(needed, people, aim)
    low = threshold_for_share(needed, people, max(aim - tolerance_share, 0.0))
    high = threshold_for_share(needed, people, aim + tolerance_share) if share <= attainable else max_offset_db
    reached = float(people[needed <= offset].sum() / people.sum())
    return LevelOffset(offset, min(low, offset), max(high, offset), reached, attainable)


def predicted_offset_db(offsets_db: Mapping[tuple[str, str], float], operator: str, technology: str) -> float:
    """Predict the offset of an operator and technology from those of all others.

    Parameters
    ----------
    offsets_db : mapping of (operator, technology) to float, dB
        Known offsets; that of the pair itself is not looked at.
    operator, technology : str
        The pair.

    Returns
    -------
    float, dB
        0 where no other is known.

    Notes
    -----
    A mean with an effect of the operator and one of the technology, each drawn to zero as one more observation would
    (ridge regression). A pair that is farther off than a model's median may be (4 dB) counts less and less, as Huber
    (1964) weighs it: an operator that has just begun with a technology says little of the others.
    """
    others = {pair: offset for pair, offset in offsets_db.items() if pair != (operator, technology)}
    if not others:
        return 0.0
    names = sorted({name for pair in others for name in pair})
    design = np.array([[1.0, *(float(name in pair) for name in names)] for pair in others])
    known = np.array(list(others.values()))
    drawn, weight = np.diag([0.0, *(1.0 for _ in names)]), np.ones(len(known))
    for _ in range(_REWEIGHTINGS):
        weighted = design * weight[:, np.newaxis]
        effects = np.linalg.solve(design.T @ weighted + drawn, weighted.T @ known)
        weight = _HUBER_DB / np.maximum(np.abs(known - design @ effects), _HUBER_DB)
    return float(effects @ [1.0, *(float(name in (operator, technology)) for name in names)])


def required_offsets_db(inputs: ServiceInputs, max_offset_db: float) -> Singles:
    """Find the least offset with which each operator and technology covers a place outdoors.

    Parameters
    ----------
    inputs : ServiceInputs
        Powers, servers and parameters of a tile.
    max_offset_db : float, dB
        Offsets from minus to plus this are tried.

    Returns
    -------
    (operators, technologies, places) float32, dB
        By the rule of the figures: SINR at the edge probability and the stated load, and the uplink.
        ``-max_offset_db`` where the least offset covers, infinite where none does: no cell reaches the place, or
        interference alone is too strong.

    Notes
    -----
    SINR rises with the offset, so the offset is found by bisection, to 0.003 dB.
    """
    places = len(inputs.places.x_m)
    result = np.full((inputs.operators, len(TECHNOLOGIES), places), np.inf, np.float32)
    _fill(inputs, max_offset_db, result)
    return result


@compiled
def _fill(inputs: ServiceInputs, max_offset_db: float, result: Singles) -> None:
    """The least of all carriers of an operator and technology. Writes ``result``."""
    received, receivers, places = inputs.received, inputs.parameters.receivers, inputs.places
    for row in range(len(received.carriers)):
        carrier = received.carriers[row]
        operator, technology = receivers.operator[carrier], receivers.technology[carrier]
        for block in range(len(places.environment)):
            for place in range(places.block_start[block], places.block_start[block + 1]):
                if received.server[row, place] != NO_SERVER:
                    offset = _of_carrier(inputs, row, place, places.environment[block], max_offset_db)
                    result[operator, technology, place] = min(result[operator, technology, place], offset)


@inlined
def _of_carrier(inputs: ServiceInputs, row: int, place: int, environment: int, max_offset_db: float) -> float:
    low, high = -max_offset_db, max_offset_db
    here = reception_at(inputs.parameters, inputs.received, row, place, environment)
    interference_mw = np.float64(inputs.received.edge_interference_mw[row, place])
    if _covers(inputs.parameters, here, interference_mw, low):
        return low
    if not _covers(inputs.parameters, here, interference_mw, high):
        return np.inf
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _covers(inputs.parameters, here, interference_mw, middle):
            high = middle
        else:
            low = middle
    return high


@inlined
def _covers(parameters: LinkParameters, here: Reception, interference_mw: float, offset_db: float) -> bool:
    ratio = 10 ** (offset_db / 10)
    raised = Reception(here.transmitter, here.carrier, here.environment, here.power_mw * ratio, here.margin)
    level, _ = sinr_at(parameters, raised, OUTDOOR, EDGE, interference_mw * ratio)
    is_heard = uplink_margin_at(parameters, raised, OUTDOOR, EDGE) >= 1.0
    return bool(in_db(level) >= parameters.receivers.min_sinr_db[here.carrier] and is_heard)
