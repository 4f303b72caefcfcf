"""Small steps of a subscriber's month: friends, running out of data, the bill one is used to."""

from agents.behaviour.billing import next_reference_fen, plan_allowance_gb
from agents.behaviour.data_use import carried_now_gb
from agents.behaviour.environment import MarketTables, Surroundings
from agents.behaviour.settings import Behaviour
from agents.fields import Account, Diary
from agents.mechanisms.registry import grants
from sim.compile import behaviour
from sim.draws import Purpose, uniform
from sim.vocabulary import Segment


@behaviour
def friend_index(who: int, k: int, start: int, end: int, luck: float) -> int:
    """The k-th friend: neighbours in a ring within the region, every third one anywhere in it.

    A small world in the sense of Watts & Strogatz 1998; fixed for life and a pure function of
    `who`.
    """
    size = end - start
    if k % 3 == 2:  # every third
        return start + min(size - 1, int(luck * size))
    step = k // 3 + 1 if k % 3 == 0 else -(k // 3 + 1)
    return start + (who - start + step) % size


@behaviour
def acquaintance_index(who: int, k: int, start: int, end: int, s: Surroundings) -> int:
    """The k-th acquaintance: somebody met this month, anybody in the region.

    Met anew every month, so that news spreads as if everybody could meet everybody: the mixing that
    Bass (1969) assumes, and a small world does not have.
    """
    luck = uniform(s.seed, who, s.month, Purpose.FRIENDS, 1 + k)
    return start + min(end - start - 1, int(luck * (end - start)))


@behaviour
def lines_with(operator: int, main: int, lines: int, second: int) -> int:
    """How many mobile lines an account holds with an operator."""
    count = lines if main == operator else 0
    return count + 1 if second == operator else count


@behaviour
def may_hold_second(segment: int, m: MarketTables) -> bool:
    """Whether somebody can carry a second SIM: persons do, where the market has them."""
    return m.around.second_lines == 1 and segment < Segment.HOUSEHOLD


@behaviour
def reference_after(person: Account, before_offer: int, last_bill_fen: int, p: Behaviour) -> int:
    """The price one is used to at the end of the month.

    It follows the bills up to last month's, so that this month's can still come as a shock.
    """
    if person.offer != before_offer:
        return person.reference_fen
    return next_reference_fen(person.reference_fen, last_bill_fen, p)


@behaviour
def runs_out(person: Account, wish_gb: float, m: MarketTables, p: Behaviour) -> bool:
    """Whether this month's wish exceeds the data of the present plan and second SIM."""
    carried = carried_now_gb(person, m.offers, m.around.allowance_growth, p)
    allowance = plan_allowance_gb(m.offers, person.offer, person.lines, m.around.allowance_growth)
    return wish_gb - carried > allowance


@behaviour
def granted_benefits(person: Account, d: Diary, m: MarketTables, p: Behaviour) -> int:
    """Benefits the account enjoys this month (bit mask).

    They come with its plan or with what it holds beside it, if the partners deliver.
    """
    mask = m.offers.rows[person.offer].benefits | grants(person, d, 0, m, p)
    return mask & m.around.firms[person.operator].supplied
