"""What an offer is worth to somebody: every term in yuan a month per line, open to argument."""

from agents.behaviour.billing import expected_shortfall_yuan, plan_allowance_gb, plan_price_fen
from agents.behaviour.environment import MarketTables, Person, Surroundings
from agents.behaviour.preferences import Taste, benefit_worth
from agents.behaviour.settings import Behaviour
from sim.compile import behaviour
from sim.draws import Purpose, uniform
from sim.offers import OfferTable


@behaviour
def may_buy(o: OfferTable, offer: int, segment: int, region: int) -> bool:
    """Whether an offer is sold to such a customer in this region."""
    return (
        o.rows[offer].on_sale == 1
        and (o.rows[offer].segments >> segment) & 1 == 1
        and (o.rows[offer].regions >> region) & 1 == 1
    )


@behaviour
def covers(who: int, operator: int, region: int, s: Surroundings) -> bool:
    """Whether somebody can use an operator at all: its network reaches them, their device fits.

    A lasting trait: as coverage grows, those who were covered stay covered.
    """
    share = s.places[operator, region].coverage
    return share >= 1.0 or uniform(s.seed, who, 0, Purpose.COVERAGE, operator) < share


@behaviour
def benefits_yuan(
    benefits: int, who: int, segment: int, owned: int, s: Surroundings, p: Behaviour
) -> float:
    """Worth of a set of benefits (bit mask), net of what the person owns already."""
    worth = 0.0
    for benefit in range(len(s.services)):
        if (benefits >> benefit) & 1:
            has = (owned >> benefit) & 1 == 1
            mean = s.services[benefit].liking_yuan[segment]
            worth += benefit_worth(
                s.seed, who, benefit, has, mean, s.services[benefit].retail_yuan, p
            )
    return worth


@behaviour
def gifts_yuan(benefits: int, taste: Taste) -> float:
    """The same where tastes are known already: the many offers compared share their benefits."""
    worth = 0.0
    for benefit in range(len(taste.benefits_yuan)):
        if (benefits >> benefit) & 1:
            worth += taste.benefits_yuan[benefit]
    return worth


@behaviour
def account_bill_fen(o: OfferTable, offer: int, person: Person, s: Surroundings) -> int:
    """Monthly price of a whole account on a plan: lines, and broadband where the plan lacks it."""
    bill = plan_price_fen(o, offer, person.region, person.lines)
    if person.broadband >= 0 and o.rows[offer].broadband == 0:
        bill += max(0, s.firms[person.broadband].broadband_fen)
    return bill


@behaviour
def price_yuan(bill_fen: float, reference_fen: int, p: Behaviour) -> float:
    """How a price weighs: what exceeds the price one is used to weighs more.

    Reference dependence in the form of Tversky & Kahneman 1991, linear on both sides.
    """
    return (bill_fen + p.loss_aversion * max(0.0, bill_fen - reference_fen)) / 100.0


@behaviour
def plan_value_yuan(
    o: OfferTable,
    offer: int,
    person: Person,
    taste: Taste,
    liking_yuan: float,
    friend_share: float,
    carried_gb: float,
    s: Surroundings,
    p: Behaviour,
) -> float:
    """Worth per line of living on a plan, before the cost of getting there.

    `liking_yuan` is the lasting liking for the operator, `carried_gb` what a second SIM takes over.
    """
    operator = o.rows[offer].operator
    bill = account_bill_fen(o, offer, person, s)
    gb = person.usual_gb * person.lines - carried_gb
    allowance = plan_allowance_gb(o, offer, person.lines, s.allowance_growth)
    short = expected_shortfall_yuan(gb, allowance, o.rows[offer].overage_fen_per_gb, p)
    supplied = o.rows[offer].benefits & s.firms[operator].supplied
    gifts = gifts_yuan(supplied, taste)
    account = -price_yuan(bill, person.reference_fen, p) - short + gifts
    return (
        account / person.lines
        + taste.quality_yuan * s.places[operator, person.region].quality
        + liking_yuan
        + o.rows[offer].appeal_yuan
        + s.places[operator, person.region].appeal_yuan
        + p.peer_value_yuan * friend_share
    )


@behaviour
def moving_cost_yuan(
    o: OfferTable, offer: int, person: Person, taste: Taste, second_operator: int, p: Behaviour
) -> float:
    """Cost per line of getting onto a plan, spread over the horizon people look ahead.

    Hassle (none where one has a number already through the second SIM), the exit fee of a running
    contract, points that would be lost, broadband that must be moved.
    """
    if offer == person.offer:
        return 0.0
    operator = o.rows[offer].operator
    cost = p.plan_hassle_yuan
    once = fee_for_moving_fen(o, person, offer) / 100.0
    if operator != person.operator:
        once -= fee_paid_fen(o, person, offer) / 100.0
        cost = p.plan_hassle_yuan if operator == second_operator else taste.hassle_yuan
        once += person.points * p.point_value_yuan
    if o.rows[offer].broadband == 1 and person.broadband >= 0 and person.broadband != operator:
        once += p.broadband_move_yuan
    return cost + once / (p.horizon_months * person.lines)


@behaviour
def fee_for_moving_fen(o: OfferTable, person: Person, offer: int) -> int:
    """Fee for leaving a plan before its contract ends.

    An operator waives it for a plan of its own that binds for at least as long, and when it
    switches the plan off.
    """
    plan = o.rows[person.offer]
    target = o.rows[offer]
    if plan.on_sale < 0:
        return 0
    if target.operator == plan.operator and target.contract_months >= person.contract_left:
        return 0
    contracts = person.lines if plan.lines == 1 else 1
    return plan.exit_fee_fen * person.contract_left * contracts


@behaviour
def fee_paid_fen(o: OfferTable, person: Person, offer: int) -> int:
    """What the new operator pays towards the fee for leaving the old one."""
    most = o.rows[offer].pays_exit_fee_fen * person.lines
    return min(most, fee_for_moving_fen(o, person, offer))


@behaviour
def promise_yuan(m: MarketTables, campaign: int, offer: int, person: Person, p: Behaviour) -> float:
    """Worth per line of a campaign's whole promise: its perk, its credit, and the care it takes.

    A lift of satisfaction fades by `satisfaction_memory` a month and counts by its mean over the
    horizon.
    """
    c = m.campaigns[campaign]
    fades = min(1.0, 1.0 / (p.horizon_months * max(1e-9, 1.0 - p.satisfaction_memory)))
    care = p.experience_value_yuan * c.care * (1.0 - person.satisfaction) * fades
    credit = c.credit_fen / (100.0 * p.horizon_months)
    return perk_yuan(m, campaign, c.months, offer, person, p) + credit + care


@behaviour
def perk_yuan(
    m: MarketTables, campaign: int, months: int, offer: int, person: Person, p: Behaviour
) -> float:
    """Worth per line of what a campaign grants for `months`, spread over people's horizon."""
    c = m.campaigns
    o = m.offers
    s = m.around
    fresh = c[campaign].benefits & s.firms[c[campaign].operator].supplied & ~o.rows[offer].benefits
    monthly = benefits_yuan(fresh, person.who, person.segment, person.owned, s, p) / person.lines
    monthly += (c[campaign].discount_fen - c[campaign].pack_fen) / 100.0
    if c[campaign].gb > 0.0:
        gb = person.usual_gb * person.lines
        allowance = plan_allowance_gb(o, offer, person.lines, s.allowance_growth)
        fee = o.rows[offer].overage_fen_per_gb
        more = allowance + c[campaign].gb * person.lines
        saved = expected_shortfall_yuan(gb, allowance, fee, p) - expected_shortfall_yuan(
            gb, more, fee, p
        )
        monthly += saved / person.lines
    return monthly * min(1.0, months / p.horizon_months)


@behaviour
def welcome_yuan(o: OfferTable, offer: int, person: Person, p: Behaviour) -> float:
    """Worth per line of a newcomer's discount."""
    if o.rows[offer].operator == person.operator:
        return 0.0
    months = min(float(o.rows[offer].welcome_months), p.horizon_months)
    return o.rows[offer].welcome_fen * months / (100.0 * p.horizon_months * person.lines)
