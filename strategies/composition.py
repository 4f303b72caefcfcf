"""Programmes that several members of a portfolio run: one catalogue of add-ons, one of all else.

An operator has each programme once. Add-ons of several members are sold together, in one catalogue;
of another programme, and of what holds for a whole catalogue, members must want the same.
"""

from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from agents.actions import Action, StartProgramme, StopProgramme
from agents.mechanisms.addon_settings import Addon, AddonSettings
from agents.mechanisms.registry import MECHANISMS
from agents.observation import Strategy
from sim.errors import QuestionError
from sim.schema import Settings
from strategies.parameters import BeginSettings
from strategies.toolkit import terms_in

Terms = Mapping[str, Settings]
"""Terms of one programme by the member that runs it."""
_REMEDY = "give both the same value, let one end before the other begins, or leave one out"


class SharedProgrammes:
    """Which member runs which programme on what terms."""

    def __init__(self) -> None:
        self.running: dict[str, dict[str, Settings]] = {}

    def end(self, member: str, actions: Iterable[Action]) -> None:
        """Note what a member stops, before anybody starts anything."""
        for action in actions:
            if isinstance(action, StopProgramme):
                self.running.get(action.mechanism, {}).pop(member, None)

    def started(self, member: str, action: StartProgramme) -> StartProgramme:
        """What the operator starts if a member does: the programme of all who run it.

        Raises `QuestionError` where members want what cannot be had together.
        """
        terms = self.running.setdefault(action.mechanism, {})
        terms[member] = action.terms
        return StartProgramme(action.mechanism, combined(action.mechanism, terms), action.why)

    def stopped(self, action: StopProgramme) -> Action:
        """What the operator does if a member stops: it goes on with what the others run."""
        terms = self.running.get(action.mechanism)
        if not terms:
            return action
        return StartProgramme(action.mechanism, combined(action.mechanism, terms), action.why)


def check_together(members: Mapping[str, Strategy]) -> None:
    """Refuse members whose parameters say that their programmes cannot be had together.

    What depends on when rivals are seen to move is left to the play.

    Raises `QuestionError`.
    """
    settings = {name: said for name, one in members.items() if (said := _settings(one))}
    for mechanism in MECHANISMS:
        wanted = mechanism.settings
        if wanted is None:
            continue
        terms = {
            name: terms_in(said, wanted)
            for name, said in settings.items()
            if isinstance(said, wanted)
        }
        for name in terms:
            meanwhile = {k: v for k, v in terms.items() if _meet(settings[name], settings[k])}
            if len(meanwhile) > 1:
                combined(mechanism.name, meanwhile)


def combined(mechanism: str, terms: Terms) -> Settings:
    """The terms on which an operator runs a programme that these members run.

    Raises `QuestionError` where they differ in what must be one.
    """
    (first, one), *others = terms.items()
    if not others:
        return one
    if isinstance(one, AddonSettings):
        return _one_catalogue({k: v for k, v in terms.items() if isinstance(v, AddonSettings)})
    for name, other in others:
        _need_same(f"both run '{mechanism}', which an operator has once", first, one, name, other)
    return one


def _one_catalogue(terms: Mapping[str, AddonSettings]) -> AddonSettings:
    """All products; who sells nothing has no say in how the catalogue is looked at."""
    selling = {name: one for name, one in terms.items() if one.products}
    if len(selling) < 2:
        return next(iter((selling or terms).values()))
    (first, one), *others = selling.items()
    for name, other in others:
        _need_same("sell add-ons, in one catalogue", first, one, name, other, {"products"})
    sellers: dict[str, str] = {}
    products: dict[str, Addon] = {}
    for name, other in selling.items():
        for key, product in other.products.items():
            if key in products:
                said = f"both sell the product '{key}'"
                _need_same(said, sellers[key], products[key], name, product)
            products.setdefault(key, product)
            sellers.setdefault(key, name)
    try:
        return terms_in(one, AddonSettings, products=products)
    except ValidationError as error:
        why = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        names = ", ".join(f"'{name}'" for name in selling)
        raise QuestionError(f"portfolio members {names} sell add-ons together: {why}") from None


def _need_same(
    said: str, first: str, one: Settings, second: str, other: Settings, but: Iterable[str] = ()
) -> None:
    """Raise for the first field in which two members' terms differ."""
    for key in type(one).model_fields:
        mine, theirs = getattr(one, key), getattr(other, key, None)
        if key not in but and mine != theirs:
            raise QuestionError(
                f"portfolio members '{first}' and '{second}' {said}: {key} = {_shown(mine)} in "
                f"'{first}', {_shown(theirs)} in '{second}'; {_REMEDY}"
            )


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _settings(strategy: Strategy) -> Settings | None:
    """A member's parameters, also where it reacts besides."""
    inner = getattr(strategy, "base", strategy)
    settings = getattr(inner, "settings", None)
    return settings if isinstance(settings, Settings) else None


def _meet(one: Settings, other: Settings) -> bool:
    """Whether two members are surely at work in a month together."""
    if one is other:
        return True
    if not (isinstance(one, BeginSettings) and isinstance(other, BeginSettings)):
        return False
    if one.begin != other.begin or (one.begin != "now" and one.seen_cut != other.seen_cut):
        return False
    early, late = sorted((one, other), key=lambda s: s.delay_months)
    return early.months == 0 or late.delay_months < early.delay_months + early.months
