"""Which offers accounts take: all (offer, account) pairs that are considered, valued in one go."""

from typing import Any, NamedTuple, Self

import numpy as np

from agents.behaviour.choice import NO_SECOND_KEY
from agents.behaviour.environment import MarketTables
from agents.behaviour.settings import Behaviour
from experiments.studies.bench.vectorised.accounts import (
    Accounts,
    allowance_gb,
    may_buy,
    operator_of,
    price_fen,
    second_carries_gb,
    shortfall_yuan,
    standalone_fen,
)
from experiments.studies.bench.vectorised.draws import (
    Bools,
    Floats,
    Ints,
    gumbel,
    lognormal_around_one,
    normal,
    normal_from,
    uniform,
    uniforms,
)
from sim.draws import Purpose


class TasteColumns(NamedTuple):
    """Lasting tastes `[account]`, in yuan a month per line."""

    scale_yuan: Floats
    quality_yuan: Floats
    hassle_yuan: Floats
    second_yuan: Floats

    def at(self, rows: Any) -> Self:
        """The tastes of some of the accounts."""
        return self._make(column[rows] for column in self)


def tastes_of(a: Accounts, m: MarketTables, p: Behaviour) -> TasteColumns:
    """Draw everybody's tastes."""
    s = m.around
    regions: Any = s.regions
    income = regions.income[a.region]
    u = uniforms(s.seed, a.who, 0, Purpose.TASTE, 0)
    v = uniforms(s.seed, a.who, 0, Purpose.TASTE, 1)
    scale = lognormal_around_one(normal_from(u[0], u[1]), p.price_spread)
    quality = lognormal_around_one(normal_from(u[2], u[3]), p.quality_spread)
    hassle = lognormal_around_one(normal_from(v[0], v[1]), p.hassle_spread)
    return TasteColumns(
        income * np.asarray(p.logit_scale_yuan)[a.segment] * scale,
        income * np.asarray(p.quality_value_yuan)[a.segment] * quality,
        np.asarray(p.hassle_yuan)[a.segment] * hassle,
        p.second_taste_yuan + p.second_spread_yuan * normal_from(v[2], v[3]),
    )


def known_operators(a: Accounts, friends: Ints, m: MarketTables, p: Behaviour) -> Bools:
    """Whose offers accounts know, own operator and second SIM aside: `[operator, account]`."""
    s = m.around
    operators = np.arange(len(s.firms))[:, None]
    advert = s.places.advert[:, a.region]
    chance = 1.0 - (1.0 - p.transparency) * (1.0 - np.minimum(1.0, advert))
    luck = uniform(s.seed, a.who, s.month, Purpose.KNOWS, operators)
    return (friends > 0) | (luck < chance)


def benefit_worths(a: Accounts, m: MarketTables, p: Behaviour) -> Floats:
    """What each benefit adds to a plan, net of what is owned: `[benefit, account]`."""
    s = m.around
    services: Any = s.services
    benefits = np.arange(len(services))[:, None]
    retail = services.retail_yuan[:, None]
    z = normal(s.seed, a.who, 0, Purpose.BENEFIT, benefits)
    liking = services.liking_yuan[:, a.segment] * lognormal_around_one(z, p.benefit_spread)
    cancels = uniform(s.seed, a.who, 1, Purpose.BENEFIT, benefits) < p.overlap_cancel
    owns = (a.owned >> benefits) & 1 == 1
    return np.where(owns, np.where(cancels, retail, 0.0), np.minimum(liking, retail))


def _best(values: Floats, offer: Ints, account: Ints, floor: Floats, otherwise: Ints) -> Ints:
    """The offer of highest value by account, if it beats `floor`."""
    best = floor.copy()
    np.maximum.at(best, account, values)
    chosen = otherwise.copy()
    wins = (values == best[account]) & (values > floor[account])
    chosen[account[wins]] = offer[wins]
    return chosen


def choose_main(
    a: Accounts, taste: TasteColumns, friends: Ints, known: Bools, m: MarketTables, p: Behaviour
) -> Ints:
    """The main plan each looking account decides on.

    `friends` (how many) and `known` are `[operator, account]`.
    """
    o: Any = m.offers.rows
    s = m.around
    firms: Any = s.firms
    everyone = np.arange(len(a.who))
    own = np.arange(len(firms))[:, None] == a.operator
    considers = known | own | (np.arange(len(firms))[:, None] == operator_of(a.second, m))
    closed = own[o.operator] & (o.newcomers_only == 1)[:, None]
    options = may_buy(a, m) & considers[o.operator] & ~closed
    options[a.offer, everyone] = True
    liking = normal(s.seed, a.who, 0, Purpose.BRAND, np.arange(len(firms))[:, None])
    liking *= np.asarray(p.brand_sd_yuan)[a.segment]
    worths = benefit_worths(a, m, p)
    carried = second_carries_gb(a.second, a.usual_gb, m, p)

    offer, account = np.nonzero(options)
    b = a.at(account)
    operator = o.operator[offer]
    stays = operator == b.operator
    bill = price_fen(offer, b, m) + standalone_fen(offer, b, m)
    price = (bill + p.loss_aversion * np.maximum(0.0, bill - b.reference_fen)) / 100.0
    allowance = allowance_gb(offer, b.lines, m)
    gb = b.usual_gb * b.lines - carried[account]
    short = shortfall_yuan(gb, allowance, o.overage_fen_per_gb[offer], p)
    supplied = o.benefits[offer] & firms.supplied[operator]
    gifts = np.zeros(len(offer))
    for benefit, worth in enumerate(worths):
        gifts += np.where((supplied >> benefit) & 1 == 1, worth[account], 0.0)
    value = (
        (-price - short + gifts) / b.lines
        + taste.quality_yuan[account] * s.places.quality[operator, b.region]
        + liking[operator, account]
        + o.appeal_yuan[offer]
        + p.peer_value_yuan * (friends[operator, account] / max(1, s.friends + s.acquaintances))
    )
    months = np.minimum(o.welcome_months[offer], p.horizon_months)
    welcome = o.welcome_fen[offer] * months / (100.0 * p.horizon_months * b.lines)
    value += np.where(stays, 0.0, welcome)
    value -= _moving_costs(offer, b, taste.hassle_yuan[account], m, p)
    value += np.where(stays, p.experience_value_yuan * (b.satisfaction - p.usual_satisfaction), 0.0)
    luck = gumbel(s.seed, b.who, s.month, Purpose.CHOICE, o.key[offer])
    value += taste.scale_yuan[account] * luck
    return _best(value, offer, account, np.full(len(everyone), -1e300), a.offer)


def _moving_costs(
    offer: Ints, b: Accounts, hassle: Floats, m: MarketTables, p: Behaviour
) -> Floats:
    """Cost per line of getting onto a plan, for pairs of offer and account."""
    o: Any = m.offers.rows
    operator = o.operator[offer]
    same = operator == b.operator
    easy = same | (operator == operator_of(b.second, m))
    once = exit_fee_fen(offer, b, m) / 100.0
    once += np.where(same, 0.0, b.points * p.point_value_yuan)
    rewired = (o.broadband[offer] == 1) & (b.broadband >= 0) & (b.broadband != operator)
    once += np.where(rewired, p.broadband_move_yuan, 0.0)
    cost = np.where(easy, p.plan_hassle_yuan, hassle) + once / (p.horizon_months * b.lines)
    return np.where(offer == b.offer, 0.0, cost)


def exit_fee_fen(offer: Ints, a: Accounts, m: MarketTables) -> Ints:
    """Fee for moving to `offer` now; waived for an own plan that binds for at least as long."""
    o: Any = m.offers.rows
    contracts = np.where(o.lines[a.offer] == 1, a.lines, 1)
    waived = (o.operator[offer] == a.operator) & (o.contract_months[offer] >= a.contract_left)
    return np.where(waived, 0, o.exit_fee_fen[a.offer] * a.contract_left * contracts)


def choose_second(
    a: Accounts, left: Ints, taste: TasteColumns, known: Bools, m: MarketTables, p: Behaviour
) -> Ints:
    """Which offer persons hold on a second SIM, or -1; `left` is the operator just left, or -1."""
    o: Any = m.offers.rows
    s = m.around
    operators = np.arange(len(s.firms))[:, None]
    everyone = np.arange(len(a.who))
    held = operator_of(a.second, m)
    has_number = (operators == held) | (operators == left)
    reachable = (known | has_number) & (operators != a.operator)
    options = may_buy(a, m)
    options[a.second[a.second >= 0], everyone[a.second >= 0]] = True
    options &= reachable[o.operator] & (o.second_line == 1)[:, None]
    main_allowance = o.allowance_gb[a.offer] * s.allowance_growth
    fee = o.overage_fen_per_gb[a.offer]
    alone = shortfall_yuan(a.usual_gb, main_allowance, fee, p)

    offer, account = np.nonzero(options)
    b = a.at(account)._replace(lines=np.ones(len(account), dtype=np.int64))
    carried = second_carries_gb(offer, b.usual_gb, m, p)
    rest = shortfall_yuan(b.usual_gb - carried, main_allowance[account], fee[account], p)
    value = taste.second_yuan[account] + o.appeal_yuan[offer] + alone[account] - rest
    value -= price_fen(offer, b, m) / 100.0
    value -= np.where(has_number[o.operator[offer], account], 0.0, p.second_hassle_yuan)
    luck = gumbel(s.seed, b.who, s.month, Purpose.SECOND_CHOICE, o.key[offer])
    value += taste.scale_yuan[account] * luck
    none = taste.scale_yuan * gumbel(s.seed, a.who, s.month, Purpose.SECOND_CHOICE, NO_SECOND_KEY)
    none -= np.where(held >= 0, p.second_hassle_yuan, 0.0)
    return _best(value, offer, account, none, np.full(len(everyone), -1))
