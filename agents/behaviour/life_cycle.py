"""How a line ends that nobody ends by choosing another operator, and what comes after.

A lapsed main line of one person is either replaced at once by another of the same operator, or it
falls silent: unused and unpaid, but counted, until the operator ends it. In the month it is ended
its holder takes a line again, and compares as somebody who has none: nothing binds, and no plan is
spared the shock of the new. Families and firms lose lines one by one and replace them on the plan
they have. Whoever loses a second SIM thinks at once of another.
"""

import math

from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from agents.behaviour.steps import may_hold_second
from agents.fields import Account, Diary
from agents.limits import LONGEST_DORMANT
from agents.mechanisms.registry import moves as _moves
from sim.compile import behaviour
from sim.draws import Purpose, uniforms
from sim.vocabulary import NOBODY, Segment


@behaviour
def lines_end(a: Account, d: Diary, m: MarketTables, p: Behaviour) -> None:
    """Whether a line lapses this month, or a silent one is ended.

    Writes `ended`, `silent`, `replaced`, `second_ended` and `second_open` into the diary.
    """
    e = m.around.endings
    d.ended = 0
    d.silent = 0
    d.replaced = 0
    d.second_ended = 0
    d.second_open = 0
    if e.chance <= 0.0:
        return
    main, kind, spell, second = uniforms(m.around.seed, a.who, m.around.month, Purpose.LAPSE, 0)
    if a.second >= 0 and second < e.chance * e.second_factor:
        d.second_ended = 1
        a.second = NOBODY
    if a.dormant_months > 0:
        _be_silent_or_end(a, d, m)
    else:
        chance = e.chance * e.contract_factor if a.contract_left > 0 else e.chance
        _lapse(a, d, main, chance, kind, spell, m, p)
    _think_of_second(a, d, m)


@behaviour
def _think_of_second(a: Account, d: Diary, m: MarketTables) -> None:
    """Who loses a second SIM thinks of another; so does, without a main line, who is switched off.

    Whoever has a main line looks around when a second SIM is switched off.
    """
    if not may_hold_second(a.segment, m):
        return
    without = d.silent == 1 or d.ended == 1
    switched_off = a.second >= 0 and m.offers.rows[a.second].on_sale < 0
    if d.second_ended == 1 or (without and switched_off):
        d.second_open = 1


@behaviour
def _be_silent_or_end(a: Account, d: Diary, m: MarketTables) -> None:
    """A month less of being silent; a plan that is switched off ends it at once."""
    a.dormant_months -= 1
    if a.dormant_months == 0 or m.offers.rows[a.offer].on_sale < 0:
        a.dormant_months = 0
        d.ended = 1
    else:
        d.silent = 1


@behaviour
def _lapse(
    a: Account,
    d: Diary,
    luck: float,
    chance: float,
    kind: float,
    spell: float,
    m: MarketTables,
    p: Behaviour,
) -> None:
    """Whether the main line lapses; what is held beside the plan goes with a line that is lost."""
    e = m.around.endings
    if a.lines > 1 or a.segment >= Segment.HOUSEHOLD or a.broadband >= 0:
        d.replaced = int(a.lines * chance + luck)
        return
    if luck >= chance:
        return
    if kind < e.replaced_share:
        d.replaced = 1
        return
    months = int(min(float(LONGEST_DORMANT), -e.dormant_months * math.log(spell)))
    a.dormant_months = months
    if months == 0:
        d.ended = 1
    else:
        d.silent = 1
    _moves(a, d, 0, m, p)
