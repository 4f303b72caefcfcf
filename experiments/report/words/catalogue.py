"""All sentences of the catalogue by key; the files beside hold them, each for one part."""

from experiments.report.words import (
    annex,
    damage,
    decision,
    figures,
    front,
    instructions,
    moves,
    pilot,
    pilot_result,
    time,
)
from experiments.report.words.names import COUNTED, COUNTRIES, GROUPS, SEGMENTS, parameter
from experiments.report.words.pairs import Pair

_PARTS = (
    front.TEXTS, damage.TEXTS, decision.TEXTS, time.TEXTS, moves.TEXTS, instructions.TEXTS,
    annex.TEXTS, figures.TEXTS, pilot.TEXTS,
    pilot_result.TEXTS,
)  # fmt: skip
TEXTS: dict[str, Pair] = {key: pair for part in _PARTS for key, pair in part.items()}

__all__ = ["COUNTED", "COUNTRIES", "GROUPS", "SEGMENTS", "TEXTS", "parameter"]
