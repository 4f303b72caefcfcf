"""What a question and its things are called in every report that is made of its answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.analysis.answer import Answer, QuestionLabels, Title, Titles
from experiments.question.pins import drawn_ranges
from experiments.question.question import Question
from experiments.runs.sweep import Swept
from experiments.runs.worlds import attackers_of
from sim.vocabulary import SEGMENTS
from strategies.registry import TEXTS


def answer_of(question: Question, swept: Swept) -> Answer:
    """What was found, beside what was asked."""
    return Answer(labels=labels_of(question), **vars(swept))


def labels_of(question: Question) -> QuestionLabels:
    """The question in the words a report prints."""
    market = question.market
    return QuestionLabels(
        market=market.name,
        market_label=market.label,
        currency=market.currency,
        focal=question.focal,
        operators={name: o.label for name, o in market.operators.items()},
        rivals={
            name: str(plays.get("description") or plays["kind"])
            for name, plays in question.rivals.items()
        },
        arms={
            name: str(plays.get("description") or plays["kind"]) + _others(question, name)
            for name, plays in question.strategies.items()
        },
        months=question.months,
        subscribers=question.subscribers,
        lines_million=sum(o.target.lines_million for o in market.operators.values()),
        worlds=question.worlds,
        seeds=question.seeds,
        segments=SEGMENTS,
        regions=tuple(market.regions),
        titles=titles_of(question),
        plays=question.rivals,
        attackers=attackers_of(question),
        discount_yearly=market.discount_yearly,
        fixed=question.fixed,
        drawn=drawn_ranges(question),
    )


def _others(question: Question, arm: str) -> str:
    """What an arm says of other operators."""
    operators = question.market.operators
    said = [
        f"{operators[name].label}: {plays.get('description') or plays['kind']}"
        for name, plays in question.profiles.get(arm, {}).items()
    ]
    return f" ({'; '.join(said)})" if said else ""


def titles_of(question: Question) -> Titles:
    """What everything is called, in every language."""
    market = question.market
    return Titles(
        market=Title(market.label, market.label_zh),
        arms={name: _arm_title(question, name) for name in question.strategies},
        operators={n: Title(o.label, o.label_zh) for n, o in market.operators.items()},
        partners={n: Title(p.label, p.label_zh) for n, p in market.partners.items()},
        rivals={name: _title(plays) for name, plays in question.rivals.items()},
        others={n: Title(found.label, found.label_zh) for n, found in market.names.items()},
    )


def _arm_title(question: Question, arm: str) -> Title:
    """An option's own title, and what it says of other operators."""
    title, others = _title(question.strategies[arm]), _others(question, arm)
    if not others or not title.description:
        return title
    return replace(
        title,
        description=title.description + others,
        description_zh=title.description_zh and title.description_zh + others,
    )


def _title(plays: Mapping[str, Any]) -> Title:
    return Title(**{key: str(plays.get(key, "")) for key in TEXTS})
