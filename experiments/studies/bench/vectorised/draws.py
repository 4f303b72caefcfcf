"""Philox4x32-10 over arrays: the draws of `sim.draws`, bit for bit, many at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import Purpose

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_WORD = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)


def _philox(seed: int, who: Ints, month: int, purpose: Purpose, item: Any) -> tuple[Any, ...]:
    """Four words for every combination of `who` and `item` (broadcast against each other).

    A product of two 32-bit words fits an unsigned 64-bit integer: its high and low words are a
    shift and a mask away.
    """
    c0: Any = who.astype(np.uint64)
    c1: Any = np.uint64(month)
    c2: Any = np.uint64(purpose)
    c3: Any = np.asarray(item, dtype=np.uint64)
    key0, key1 = seed & _WORD, (seed >> 32) & _WORD
    for _ in range(10):
        first = c0 * _MULTIPLIERS[0]
        second = c2 * _MULTIPLIERS[1]
        c0 = (second >> 32) ^ c1 ^ key0
        c2 = (first >> 32) ^ c3 ^ key1
        c1 = second & _WORD
        c3 = first & _WORD
        key0 = (key0 + _WEYL[0]) & _WORD
        key1 = (key1 + _WEYL[1]) & _WORD
    return c0, c1, c2, c3


def _unit(word: Any) -> Floats:
    # as signed: the words have 32 bits, and processors convert signed integers faster
    return (word.view(np.int64) + 0.5) * 2.0**-32


def uniforms(
    seed: int, who: Ints, month: int, purpose: Purpose, item: Any = 0
) -> tuple[Floats, Floats, Floats, Floats]:
    """Four arrays of numbers in (0, 1)."""
    a, b, c, d = _philox(seed, who, month, purpose, item)
    return _unit(a), _unit(b), _unit(c), _unit(d)


def uniform(seed: int, who: Ints, month: int, purpose: Purpose, item: Any = 0) -> Floats:
    """One number in (0, 1) for every combination of `who` and `item`."""
    return _unit(_philox(seed, who, month, purpose, item)[0])


def normal_from(u: Floats, v: Floats) -> Floats:
    """Standard normals from two uniforms (Box & Muller 1958)."""
    return np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)


def normal(seed: int, who: Ints, month: int, purpose: Purpose, item: Any = 0) -> Floats:
    """Standard normals."""
    a, b, _, _ = _philox(seed, who, month, purpose, item)
    return normal_from(_unit(a), _unit(b))


def gumbel(seed: int, who: Ints, month: int, purpose: Purpose, item: Any = 0) -> Floats:
    """Standard Gumbel numbers."""
    return -np.log(-np.log(uniform(seed, who, month, purpose, item)))


def lognormal_around_one(z: Floats, spread: float) -> Floats:
    """Lognormal factors of mean 1."""
    return np.exp(spread * z - 0.5 * spread * spread)
