"""What a market file says under `history`: when the event was, which files tell what happened."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agents.history import HistoryMarket, Month
from experiments.question.errors import validated
from experiments.question.places import find
from experiments.question.question import Question
from experiments.studies.backtest.dates import read_month
from experiments.studies.backtest.moves import read_moves
from experiments.studies.backtest.observations import (
    NATIONAL,
    Naming,
    Observations,
    read_observations,
    split,
)
from sim.errors import QuestionError
from sim.names import check, nearest
from sim.schema import Settings, lists_to_tuples
from strategies.scripted import ScriptedMove

_FEWEST_MONTHS_BEFORE = 3
_MOST_MONTHS = 120
_UNTOLD = 0.1
"""Share of an operator's lines missing from its regions from which on some were not published."""
_FEWEST_ACCOUNTS = 2.0
"""Of an incumbent, simulated: below that its share of the market is a matter of luck."""


class HistorySettings(Settings):
    """The key `history` of a market file."""

    event: Month
    """The first month that calibration may know nothing of."""
    until: Month
    """The last month that is predicted."""
    event_label: str = "the event"
    """What happened, in a few words, for tables and pictures."""
    moves: str
    """CSV of what was done, and when."""
    observations: tuple[str, ...]
    """CSV files of what was observed, before and after."""
    groups: dict[str, tuple[str, ...]] = {}
    """Names that observations give to several operators together."""
    metrics: dict[str, str] = {}
    """Metrics as files call them → what they stand for."""
    region_labels: dict[str, str | tuple[str, ...]] = {}
    """Regions of the market → what observations call them, or a list of what they add up to."""
    observed_market: str = ""
    """Only rows with this word in the column `market` are read. Empty: all."""
    leave_out: tuple[str, ...] = ()
    """Figures set aside, `operator:metric` as the files write it; the reason stands beside."""


@dataclass(frozen=True)
class HistoricalCase:
    """A market's history, read and checked."""

    settings: HistorySettings
    market: HistoryMarket
    """Its money in the model's unit (`HistoryMarket.in_model_money`)."""
    money_unit: float
    """What money of the files is multiplied by to be in the model's."""
    start: int
    event: int
    until: int
    moves: dict[str, tuple[ScriptedMove, ...]]
    observations: Observations

    @property
    def months_before(self) -> int:
        """Months simulated before the event."""
        return self.event - self.start

    def shares_by_region(self) -> dict[str, NDArray[np.float64]]:
        """How each incumbent's lines split over regions, `[incumbent, region]`; rows sum to 1.

        From observed lines by region: the last from before the event, and those nearest to the
        start. An operator of which nothing is published by region is spread like the people, and so
        are over the other regions the lines of one of which they are published for some.
        """
        return {
            "start": self._split_near(self.start, "start"),
            "event": self._split_near(self.event - 1, "event"),
        }

    def _split_near(self, month: int, eve: str) -> NDArray[np.float64]:
        people = np.array([region.people_share for region in self.market.regions.values()])
        before, _ = split(self.observations.table, self.event)
        lines = before[(before["metric"] == "subscribers") & (before["region"] != NATIONAL)]
        rows: list[NDArray[np.float64]] = []
        for operator, national in self.market.lines_then().items():
            mine = lines[lines["operator"] == operator]
            if mine.empty:
                rows.append(people)
                continue
            nearest_month = mine["end"].iloc[int((mine["end"] - month).abs().to_numpy().argmin())]
            there = mine[mine["end"] == nearest_month].groupby("region")["value"].mean()
            counts = np.array([float(there.get(region, 0.0)) for region in self.market.regions])
            silent = people * [region not in there.index for region in self.market.regions]
            rest = getattr(national, eve) - counts.sum()
            if silent.any() and rest > _UNTOLD * getattr(national, eve):
                counts += rest * silent / silent.sum()
            rows.append(counts / counts.sum() if counts.sum() > 0 else people)
        return np.array(rows)

    @property
    def months(self) -> int:
        """Months simulated in all."""
        return self.until - self.start + 1


def read_case(question: Question) -> HistoricalCase:
    """The history of a question's market. Raises `QuestionError` for whatever is wrong with it."""
    settings, market = _settings(question), _market(question)
    start, event, until = (read_month(d) for d in (market.start, settings.event, settings.until))
    if event - start < _FEWEST_MONTHS_BEFORE:
        raise QuestionError(
            f"market.start = {market.start}, history.event = {settings.event}: at least "
            f"{_FEWEST_MONTHS_BEFORE} months before the event are needed to settle"
        )
    if until < event:
        raise QuestionError(f"history.until = {settings.until}: must not be before the event")
    if until - start >= _MOST_MONTHS:
        raise QuestionError(
            f"history.until = {settings.until}: at most {_MOST_MONTHS} months can be simulated "
            f"from market.start = {market.start} on"
        )
    _check_accounts(question.subscribers, market)
    check_groups(settings, market)
    naming = Naming(
        market.labels(),
        settings.groups,
        settings.metrics,
        {name: settings.region_labels.get(name, name) for name in market.regions},
        market.currency,
        settings.observed_market,
    )
    moves = read_moves(find(settings.moves, question.folders, "history"), market, start, until)
    files = [find(name, question.folders, "history") for name in settings.observations]
    seen = read_observations(files, naming, shares_by_region=False)
    if _tells_of_everybody(seen, market, event):
        seen = read_observations(files, naming)
    if seen.table.empty and not seen.not_predicted.empty:
        raise QuestionError(_why_nothing(seen.not_predicted))
    seen = _without(seen, settings.leave_out)
    unit = market.money_unit()
    return HistoricalCase(settings, market.in_model_money(), unit, start, event, until, moves, seen)


def _tells_of_everybody(seen: Observations, market: HistoryMarket, event: int) -> bool:
    """Whether lines by region add up to nearly all lines, so that shares follow from them."""
    before, _ = split(seen.table, event)
    lines = before[(before["metric"] == "subscribers") & (before["region"] != NATIONAL)]
    if lines.empty:
        return False
    last = lines[lines["end"] == lines["end"].max()]
    known = last.groupby(["operator", "region"])["value"].mean().sum()
    whole = sum(figure.event for figure in market.lines_then().values())
    return bool(known >= (1.0 - _UNTOLD) * whole)


def _why_nothing(aside: pd.DataFrame) -> str:
    reasons = aside.groupby("reason")["rows"].sum().sort_values(ascending=False)
    first = aside.iloc[0]
    return (
        f"history.observations: none of {int(aside['rows'].sum())} figures can be predicted: "
        + ", ".join(f"{reason} ({rows})" for reason, rows in reasons.items())
        + f"; the first is '{first['metric']}' of '{first['operator']}'"
    )


def _check_accounts(accounts: int, market: HistoryMarket) -> None:
    """Raise `QuestionError` where an incumbent would be a handful of people."""
    lines = {name: figure.start for name, figure in market.lines_then().items()}
    smallest = min(lines, key=lambda name: lines[name])
    share = lines[smallest] / sum(lines.values())
    if accounts * share < _FEWEST_ACCOUNTS:
        raise QuestionError(
            f"subscribers = {accounts}: {smallest} holds {share:.2%} of all lines, which is "
            f"{accounts * share:.1f} simulated accounts; needed are at least "
            f"{math.ceil(_FEWEST_ACCOUNTS / share)} (some thousands for a usable answer)"
        )


def _without(seen: Observations, leave_out: tuple[str, ...]) -> Observations:
    """Observations but those that the market file sets aside, which are counted with the others."""
    table, counted = seen.table, seen.not_predicted
    for pair in leave_out:
        operator, _, metric = pair.partition(":")
        known = set(zip(table["operator"], table["published_as"], strict=True))
        if (operator, metric) not in known:
            words = sorted(f"{a}:{b}" for a, b in known)
            raise QuestionError(
                f"history.leave_out: nothing is observed as '{pair}'{nearest(pair, words)}; "
                "write operator:metric"
            )
        aside = (table["operator"] == operator) & (table["published_as"] == metric)
        row = {
            "file": "", "metric": metric, "operator": operator, "region": "",
            "reason": "left out by the market file", "rows": int(aside.sum()),
        }  # fmt: skip
        counted = pd.concat([counted, pd.DataFrame([row])], ignore_index=True)
        table = table[~aside]
    return replace(seen, table=table, not_predicted=counted)


def check_groups(settings: HistorySettings, market: HistoryMarket) -> None:
    """Raise `QuestionError` for names of operators or regions that the market does not have."""
    for name, members in settings.groups.items():
        check(f"history.groups.{name}: operator", members, market.operators)
    check("history.region_labels: region", settings.region_labels, market.regions)


def _settings(question: Question) -> HistorySettings:
    given: Any = question.resolved.get("history")
    if not given:
        raise QuestionError(
            f"market '{question.market.name}' has no history: to be backtested, its file needs the "
            "key 'history' (docs/markets_of_history.md)"
        )
    return validated(HistorySettings, lists_to_tuples(given), "history")


def _market(question: Question) -> HistoryMarket:
    data = dict(question.resolved["market"])
    if data.pop("form", None) != "history":
        raise QuestionError(
            f"market '{question.market.name}': only a market with 'form: history' can be backtested"
        )
    return HistoryMarket.model_validate(data)
