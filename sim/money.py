"""Money is counted in whole fen (1/100 of the market's currency unit)."""

import math

from sim.compile import behaviour

FEN_PER_YUAN = 100


@behaviour
def round_fen(fen: float) -> int:
    """The nearest whole fen, halves upwards: the same in Python and compiled."""
    return int(math.floor(fen + 0.5))  # noqa: RUF046 - compiled, `floor` gives a float


@behaviour
def to_yuan(fen: float) -> float:
    """Fen as yuan."""
    return fen / 100.0


def to_fen(yuan: float) -> int:
    """Yuan as whole fen."""
    return round_fen(yuan * FEN_PER_YUAN)
