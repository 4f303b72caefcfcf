"""Luck: Philox as published, and independent draws that depend on their whole address."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sim.draws
from sim.compile import kernel
from sim.draws import (
    Purpose,
    gumbel,
    lognormal_around_one,
    normal,
    normal_from,
    philox,
    uniform,
    uniforms,
)

# The three vectors of philox4x32-10 in Random123's kat_vectors: counter, key, result.
KNOWN_ANSWERS = [
    (
        (0, 0, 0, 0),
        (0, 0),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
DRAWS = 200_000

seeds = st.integers(0, 2**62 - 1)
words = st.integers(0, 2**31 - 1)
purposes = st.sampled_from(Purpose)


@kernel
def compiled_philox(c0: int, c1: int, c2: int, c3: int, key0: int, key1: int):
    return philox(c0, c1, c2, c3, key0, key1)


@kernel
def draw_all(seed: int, who: int, month: int, purpose: int, item: int, out):
    """One row of `out` a kind of draw, as the subscribers `who`, `who` + 1, ... have it."""
    for k in range(out.shape[1]):
        out[0, k], out[1, k], out[2, k], out[3, k] = uniforms(seed, who + k, month, purpose, item)
        out[4, k] = normal(seed, who + k, month, purpose, item)
        out[5, k] = gumbel(seed, who + k, month, purpose, item)
        out[6, k] = lognormal_around_one(normal_from(out[2, k], out[3, k]), 0.5)


def drawn(seed=1, who=0, month=1, purpose=int(Purpose.MONTH), item=0, n=DRAWS):
    out = np.zeros((7, n))
    draw_all(seed, who, month, purpose, item, out)
    return out


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter, key, answer):
    assert philox(*counter, *key) == answer
    assert compiled_philox(*counter, *key) == answer


@given(st.tuples(*[st.integers(0, 2**32 - 1)] * 6))
def test_compiled_and_plain_philox_agree(six):
    assert compiled_philox(*six) == philox(*six)


@given(seeds, words, words, purposes, words)
def test_compiled_and_plain_draws_agree_to_the_last_bit(seed, who, month, purpose, item):
    address = (seed, who, month, int(purpose), item)
    out = drawn(*address, n=1)[:, 0]
    assert tuple(out[:4]) == uniforms(*address)
    assert out[4] == normal(*address)
    assert out[5] == gumbel(*address)
    assert out[6] == lognormal_around_one(normal_from(*uniforms(*address)[2:]), 0.5)


@given(seeds, words, words, purposes, words, st.integers(1, 2**31 - 1), st.data())
def test_each_part_of_the_address_changes_the_draw(seed, who, month, purpose, item, step, data):
    address = [seed, who, month, int(purpose), item]
    before = uniforms(*address)
    part = data.draw(st.integers(0, 4))
    address[part] = (address[part] + step) % 2**31
    if part == 0:
        # Both words of the key count.
        address[0] = seed ^ (1 << data.draw(st.integers(0, 61)))
    assert uniforms(*address) != before


def test_purposes_have_numbers_of_their_own():
    assert len(Purpose.__members__) == len(set(Purpose))


@pytest.mark.parametrize("word", [0, 0xFFFFFFFF])
def test_uniforms_are_never_0_or_1(word, monkeypatch):
    monkeypatch.setattr(sim.draws, "philox", lambda *_: (word,) * 4)
    assert all(0.0 < u < 1.0 for u in uniforms(1, 2, 3, 4, 5))
    assert math.isfinite(normal(1, 2, 3, 4, 5))
    assert math.isfinite(gumbel(1, 2, 3, 4, 5))
    assert uniform(1, 2, 3, 4, 5) == uniforms(1, 2, 3, 4, 5)[0]


def test_draws_have_the_moments_of_their_distributions():
    out = drawn()
    error = 4.5 / math.sqrt(DRAWS)  # four and a half standard errors, by standard deviation
    euler = 0.5772156649015329
    for row, mean, sd in [
        *((row, 0.5, math.sqrt(1 / 12)) for row in range(4)),
        (4, 0.0, 1.0),
        (5, euler, math.pi / math.sqrt(6)),
        (6, 1.0, math.sqrt(math.exp(0.25) - 1)),
    ]:
        assert abs(out[row].mean() - mean) < error * sd, row
        assert out[row].std() == pytest.approx(sd, rel=0.02), row
    assert abs((out[4] ** 3).mean()) < error * math.sqrt(15)
    assert (out[4] ** 4).mean() == pytest.approx(3, rel=0.04)


def test_uniforms_are_uniform():
    for row in drawn()[:4]:
        counts = np.bincount((row * 256).astype(int), minlength=256)
        expected = DRAWS / 256
        chi2 = float(((counts - expected) ** 2).sum() / expected)
        assert abs(chi2 - 255) < 4.5 * math.sqrt(2 * 255)


def test_draws_at_different_addresses_are_independent():
    base = {"seed": 1, "who": 0, "month": 1, "purpose": int(Purpose.MONTH), "item": 0}
    neighbours = [
        {},
        {"seed": 2},
        {"seed": 1 + (1 << 32)},
        {"who": 1},
        {"month": 2},
        {"purpose": int(Purpose.FRIENDS)},
        {"item": 1},
    ]
    rows = [out for change in neighbours for out in drawn(**{**base, **change})[:4]]
    for one, other in combinations(rows, 2):
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / math.sqrt(DRAWS)
        folded = np.corrcoef(np.abs(one - 0.5), np.abs(other - 0.5))[0, 1]
        assert abs(folded) < 5 / math.sqrt(DRAWS)


def test_successive_subscribers_and_months_are_independent():
    out = drawn()[0]
    for lag in (1, 2, 3, 64, 1024):
        assert abs(np.corrcoef(out[lag:], out[:-lag])[0, 1]) < 5 / math.sqrt(DRAWS)
    life = np.array([uniform(1, 7, month, Purpose.MONTH, 0) for month in range(5_000)])
    assert abs(np.corrcoef(life[1:], life[:-1])[0, 1]) < 4 / math.sqrt(len(life))
