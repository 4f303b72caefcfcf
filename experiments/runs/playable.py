"""Whether strategies can be played at all in a market, found out before the first cell.

Every arm plays its real strategy in a throw-away market of few accounts, against the rivals of the
question. What it lacks there, be it a plan, a channel, a partner or room under a limit, it lacks
everywhere.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from agents.actions import Advertise
from agents.causes import CARRIED_OUT
from agents.market import Market
from agents.settings import MarketSettings
from experiments.endings import obey
from experiments.measures.refusals import refused_of
from experiments.question.question import HOLD, Question
from experiments.runs.worlds import attackers_of
from sim.errors import QuestionError
from strategies.registry import read

Plain = Mapping[str, Any]

_ACCOUNTS_PER_REGION = 8
_SEED = 1
_MOST_MONTHS = 120
"""A month of so few accounts takes a millisecond or two; what comes later is left to the run."""
_BEFORE = 2
"""Months before the shock: bills and books must be there to be read."""
_JUDGED_BY = re.compile(r"regulator\.|operators\.|partners\..*\.(wholesale|retail)_yuan")
"""Paths of what the regulator judges by: where one is drawn, worlds may differ in the verdict."""


def check_playable(question: Question) -> tuple[str, ...]:
    """Refuse what cannot be played in the market as it is stated.

    Returns:
        What of the rivals' moves would be refused, delayed or trimmed: a sentence each.

    Raises:
        QuestionError: a rival's or an arm's play fails, or everything an arm does is rejected.
    """
    for where, plays in _all_plays(question):
        _need_members(where, plays)
        _need_time(where, plays, question.months)
    start = _start(question.market)
    months = min(question.months, _MOST_MONTHS)
    said = _check_rivals(question, start, months)
    drawn = any(_JUDGED_BY.match(r.path) for r in question.ranges)
    for arm in question.strategies:
        if arm != HOLD:
            _check_arm(question, arm, start, months, judged=not drawn)
    return said


def _check_arm(question: Question, arm: str, start: Market, months: int, *, judged: bool) -> None:
    """Refuse an arm that fails, or (`judged`) of which the regulator would reject everything."""
    where, who = f"strategy.{arm}", question.focal
    others = question.profiles.get(arm, {})
    profile = {**question.rivals, **others, who: question.strategies[arm]}
    why, played = _played(start, profile, months)
    if why:
        for name in others:
            alone, _ = _played(start, {name: profile[name]}, months)
            if alone:
                raise QuestionError(_refusal(f"profiles.{arm}.{name}", name, alone))
        raise QuestionError(_refusal(where, who, why))
    rejected = all_rejected(played, who) if judged and played is not None else ""
    if rejected:
        raise QuestionError(
            f"{where}: the regulator would reject everything {who} does with it: {rejected}; "
            "ask less of it by its parameters, ease market.regulator, or leave it out of "
            "strategies"
        )


def all_rejected(market: Market, operator: str) -> str:
    """The first reason if the regulator rejected all that an operator did; empty: it did not.

    Advertising does not count: alone it has nothing to advertise.
    """
    own = [
        entry
        for entry in market.log
        if entry.actor == operator
        and entry.month >= market.shock_month
        and entry.action != Advertise.__name__
    ]
    rejected = [entry.remark for entry in own if entry.outcome == "rejected"]
    return rejected[0] if rejected and len(rejected) == len(own) else ""


def _start(settings: MarketSettings) -> Market:
    market = Market(settings, _ACCOUNTS_PER_REGION * len(settings.regions), _SEED)
    market.run(_BEFORE)
    market.keep_customer_records = True
    return market.run(1)


def _played(start: Market, plays: Mapping[str, Plain], months: int) -> tuple[str, Market | None]:
    """Why these plays fail together (empty: they do not), and the market they were played in."""
    try:
        return "", start.fork({name: read(what) for name, what in plays.items()}).run(months)
    except QuestionError as error:
        return str(error), None
    except ValidationError as error:
        return _past_a_limit(error), None
    except Exception:  # noqa: BLE001 - a fault of ours, or of so small a market: told by the run
        obey()
        return "", None


def _past_a_limit(error: ValidationError) -> str:
    """A value that a strategy worked out and that no offer or campaign may have."""
    detail = error.errors(include_url=False)[0]
    key = ".".join(str(step) for step in detail["loc"])
    said = detail["msg"].removeprefix("Value error, ").replace("Input should", "must")
    return f"it would make {key} = {detail['input']!r} of a plan or campaign, which {said}"


def _check_rivals(question: Question, start: Market, months: int) -> tuple[str, ...]:
    why, played = _played(start, question.rivals, months)
    if not why:
        return () if played is None else tuple(_not_as_asked(question, played))
    for name, plays in question.rivals.items():
        alone, _ = _played(start, {name: plays}, months)
        if alone:
            raise QuestionError(_refusal(f"rivals.{name}", name, alone))
    raise QuestionError(f"rivals: they cannot be played together: {why}")


def _not_as_asked(question: Question, played: Market) -> Iterator[str]:
    for name in attackers_of(question):
        for row, times in refused_of(played, name):
            said = f"{row['action']} is {row['outcome']}: {row['note']}"
            if row["outcome"] in CARRIED_OUT:
                said = "services are dropped, worth too much of the lower price"
            more = f" (and {times - 1} like it)" if times > 1 else ""
            yield f"Not as asked: {name}, month {row['month']}: {said}{more}"


def _refusal(where: str, operator: str, why: str) -> str:
    rest = "or leave it out" if where.startswith("strategy.") else "or let it hold"
    return (
        f"{where} cannot be played by {operator} in this market: {why}; change its parameters, "
        f"give the market what it needs, {rest}"
    )


def _all_plays(question: Question) -> Iterator[tuple[str, Plain]]:
    """What anybody plays in any arm, and where the configuration says so."""
    yield from ((f"rivals.{name}", plays) for name, plays in question.rivals.items())
    yield from ((f"strategy.{name}", plays) for name, plays in question.strategies.items())
    for arm, others in question.profiles.items():
        yield from ((f"profiles.{arm}.{name}", plays) for name, plays in others.items())


def _need_time(where: str, plays: Plain, months: int) -> None:
    """A play that begins after the last month does nothing, which is hardly what was meant."""
    start = plays.get("start_month")
    if isinstance(start, int) and start >= months:
        raise QuestionError(
            f"{where}.start_month = {start}: must be less than months = {months}, or it never "
            "begins; ask for more months"
        )


def _need_members(where: str, plays: Plain) -> None:
    """A portfolio without members does nothing, which is hardly what was meant."""
    if plays.get("kind") != "portfolio":
        return
    members: Mapping[str, Plain] = plays.get("members") or {}
    if not members:
        raise QuestionError(
            f"{where}.members = {{}}: a portfolio needs at least one member, such as "
            f"'+{where}.members.keep={{kind: retention}}'; doing nothing is 'hold'"
        )
    for name, member in members.items():
        _need_members(f"{where}.members.{name}", member)
