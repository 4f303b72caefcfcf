"""Random numbers as pure functions of (seed, who, month, purpose, item).

There is no stream and no state: nobody's luck can be moved by what others do, by how many threads
work, or by what is recorded. The generator is Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel
random numbers: as easy as 1, 2, 3", SC11), whose published test vectors the tests check.
"""

import math
from enum import IntEnum

from sim.compile import behaviour

_WORD = 0xFFFFFFFF
_MULTIPLIER_0 = 0xD2511F53
_MULTIPLIER_1 = 0xCD9E8D57
_WEYL_0 = 0x9E3779B9
_WEYL_1 = 0xBB67AE85
_ROUNDS = 10
_TO_UNIT = 2.0**-32
_TWO_PI = 2.0 * math.pi


class Purpose(IntEnum):
    """What a draw is for. A number once given is never reused: every stored result rests on it."""

    MONTH = 1
    FRIENDS = 2
    AFTERMATH = 3
    KNOWS = 4
    CHOICE = 5
    SECOND_CHOICE = 6
    TASTE = 7
    BRAND = 8
    BENEFIT = 9
    ACCEPT = 10
    BIRTH = 11
    BIRTH_CHOICE = 12
    BIRTH_SECOND = 13
    CONTACT = 14
    TARGETING = 15
    MONITOR = 16
    PARTNER = 17
    WORLD = 18
    BIRTH_LIFE = 19
    REGULATOR = 20
    LEARNING = 21
    GROWTH = 31
    HOLDOUT = 32
    PREDICTION = 36
    ADDON_WORTH = 37
    ADDON = 38
    LINE_ERRORS = 44
    SILENCE = 45
    CALLED = 46
    OUTAGE = 47
    COVERAGE = 30
    LAPSE = 33
    ACCEPTANCE = 34


@behaviour
def _multiply(a: int, b: int) -> tuple[int, int]:
    """High and low word of a 32 × 32 bit product.

    Compiled, the product wraps around in a signed 64-bit integer. Its bits are right all the
    same, and with the masks Python and compiled code read the same two words from them.
    """
    product = a * b
    return (product >> 32) & _WORD, product & _WORD


@behaviour
def philox(c0: int, c1: int, c2: int, c3: int, key0: int, key1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four 32-bit words from a counter of four words and a key of two."""
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(_MULTIPLIER_0, c0)
        high1, low1 = _multiply(_MULTIPLIER_1, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ key0, low1, high0 ^ c3 ^ key1, low0
        key0 = (key0 + _WEYL_0) & _WORD
        key1 = (key1 + _WEYL_1) & _WORD
    return c0, c1, c2, c3


@behaviour
def uniforms(
    seed: int, who: int, month: int, purpose: int, item: int
) -> tuple[float, float, float, float]:
    """Four independent numbers in (0, 1), never 0 or 1.

    `seed` may use 62 bits, the other arguments 32 bits each.
    """
    a, b, c, d = philox(
        who & _WORD, month & _WORD, purpose, item & _WORD, seed & _WORD, (seed >> 32) & _WORD
    )
    return (
        (a + 0.5) * _TO_UNIT,
        (b + 0.5) * _TO_UNIT,
        (c + 0.5) * _TO_UNIT,
        (d + 0.5) * _TO_UNIT,
    )


@behaviour
def uniform(seed: int, who: int, month: int, purpose: int, item: int) -> float:
    """One number in (0, 1)."""
    return uniforms(seed, who, month, purpose, item)[0]


@behaviour
def normal_from(u: float, v: float) -> float:
    """A standard normal from two uniforms (Box & Muller 1958)."""
    return math.sqrt(-2.0 * math.log(u)) * math.cos(_TWO_PI * v)


@behaviour
def normal(seed: int, who: int, month: int, purpose: int, item: int) -> float:
    """One standard normal number."""
    u, v, _, _ = uniforms(seed, who, month, purpose, item)
    return normal_from(u, v)


@behaviour
def gumbel(seed: int, who: int, month: int, purpose: int, item: int) -> float:
    """One standard Gumbel number: the taste shock of a logit choice (McFadden 1974)."""
    return -math.log(-math.log(uniform(seed, who, month, purpose, item)))


@behaviour
def lognormal_around_one(z: float, spread: float) -> float:
    """A lognormal factor of mean 1 whose logarithm has standard deviation `spread`."""
    return math.exp(spread * z - 0.5 * spread * spread)
