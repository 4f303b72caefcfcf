"""What an offer is worth to somebody: every term in yuan a month per line, open to argument."""

from agents.behaviour.billing import expected_shortfall_yuan, plan_allowance_gb, plan_price_fen
from agents.behaviour.environment import Surroundings
from agents.behaviour.preferences import Taste, benefit_worth
from agents.behaviour.settings import Behaviour
from agents.fields import Account
from sim.compile import behaviour
from sim.draws import Purpose, uniform
from sim.offers import ANYBODYS, OfferTable


@behaviour
def is_customer_of(o: OfferTable, offer: int, operator: int, ended: int) -> bool:
    """Whether a customer of an operator (`ended` 1: of none any more) is one whom it is for."""
    firms = o.rows[offer].customers_of
    return firms == ANYBODYS or (ended == 0 and (firms >> operator) & 1 == 1)


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
def accepts(who: int, operator: int, region: int, friends_there: int, s: Surroundings) -> bool:
    """Whether somebody would take a line of an operator at all, whatever it offers.

    A lasting trait: as the odds against it fall, those who would take it still would.
    """
    odds = s.places[operator, region].reluctance
    if odds <= 0.0:
        return True
    for _ in range(friends_there):
        odds *= 1.0 - s.firms[operator].friend_relief
    return uniform(s.seed, who, 0, Purpose.ACCEPTANCE, operator) * (1.0 + odds) < 1.0


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
def account_bill_fen(o: OfferTable, offer: int, person: Account, s: Surroundings) -> int:
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
    person: Account,
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
def fee_for_moving_fen(o: OfferTable, person: Account, offer: int) -> int:
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
def fee_paid_fen(o: OfferTable, person: Account, offer: int) -> int:
    """What the new operator pays towards the fee for leaving the old one."""
    most = o.rows[offer].pays_exit_fee_fen * person.lines
    return min(most, fee_for_moving_fen(o, person, offer))
