"""Accounts as arrays, and what plans cost them and leave them short."""

import math
from typing import Any, NamedTuple, Self

import numpy as np

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.state import Columns
from experiments.studies.bench.vectorised.draws import Bools, Floats, Ints

_OUTER = math.sqrt(3.0)


class Accounts(NamedTuple):
    """The attributes of a `Person`, campaigns aside, as arrays `[account]`."""

    who: Ints
    segment: Ints
    region: Ints
    lines: Ints
    usual_gb: Floats
    owned: Ints
    offer: Ints
    operator: Ints
    second: Ints
    broadband: Ints
    contract_left: Ints
    reference_fen: Ints
    satisfaction: Floats
    points: Ints

    def copy(self) -> Self:
        """The same accounts, to be changed."""
        return self._make(column.copy() for column in self)

    def at(self, rows: Any) -> Self:
        """Some of the accounts."""
        return self._make(column[rows] for column in self)


def read_accounts(c: Columns, m: MarketTables, start: int, stop: int) -> Accounts:
    """Accounts `start` to `stop` as they stand at the start of the month."""
    o: Any = m.offers.rows
    regions: Any = m.around.regions

    def whole(column: Any) -> Ints:
        return column[start:stop].astype(np.int64)

    region, offer = whole(c.region), whole(c.offer)
    usage = c.usage_gb[start:stop].astype(np.float64)
    return Accounts(
        who=np.arange(start, stop),
        segment=whole(c.segment),
        region=region,
        lines=whole(c.lines),
        usual_gb=usage * regions.regional_usage[region] * m.around.usage_growth,
        owned=whole(c.owned),
        offer=offer,
        operator=o.operator[offer],
        second=whole(c.second),
        broadband=whole(c.broadband),
        contract_left=whole(c.contract_left),
        reference_fen=whole(c.reference_fen),
        satisfaction=c.satisfaction[start:stop].astype(np.float64),
        points=whole(c.points),
    )


def operator_of(offer: Ints, m: MarketTables) -> Ints:
    """Operator of each offer, -1 where there is no offer."""
    o: Any = m.offers.rows
    return np.where(offer >= 0, o.operator[offer], -1)


def round_fen(fen: Floats) -> Ints:
    """The nearest whole fen, halves upwards."""
    return np.floor(fen + 0.5).astype(np.int64)


def price_fen(offer: Ints, a: Accounts, m: MarketTables) -> Ints:
    """Monthly price of plans for whole accounts, broadband beside the plan not included."""
    o: Any = m.offers.rows
    price = m.offers.price_fen[offer, a.region]
    extra = round_fen(price * o.extra_line_share[offer])
    beyond = np.maximum(a.lines - o.lines[offer], 0)
    return price + extra * beyond


def standalone_fen(offer: Ints, a: Accounts, m: MarketTables) -> Ints:
    """Price of broadband beside plans that lack it."""
    o: Any = m.offers.rows
    firms: Any = m.around.firms
    buys = (a.broadband >= 0) & (o.broadband[offer] == 0)
    return np.where(buys, np.maximum(0, firms.broadband_fen[a.broadband]), 0)


def allowance_gb(offer: Ints, lines: Ints, m: MarketTables) -> Floats:
    """Data that plans include."""
    o: Any = m.offers.rows
    shares = np.where(o.lines[offer] > 1, 1, lines)
    return o.allowance_gb[offer] * shares * m.around.allowance_growth


def second_carries_gb(second: Ints, usual_gb: Floats, m: MarketTables, p: Behaviour) -> Floats:
    """Traffic that second SIMs take off the main lines; 0 where there is none."""
    o: Any = m.offers.rows
    data = o.allowance_gb[second] * m.around.allowance_growth
    return np.where(second >= 0, np.minimum(data, usual_gb * p.second_offload), 0.0)


def used_gb(wanted_gb: Floats, allowance: Floats, p: Behaviour) -> Floats:
    """Traffic of the main lines: what is included, and what is paid for beyond it."""
    beyond = np.maximum(0.0, wanted_gb - allowance) * (1.0 - p.restraint)
    return np.minimum(np.maximum(0.0, wanted_gb), allowance) + beyond


def shortfall_yuan(usual_gb: Floats, allowance: Floats, fen_per_gb: Any, p: Behaviour) -> Floats:
    """What accounts expect to lose by a plan's limit: three-point Gauss-Hermite expectation."""
    loss = (1.0 - p.restraint) * (fen_per_gb / 100.0) + p.restraint * p.restraint_yuan_per_gb
    middle = usual_gb * math.exp(-0.5 * p.usage_shock * p.usage_shock)
    swing = math.exp(p.usage_shock * _OUTER)

    def beyond(wish_gb: Floats) -> Floats:
        return np.maximum(0.0, wish_gb - allowance) * loss

    return (
        2.0 / 3.0 * beyond(middle)
        + 1.0 / 6.0 * beyond(middle * swing)
        + 1.0 / 6.0 * beyond(middle / swing)
    )


def may_buy(a: Accounts, m: MarketTables) -> Bools:
    """Which offers are sold to whom: `[offer, account]`."""
    o: Any = m.offers.rows
    by_kind = (o.segments[:, None] >> np.arange(a.segment.max(initial=0) + 1)) & 1 == 1
    by_place = (o.regions[:, None] >> np.arange(len(m.around.regions))) & 1 == 1
    by_kind &= (o.on_sale == 1)[:, None]
    return by_kind[:, a.segment] & by_place[:, a.region]
