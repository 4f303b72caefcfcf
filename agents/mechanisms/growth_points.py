"""Growth points with levels (用户成长体系): collected by staying, lost by leaving.

Customers collect points by paying, by moving up, by redeeming loyalty points and by taking part.
All ever collected at the operator make the level, whose privileges one enjoys every month; the
balance buys from a catalogue, lapses slowly, and is forfeited with the level on leaving. So points
bind whoever has had the time to collect them, and nobody else.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Amount, Behaviour, Chance
from agents.behaviour.valuation import account_bill_fen
from agents.fields import Account, Diary, Stored
from agents.liabilities import Owed
from agents.mechanisms.mechanism import Measured, Mechanism
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.ledger import MERCHANTS, SUPPLIERS, Flow
from sim.money import round_fen
from sim.schema import Settings
from sim.vocabulary import Event

Points = Annotated[float, Field(ge=0, le=100_000)]
_MOST = 2_000_000_000
"""Points that can be told apart: what four bytes hold."""
EARNED, REDEEMED, LAPSED, BALANCE, MEMBERS, LEVELS = range(6)


class GrowthSettings(Settings):
    """What an operator says when it opens the programme."""

    points_per_yuan: Points = 1.0
    """Points for each yuan paid for the main plan."""
    upgrade_points: Points = 200.0
    """Points for moving to a dearer plan."""
    redemption_points: Points = 20.0
    """Points for redeeming loyalty points."""
    taking_part_points: Points = 10.0
    """Points for taking part in a service: a check-in, a survey, a visit to the app."""
    taking_part_chance: Chance = 0.3
    """Chance a month that a customer takes part."""
    levels: Annotated[int, Field(ge=0, le=20)] = 5
    """How many levels there are."""
    level_points: Annotated[float, Field(ge=1, le=1_000_000)] = 1200.0
    """Points, of all ever collected, from one level to the next."""
    level_yuan: Amount = 0.6
    """Worth of a level's privileges to a customer, a month per line and level."""
    level_cost_yuan: Amount = 0.2
    """What they cost the operator, a month per account and level."""
    point_value_yuan: Amount = 0.01
    """Worth of a point in the catalogue to a customer."""
    point_cost_yuan: Amount = 0.007
    """What the operator pays merchants for a point redeemed."""
    redeem_chance: Chance = 0.05
    """Chance a month that a customer who may redeems the whole balance."""
    redeem_from_points: Points = 300.0
    """Smallest balance that buys anything."""
    lapse_share: Chance = 0.02
    """Share of the balance that lapses a month."""
    look_chance: Chance = 0.0
    """Chance a month that a balance which buys something makes one look around."""


class GrowthTerms(Protocol):
    """The same, as subscribers read it; all nothing where an operator has no programme."""

    points_per_yuan: float
    upgrade_points: float
    redemption_points: float
    taking_part_points: float
    taking_part_chance: float
    levels: int
    level_points: float
    level_yuan: float
    point_value_yuan: float
    redeem_chance: float
    redeem_from_points: float
    lapse_share: float
    look_chance: float


class Member(Account, Protocol):
    """An account with growth points, if its operator has a programme."""

    growth_points: Annotated[int, Stored(np.int32, "balance of growth points", "points")]
    growth_collected: Annotated[int, Stored(np.int32, "all collected at the operator", "points")]


class GrowthDiary(Diary, Protocol):
    """What growth points did this month."""

    growth_earned: int
    growth_redeemed: int
    growth_lapsed: int
    growth_forfeited: int


@behaviour
def level_of(a: Member, m: MarketTables) -> int:
    """Level reached at the present operator."""
    t = m.terms.growth_points[a.operator]
    if t.levels == 0:
        return 0
    return min(t.levels, int(a.growth_collected / t.level_points))


@behaviour
def held_yuan(a: Member, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """A level's privileges come with every plan of the operator."""
    if m.offers.rows[offer].operator != a.operator:
        return 0.0
    return level_of(a, m) * m.terms.growth_points[a.operator].level_yuan


@behaviour
def leaving_yuan(a: Member, d: Diary, offer: int, m: MarketTables, p: Behaviour) -> float:
    """The balance is forfeited."""
    return a.growth_points * m.terms.growth_points[a.operator].point_value_yuan


@behaviour
def look_chance(a: Member, d: Diary, x: int, m: MarketTables, p: Behaviour) -> float:
    """A balance that buys something makes some people look."""
    t = m.terms.growth_points[a.operator]
    return t.look_chance if a.growth_points > max(0.0, t.redeem_from_points - 1.0) else 0.0


@behaviour
def opens(a: Member, d: GrowthDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Nothing has been forfeited yet."""
    d.growth_forfeited = 0


@behaviour
def moves(a: Member, d: GrowthDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Who leaves forfeits balance and level."""
    if d.left >= 0:
        d.growth_forfeited = a.growth_points
        a.growth_points = 0
        a.growth_collected = 0


@behaviour
def closes(a: Member, d: GrowthDiary, x: int, m: MarketTables, p: Behaviour) -> None:
    """Collect, perhaps redeem the balance, and lose what lapses."""
    t = m.terms.growth_points[a.operator]
    s = m.around
    part_luck, redeem_luck, _, _ = uniforms(s.seed, a.who, s.month, Purpose.GROWTH, 0)
    points = d.net_fen * t.points_per_yuan / 100.0
    if d.events & Event.CHANGED_PLAN and _is_dearer(a, d, m):
        points += t.upgrade_points
    if d.events & Event.REDEEMED:
        points += t.redemption_points
    if part_luck < t.taking_part_chance:
        points += t.taking_part_points
    d.growth_earned = max(0, min(round_fen(points), _MOST - a.growth_collected))
    a.growth_collected += d.growth_earned
    a.growth_points += d.growth_earned
    d.growth_redeemed = 0
    enough = a.growth_points > 0 and a.growth_points >= t.redeem_from_points
    if enough and redeem_luck < t.redeem_chance:
        d.growth_redeemed = a.growth_points
        a.growth_points = 0
    d.growth_lapsed = int(a.growth_points * t.lapse_share)
    a.growth_points -= d.growth_lapsed


@behaviour
def _is_dearer(a: Member, d: Diary, m: MarketTables) -> bool:
    now = account_bill_fen(m.offers, a.offer, a, m.around)
    return now > account_bill_fen(m.offers, d.before_offer, a, m.around)


@behaviour
def counts(
    a: Member,
    d: GrowthDiary,
    held: NDArray[np.int64],
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Add to this mechanism's measures, `[operator, measure]`."""
    here = held[a.operator]
    here[EARNED] += d.growth_earned
    here[REDEEMED] += d.growth_redeemed
    here[LAPSED] += d.growth_lapsed
    here[BALANCE] += a.growth_points
    level = level_of(a, m)
    here[MEMBERS] += 1 if level > 0 else 0
    here[LEVELS] += level
    if d.left >= 0:
        held[d.left, LAPSED] += d.growth_forfeited


def flows(sums: Mapping[str, int], terms: GrowthSettings) -> list[tuple[str, Flow, int]]:
    """What redeemed points and privileges cost the operator; lapsed points never cost anything."""
    points = round_fen(sums["growth_redeemed"] * terms.point_cost_yuan * 100.0)
    privileges = round_fen(sums["growth_levels"] * terms.level_cost_yuan * 100.0)
    return [(MERCHANTS, Flow.POINTS, points), (SUPPLIERS, Flow.SERVING, privileges)]


def owes(sums: Mapping[str, int], terms: GrowthSettings) -> Owed:
    """Points not redeemed yet; too small a balance buys nothing, which own records show in time."""
    return Owed(
        collected=sums["growth_earned"],
        redeemed=sums["growth_redeemed"],
        lapsed=sums["growth_lapsed"],
        outstanding=sums["growth_balance"],
        fen_each=terms.point_cost_yuan * 100.0,
        redeemed_monthly=terms.redeem_chance,
        lapsed_monthly=terms.lapse_share,
    )


def compiled(settings: GrowthSettings) -> dict[str, Any]:
    """Settings as `GrowthTerms`."""
    return {name: getattr(settings, name) for name in GrowthTerms.__annotations__}


GROWTH_POINTS = Mechanism(
    name="growth_points", holds=Member, notes=GrowthDiary,
    settings=GrowthSettings, terms=GrowthTerms, compiled=compiled,
    measures=(
        Measured("growth_earned"), Measured("growth_redeemed"), Measured("growth_lapsed"),
        Measured("growth_balance"), Measured("growth_members"), Measured("growth_levels"),
    ),
    flows=flows, owes=owes, held_yuan=held_yuan, leaving_yuan=leaving_yuan, look_chance=look_chance,
    opens=opens, moves=moves, closes=closes, counts=counts,
)  # fmt: skip
