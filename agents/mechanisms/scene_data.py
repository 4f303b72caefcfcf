"""What products of a scene change in one's use of data: zero rating, and more to watch.

Traffic that does not count against the allowance is worth the overage and the use given up that it
spares. It adds traffic in two ways. What one would have given up for want of data is used after
all: that follows from what people do at the limit. And who had to hold back before the limit no
longer does so: the market's `price_response` times the chance to run out, the shadow price of data
before it is used up (Nevo, Turner & Williams 2016). Who has data to spare does neither.
"""

from typing import NamedTuple, Protocol

from agents.behaviour.billing import (
    expected_shortfall_yuan,
    plan_allowance_gb,
    run_out_chance,
    used_gb,
)
from agents.behaviour.data_use import carried_now_gb
from agents.behaviour.environment import MarketTables
from agents.behaviour.habits import Habits, scene_share
from agents.behaviour.scene_use import share_of_scene
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Diary
from sim.compile import behaviour
from sim.vocabulary import Event, Scene


class SceneDiary(Diary, Protocol):
    """What scene products changed in this month's data."""

    scene_free_gb: float
    """Traffic that does not count against the allowance."""
    scene_more_gb: float
    """Traffic wished for beyond what would be without the products."""


@behaviour
def spared_yuan(
    rest_gb: float, free_gb: float, allowance_gb: float, fee_fen: int, response: float, p: Behaviour
) -> float:
    """What it is worth that `free_gb` of the `rest_gb` on the main lines do not count.

    Shortfall spared, and half of the shadow price for what is used more: the triangle under a
    straight demand curve.
    """
    spared = expected_shortfall_yuan(rest_gb, allowance_gb, fee_fen, p)
    spared -= expected_shortfall_yuan(rest_gb - free_gb, allowance_gb, fee_fen, p)
    scarce = run_out_chance(rest_gb, allowance_gb, p)
    return spared + 0.5 * free_gb * response * scarce * scarce * p.restraint_yuan_per_gb


class PlanData(NamedTuple):
    """What decides on a plan whether data runs out, for the main lines of an account."""

    usual_gb: float
    rest_gb: float
    """Of it, what further lines do not carry."""
    allowance_gb: float
    fee_fen: int
    """For a gigabyte beyond the allowance."""


@behaviour
def plan_data(a: Account, offer: int, m: MarketTables, p: Behaviour) -> PlanData:
    """An account's data on a plan."""
    o = m.offers
    growth = m.around.allowance_growth
    usual = a.usual_gb * a.lines
    rest = max(0.0, usual - carried_now_gb(a, o, growth, p))
    allowance = plan_allowance_gb(o, offer, a.lines, growth)
    return PlanData(usual, rest, allowance, o.rows[offer].overage_fen_per_gb)


@behaviour
def relief_yuan(
    seed: int, who: int, segment: int, income: float, scene: int, d: PlanData, h: Habits,
    p: Behaviour,
) -> float:  # fmt: skip
    """What it is worth on a plan that a scene does not count, a month for the account."""
    share = scene_share(seed, who, segment, income, 0, scene, h)
    free = min(d.rest_gb, d.usual_gb * share)
    return spared_yuan(d.rest_gb, free, d.allowance_gb, d.fee_fen, h.price_response, p)


@behaviour
def use_scene(
    a: Account, d: SceneDiary, scene: int, is_free: bool, m: MarketTables, p: Behaviour
) -> None:
    """Use this month's data with a product of a scene: watch more, and count less."""
    s = m.around
    in_scene = (d.wish_gb - d.scene_more_gb) * share_of_scene(a, scene, s.month, m)
    more = 0.0
    if scene == Scene.VIDEO:
        more = in_scene * (s.firms[a.operator].content_use - 1.0)
    if is_free:
        carried = carried_now_gb(a, m.offers, s.allowance_growth, p)
        allowance = plan_allowance_gb(m.offers, a.offer, a.lines, s.allowance_growth)
        scarce = run_out_chance(max(0.0, a.usual_gb * a.lines - carried), allowance, p)
        more += in_scene * s.habits[0].price_response * scarce
        free = min(in_scene, max(0.0, d.wish_gb - carried)) + more
        d.extra_gb += free
        d.scene_free_gb += free
    d.wish_gb += more
    d.scene_more_gb += more


@behaviour
def notice_enough(a: Account, d: SceneDiary, m: MarketTables, p: Behaviour) -> None:
    """Whether one runs out of data after all, with what scene products changed."""
    if d.scene_free_gb <= 0.0 and d.scene_more_gb <= 0.0:
        return
    growth = m.around.allowance_growth
    allowance = plan_allowance_gb(m.offers, a.offer, a.lines, growth) + d.extra_gb
    out = d.wish_gb - carried_now_gb(a, m.offers, growth, p) > allowance
    d.ran_out = 1 if out else 0
    d.events -= d.events & Event.RAN_OUT
    if out:
        d.events |= Event.RAN_OUT


@behaviour
def added_gb(a: Account, d: SceneDiary, m: MarketTables, p: Behaviour) -> float:
    """Traffic of the main lines this month beyond what it would be without the products."""
    growth = m.around.allowance_growth
    allowance = plan_allowance_gb(m.offers, a.offer, a.lines, growth) + d.extra_gb
    wish = d.wish_gb - d.carried_gb - d.scene_more_gb
    return d.used_gb - used_gb(wish, allowance - d.scene_free_gb, p)
