"""Moves on given dates: what an operator did, or is expected to do, whatever the others do."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agents.actions import (
    Action,
    AddBenefits,
    Advertise,
    Cover,
    EndService,
    Launch,
    MergeInto,
    Reprice,
    Welcome,
    Withdraw,
)
from agents.causes import Why
from agents.observation import OfferView, OperatorView
from sim.money import to_fen
from sim.names import check, unknown
from sim.offers import Offer
from sim.schema import Settings
from strategies.caps import Caps
from strategies.parameters import Months, Plan, Share, Yuan
from strategies.registry import strategy
from strategies.toolkit import plan_of

Kind = Literal[
    "launch", "replace", "reprice", "withdraw", "welcome", "cover", "advertise", "end_service",
    "merge",
]  # fmt: skip
_NEEDS: dict[Kind, tuple[str, ...]] = {
    "launch": ("plan",),
    "replace": ("plan", "like"),
    "reprice": ("plan",),
    "withdraw": ("plan",),
    "welcome": ("plan",),
    "advertise": ("advert_reach",),
    "merge": ("into",),
}


_USUAL_WELCOME = 12
"""Months for which newcomers get a discount where the move does not say."""


class ScriptedMove(Settings):
    """One dated move. What is not said stays as it is, or as in the plan it is `like`."""

    month: Months
    """Months after the beginning; several moves may share one."""
    move: Kind
    plan: Plan = ""
    like: Plan = ""
    """For a launch: the own plan whose appeal it shares, and whose other terms it takes over.

    `replace` launches in place of that plan: who is on the old one stays on its old terms.
    """
    price_yuan: Yuan | None = None
    allowance_gb: Annotated[float, Field(ge=0, le=100_000)] | None = None
    overage_yuan_per_gb: Yuan | None = None
    contract_months: Annotated[int, Field(ge=0, le=60)] | None = None
    exit_fee_yuan_per_month: Yuan | None = None
    second_line: bool | None = None
    equivalent_yuan: Yuan | None = None
    """For an operator's first plans: what a plan of that quality cost at the start."""
    brand_distance_yuan: Annotated[float, Field(ge=-1000, le=1000)] | None = None
    welcome_yuan: Yuan | None = None
    pays_exit_fee_yuan: Yuan | None = None
    """Up to how much of a newcomer's exit fee elsewhere is paid."""
    welcome_months: Annotated[int, Field(ge=0, le=36)] | None = None
    coverage: Share | None = None
    quality: Share | None = None
    acceptance: Annotated[float, Field(gt=0, le=1)] | None = None
    """Of a `cover`: share of people who would take a line from then on (shops opened)."""
    customers_of: tuple[str, ...] = ()
    """Of a launch: operators whose customers alone may take the plan; empty: everybody's."""
    cap_million: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Million lines of the whole market after which a plan closes, or a discount for newcomers
    where there is one: `strategies/caps.py`."""
    advert_reach: Share | None = None
    advert_months: Annotated[int, Field(ge=1, le=120)] = 1
    regions: tuple[str, ...] = ()
    """Where; empty: everywhere."""
    into: str = ""
    """For a merger: the operator that takes over."""
    reason: str = ""
    """For people: the log keeps it."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in _NEEDS.get(self.move, ()) if getattr(self, name) in (None, "")]
        if missing:
            raise ValueError(f"move '{self.move}' needs {', '.join(missing)}")
        if self.move == "launch" and not self.like and None in (self.price_yuan, self.allowance_gb):
            raise ValueError(
                f"launch of '{self.plan}' needs price and allowance, or the plan it is like"
            )
        if self.move == "reprice" and self.price_yuan is None and self.allowance_gb is None:
            raise ValueError(f"reprice of '{self.plan}' needs a price or an allowance")
        if self.move == "cover" and {self.coverage, self.quality, self.acceptance} == {None}:
            raise ValueError("move 'cover' needs coverage, quality or acceptance")
        if self.cap_million is not None and self.move == "welcome" and not self.welcome_yuan:
            raise ValueError("cap_million needs a welcome discount that ends when it is reached")
        return self


class ScriptedSettings(Settings):
    """Parameters of `scripted`."""

    moves: tuple[ScriptedMove, ...] = ()
    """What is done, and when."""


@strategy("scripted", ScriptedSettings)
class Scripted:
    """Do what the script says, in the order in which it says it."""

    reads_customers = False
    """Needs no customer records: the market may spare itself keeping them."""

    def __init__(self, settings: ScriptedSettings) -> None:
        self.settings = settings
        self.caps = Caps()

    def act(self, view: OperatorView) -> list[Action]:
        """This month's moves. Raises `ActionError` for a plan or region that does not exist."""
        actions = self.caps.closings(view)
        for move in self.settings.moves:
            check("region", move.regions, view.regions)
            if move.move == "advertise":
                actions += _advert(move, view.month)
            elif move.month == view.month:
                actions += _actions(move, view, actions)
                if move.move in ("launch", "replace", "welcome"):
                    self.caps.begin(view, move.plan, move.cap_million, gift=_gift(move))
        return actions


def _gift(move: ScriptedMove) -> bool:
    """Whether newcomers get something that can end while the plan stays."""
    return bool(move.welcome_yuan or move.pays_exit_fee_yuan)


def _welcome_months(move: ScriptedMove) -> int:
    return _USUAL_WELCOME if move.welcome_months is None else move.welcome_months


def _why(move: ScriptedMove) -> Why:
    return Why(note=move.reason)


def _advert(move: ScriptedMove, month: int) -> list[Action]:
    if not move.month <= month < move.month + move.advert_months:
        return []
    return [Advertise(move.advert_reach or 0.0, 0, move.regions, _why(move))]


def _actions(  # noqa: PLR0911 - one return for each kind of move
    move: ScriptedMove, view: OperatorView, before: list[Action]
) -> list[Action]:
    """One move as actions; `before` are those of the same month, whose launches can be built on."""
    match move.move:
        case "launch":
            like = _offer(view, move.like, before) if move.like else None
            offer = launched(move, like)
            return [Launch(move.plan, offer, move.like, _why(move), move.equivalent_yuan)]
        case "replace":
            offer = launched(move, _offer(view, move.like, before))
            renewed = Launch(move.plan, offer, move.like, _why(move))
            return [renewed, Withdraw(move.like, _why(move))]
        case "reprice":
            return _reprice(move, view)
        case "withdraw":
            return [Withdraw(move.plan, _why(move))]
        case "welcome":
            fen, months = to_fen(move.welcome_yuan or 0.0), _welcome_months(move)
            pays = None if move.pays_exit_fee_yuan is None else to_fen(move.pays_exit_fee_yuan)
            return [Welcome(move.plan, fen, months, _why(move), pays)]
        case "cover":
            return [Cover(move.coverage, move.quality, move.regions, _why(move), move.acceptance)]
        case "end_service":
            return [EndService(move.plan, _why(move))]
        case "merge":
            return [MergeInto(move.into, _why(move))]
        case "advertise":
            return []


def launched(move: ScriptedMove, like: Offer | None) -> Offer:
    """The offer that a launch puts on sale: what the move says, the rest as in `like`."""
    said = {
        name: getattr(move, name)
        for name in (
            "price_yuan", "allowance_gb", "overage_yuan_per_gb", "contract_months",
            "exit_fee_yuan_per_month", "second_line", "brand_distance_yuan", "pays_exit_fee_yuan",
        )
        if getattr(move, name) is not None
    }  # fmt: skip
    if move.welcome_yuan is not None:
        said |= {"welcome_discount_yuan": move.welcome_yuan}
        said |= {"welcome_months": _welcome_months(move)}
    base = {} if like is None else like.model_dump()
    if move.regions:
        said |= {"regions": move.regions}
    if move.customers_of:
        said |= {"customers_of": move.customers_of}
    return Offer.model_validate(base | said)


def _offer(view: OperatorView, plan: str, before: list[Action]) -> Offer:
    for action in before:
        if isinstance(action, Launch) and action.plan == plan:
            return action.offer
    return _mine(view, plan).offer


def _mine(view: OperatorView, plan: str) -> OfferView:
    """The plan as launched by ourselves: a merger may have brought another of the same name."""
    for offer in view.offers:
        if offer.name == f"{view.name}/{plan}":
            return offer
    prefix = f"{view.name}/"
    own = [plan_of(o.name) for o in view.offers if o.name.startswith(prefix)]
    raise unknown(f"{view.name}'s plan", plan, own)


def _reprice(move: ScriptedMove, view: OperatorView) -> list[Action]:
    mine = _mine(view, move.plan)
    actions: list[Action] = []
    if move.price_yuan is not None:
        actions.append(Reprice(mine.name, to_fen(move.price_yuan), move.regions, _why(move)))
    if move.allowance_gb is not None:
        extra = move.allowance_gb - mine.offer.allowance_gb
        actions.append(AddBenefits(mine.name, extra_gb=extra, why=_why(move)))
    return actions
