"""Moves gone through on paper, before anything is simulated: can each be made when it is dated?

What a simulated market would refuse months into its life is found here, with the line of the file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.history import HistoryMarket
from experiments.studies.backtest.dates import month_name
from sim.errors import QuestionError
from sim.names import unknown
from strategies.scripted import ScriptedMove


@dataclass(frozen=True)
class Dated:
    """A move, who makes it, and where it is written."""

    where: str
    """File and line."""
    operator: str
    move: ScriptedMove


@dataclass
class _Seller:
    """What an operator sells at some time, by plan."""

    plans: dict[str, tuple[str, ...]]
    """Plans that somebody may be on → regions where they are sold (empty: everywhere)."""
    on_sale: set[str]
    launched: dict[str, int] = field(default_factory=dict[str, int])
    """Month of each launch."""
    for_some: set[str] = field(default_factory=set[str])
    """Plans that only customers of some operators may take."""
    capped: set[str] = field(default_factory=set[str])
    """Plans that may have closed by then."""
    gone: str = ""
    """Who took it over, and when; empty: it is there."""


def dry_run(moves: Iterable[Dated], market: HistoryMarket, start: int) -> None:
    """Go through the moves in the order in which they would be made.

    Args:
        moves: of all operators.
        market: as it stands at its start.
        start: its first month, an integer (see `history.dates`).

    Raises:
        QuestionError: a move that cannot be made.
    """
    order = {name: place for place, name in enumerate(market.operators)}
    sellers = {
        name: _Seller({plan: p.regions for plan, p in o.plans.items()}, set(o.plans))
        for name, o in market.operators.items()
    }
    for dated in sorted(moves, key=lambda d: (d.move.month, order[d.operator])):
        seller = sellers[dated.operator]
        if seller.gone:
            raise QuestionError(f"{dated.where}: {dated.operator} is no more: {seller.gone}")
        _check_plans(dated, seller)
        _make(dated, sellers, start)
        if dated.move.move in ("end_service", "merge"):
            _check_somebody_sells(dated, sellers, market)


def _check_plans(dated: Dated, seller: _Seller) -> None:
    """The plan that a move is about, and the one it builds on, must be there (or not yet be)."""
    move, where = dated.move, dated.where
    if move.move in ("launch", "replace"):
        if move.plan in seller.plans:
            raise QuestionError(
                f"{where}: plan = '{move.plan}': {dated.operator} has that plan already; give the "
                "new one another name (who is on the old one stays on its terms), or reprice"
            )
        if move.like and move.like not in seller.plans:
            raise unknown(f"{where}: like: {dated.operator}'s plan", move.like, seller.plans)
    elif move.plan and move.plan not in seller.plans:
        raise unknown(f"{where}: plan: {dated.operator}'s plan", move.plan, seller.plans)
    elif move.move in ("reprice", "welcome") and seller.launched.get(move.plan) == move.month:
        raise QuestionError(
            f"{where}: '{move.plan}' is launched in the same month: say it with the launch"
        )


def _make(dated: Dated, sellers: dict[str, _Seller], start: int) -> None:
    move, seller = dated.move, sellers[dated.operator]
    match move.move:
        case "launch" | "replace":
            seller.plans[move.plan] = move.regions or seller.plans.get(move.like, ())
            seller.on_sale.add(move.plan)
            seller.launched[move.plan] = move.month
            if move.customers_of or move.like in seller.for_some:
                seller.for_some.add(move.plan)
            if move.cap_million is not None:
                seller.capped.add(move.plan)
            if move.move == "replace":
                seller.on_sale.discard(move.like)
        case "withdraw":
            seller.on_sale.discard(move.plan)
        case "end_service":
            for plan in [move.plan] if move.plan else list(seller.plans):
                seller.on_sale.discard(plan)
                del seller.plans[plan]
        case "merge":
            _check_heir(dated, sellers)
            seller.gone = f"merged into {move.into} in {month_name(start + move.month)}"
            heir = sellers[move.into]
            heir.on_sale |= {f"{dated.operator}/{plan}" for plan in seller.on_sale}
            heir.for_some |= {f"{dated.operator}/{plan}" for plan in seller.for_some}
            heir.capped |= {f"{dated.operator}/{plan}" for plan in seller.capped}
            for plan in seller.on_sale:
                heir.plans[f"{dated.operator}/{plan}"] = seller.plans[plan]
            seller.on_sale = set()
        case _:
            pass


def _check_heir(dated: Dated, sellers: dict[str, _Seller]) -> None:
    heir = dated.move.into
    if heir == dated.operator:
        raise QuestionError(f"{dated.where}: into = '{heir}': nobody can merge into itself")
    if sellers[heir].gone:
        raise QuestionError(f"{dated.where}: into = '{heir}' is no more: {sellers[heir].gone}")


def _check_somebody_sells(dated: Dated, sellers: dict[str, _Seller], market: HistoryMarket) -> None:
    """Who loses their service must be able to find another."""
    for region in market.regions:
        sold = (
            seller
            for seller in sellers.values()
            for plan in seller.on_sale - seller.for_some - seller.capped
            if not seller.plans[plan] or region in seller.plans[plan]
        )
        if next(sold, None) is None:
            raise QuestionError(
                f"{dated.where}: after this move nobody sells anything in region '{region}'"
            )
