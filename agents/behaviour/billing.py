"""What a plan costs and how much data it leaves one short: money in whole fen."""

from agents.behaviour.settings import Behaviour
from sim.compile import behaviour
from sim.money import round_fen
from sim.offers import OfferTable

# Three points with the mean, variance and kurtosis of a normal distribution (Gauss-Hermite).
_OUTER_WEIGHT = 1.0 / 6.0
_MIDDLE_WEIGHT = 2.0 / 3.0


@behaviour
def plan_price_fen(o: OfferTable, offer: int, region: int, lines: int) -> int:
    """Monthly price of a plan for an account of `lines` lines, before overage and discounts."""
    price = o.price_fen[offer, region]
    extra = round_fen(price * o.rows[offer].extra_line_share)
    beyond = lines - o.rows[offer].lines
    return price + extra * beyond if beyond > 0 else price


@behaviour
def plan_allowance_gb(o: OfferTable, offer: int, lines: int, growth: float) -> float:
    """Data included for the account: shared in family plans, per line elsewhere.

    It grows with the market.
    """
    shares = 1 if o.rows[offer].lines > 1 else lines
    return o.rows[offer].allowance_gb * shares * growth


@behaviour
def carried_by_second_gb(second_allowance_gb: float, wish_gb: float, p: Behaviour) -> float:
    """Traffic that a second SIM takes off the main line."""
    return min(second_allowance_gb, wish_gb * p.second_offload)


@behaviour
def paid_excess_gb(wish_gb: float, allowance_gb: float, p: Behaviour) -> float:
    """Gigabytes beyond the allowance that are used and paid for; the other wishes are given up."""
    return max(0.0, wish_gb - allowance_gb) * (1.0 - p.restraint)


@behaviour
def used_gb(wanted_gb: float, allowance_gb: float, p: Behaviour) -> float:
    """Traffic of the main lines: what is included, and what is paid for beyond it."""
    included = min(max(0.0, wanted_gb), allowance_gb)
    return included + paid_excess_gb(wanted_gb, allowance_gb, p)


@behaviour
def second_idle_chance(carried_gb: float, usual_gb: float, p: Behaviour) -> float:
    """Chance that a second SIM is not used at all in a month: the less, the more it carries."""
    most = usual_gb * p.second_offload
    carries = min(1.0, carried_gb / most) if most > 0.0 else 0.0
    return p.second_idle * (1.0 - carries)


@behaviour
def overage_fen(wish_gb: float, allowance_gb: float, fen_per_gb: int, p: Behaviour) -> int:
    """This month's bill for data beyond the allowance."""
    return round_fen(paid_excess_gb(wish_gb, allowance_gb, p) * fen_per_gb)


@behaviour
def shortfall_yuan(wish_gb: float, allowance_gb: float, yuan_per_gb: float, p: Behaviour) -> float:
    """Money and foregone use when the allowance does not suffice."""
    beyond = max(0.0, wish_gb - allowance_gb)
    return beyond * ((1.0 - p.restraint) * yuan_per_gb + p.restraint * p.restraint_yuan_per_gb)


@behaviour
def expected_shortfall_yuan(
    usual_gb: float, allowance_gb: float, fen_per_gb: int, p: Behaviour
) -> float:
    """What somebody expects to lose by a plan's limit in an ordinary month.

    Three-point Gauss-Hermite expectation over the lognormal monthly shock.
    """
    yuan_per_gb = fen_per_gb / 100.0
    middle = usual_gb * p.usual_shock
    most, least = middle * p.shock_swing, middle / p.shock_swing
    return (
        _MIDDLE_WEIGHT * shortfall_yuan(middle, allowance_gb, yuan_per_gb, p)
        + _OUTER_WEIGHT * shortfall_yuan(most, allowance_gb, yuan_per_gb, p)
        + _OUTER_WEIGHT * shortfall_yuan(least, allowance_gb, yuan_per_gb, p)
    )


@behaviour
def run_out_chance(usual_gb: float, allowance_gb: float, p: Behaviour) -> float:
    """Chance that a plan's data does not suffice in an ordinary month, by the same three points."""
    middle = usual_gb * p.usual_shock
    chance = 0.0
    if middle > allowance_gb:
        chance += _MIDDLE_WEIGHT
    if middle * p.shock_swing > allowance_gb:
        chance += _OUTER_WEIGHT
    if middle / p.shock_swing > allowance_gb:
        chance += _OUTER_WEIGHT
    return chance


@behaviour
def expected_excess_gb(usual_gb: float, allowance_gb: float, p: Behaviour) -> float:
    """Gigabytes wished beyond the allowance in an ordinary month, by the same expectation."""
    middle = usual_gb * p.usual_shock
    most, least = middle * p.shock_swing, middle / p.shock_swing
    return (
        _MIDDLE_WEIGHT * max(0.0, middle - allowance_gb)
        + _OUTER_WEIGHT * max(0.0, most - allowance_gb)
        + _OUTER_WEIGHT * max(0.0, least - allowance_gb)
    )


@behaviour
def is_bill_shock(bill_fen: int, reference_fen: int, p: Behaviour) -> bool:
    """Whether a bill is so far above what one is used to that it makes one think."""
    return bill_fen > reference_fen * (1.0 + p.bill_shock_share)


@behaviour
def next_reference_fen(reference_fen: int, bill_fen: int, p: Behaviour) -> int:
    """The price one is used to follows what one pays (adaptive expectation)."""
    return round_fen(p.reference_memory * reference_fen + (1.0 - p.reference_memory) * bill_fen)
