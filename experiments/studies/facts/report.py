"""`counterplay experiment=facts`: every stylised fact against the calibrated market, as a table."""

import math
from typing import Any, NamedTuple

import pandas as pd
from rich.table import Table

from experiments.analysis.paired import Interval, interval
from experiments.measures.study_schemas import FACTS
from experiments.question.errors import validated
from experiments.question.market_form import need_full_market
from experiments.question.question import Question
from experiments.report.findings import Findings
from experiments.report.words.numbers import number
from experiments.runs.baselines import Baseline, in_every_baseline
from experiments.runs.listener import Listener
from experiments.runs.store import Store
from experiments.studies.facts.registry import Fact, PassFail, chosen
from sim.schema import Settings


class FactsSettings(Settings):
    """Which facts are checked."""

    facts: list[str] = []
    """Names; none: all of them."""


class Checked(NamedTuple):
    """A fact, the model's figures over baselines, and whether it holds."""

    fact: Fact
    model: Interval
    others: dict[str, Interval]
    verdict: PassFail


def check(question: Question) -> None:
    """Refuse what cannot be answered. Raises `QuestionError`."""
    need_full_market(question)
    options = validated(FactsSettings, question.options, "experiment")
    chosen(tuple(options.facts))


def run(question: Question, store: Store, listener: Listener) -> Findings:
    """Check the facts.

    Raises:
        QuestionError: an option is unknown, or names a fact that does not exist.
    """
    need_full_market(question)
    options = validated(FactsSettings, question.options, "experiment")
    facts = chosen(tuple(options.facts))
    measured = in_every_baseline(question, store, measure_all, options, listener)
    table = tidy(question, measured)
    checked = [judge(fact, table, question) for fact in facts]
    return Findings(
        question,
        _summary(checked, question),
        {"facts": table},
        {"facts": FACTS},
        {"facts.md": page(checked, question)},
        said=[_table(checked)],
        main="facts.md",
    )


def measure_all(baseline: Baseline, asked: FactsSettings) -> pd.DataFrame:
    """All chosen facts in one baseline: `world, seed, fact, figure, value`."""
    rows = [
        (baseline.world, baseline.seed, fact.name, figure, value)
        for fact in chosen(tuple(asked.facts))
        for figure, value in fact.measure(baseline).items()
    ]
    return pd.DataFrame(rows, columns=["world", "seed", "fact", "figure", "value"])


def tidy(question: Question, found: list[pd.DataFrame]) -> pd.DataFrame:
    """All figures: `market, world, seed, fact, figure, value`."""
    table = pd.concat(found, ignore_index=True)
    table.insert(0, "market", question.market.name)
    return table


def judge(fact: Fact, table: pd.DataFrame, question: Question) -> Checked:
    """Judge one fact by its figures over worlds (over seeds, if there is one world)."""
    draw = "seed" if question.worlds == 1 else "world"
    mine = table[table["fact"] == fact.name]
    wide = mine.pivot_table(index=draw, columns="figure", values="value")
    means = {str(name): interval(wide[name]) for name in wide.columns}
    model = means.pop("model", Interval(None, None, None, 0))
    return Checked(fact, model, means, fact.criterion.judge(model))


def _summary(checked: list[Checked], question: Question) -> dict[str, Any]:
    facts = [
        {
            "name": c.fact.name,
            "claim": c.fact.claim,
            "source": c.fact.source,
            "published": c.fact.published,
            "unit": c.fact.unit,
            "criterion": c.fact.criterion.text(),
            "why": c.fact.why,
            "model": vars(c.model),
            "others": {name: vars(value) for name, value in c.others.items()},
            "verdict": c.verdict,
        }
        for c in checked
    ]
    return {
        "market": question.market.name,
        "subscribers": question.subscribers,
        "worlds": question.worlds,
        "seeds": question.seeds,
        "months": question.months,
        "facts": facts,
        "passed": sum(c.verdict == "PASS" for c in checked),
        "of": len(checked),
    }


def page(checked: list[Checked], question: Question) -> str:
    """The table as Markdown: claim, source's figure, ours with interval, criterion, verdict."""
    passed = sum(c.verdict == "PASS" for c in checked)
    lines = [
        f"# Stylised facts, {question.market.label}",
        "",
        f"{passed} of {len(checked)} hold. {question.worlds} worlds × {question.seeds} seeds of "
        f"{question.subscribers:,} accounts; means with 95 % intervals over "
        f"{'seeds' if question.worlds == 1 else 'worlds'}.",
        "",
        "| fact | source | published | what is measured | model | criterion | |",
        "|---|---|---|---|---:|---|---|",
        *(_row(c) for c in checked),
        "",
        "## Further figures and why these bounds",
        "",
        *(_details(c) for c in checked),
    ]
    return "\n".join(lines) + "\n"


def _row(c: Checked) -> str:
    f, verdict = c.fact, c.verdict if c.verdict == "PASS" else f"**{c.verdict}**"
    return (
        f"| {f.claim} | {f.source} | {f.published} | {f.unit} | {_text(c.model)} "
        f"| {f.criterion.text()} | {verdict} |"
    )


def _details(c: Checked) -> str:
    others = "; ".join(
        f"{name.replace('_', ' ')} {_text(value)}" for name, value in c.others.items()
    )
    return f"- **{c.fact.name}**: {c.fact.why}." + (f" Also: {others}." if others else "")


def _text(found: Interval) -> str:
    if found.mean is None or found.low is None or found.high is None:
        return "–"
    digits = max(0, 2 - math.floor(math.log10(max(abs(found.mean), 1e-4))))
    places = min(4, digits)
    if found.n < 2:
        return number(found.mean, places)
    low, high = number(found.low, places), number(found.high, places)
    return f"{number(found.mean, places)} ({low} to {high})"


def _table(checked: list[Checked]) -> Table:
    table = Table(title="Stylised facts")
    table.add_column("fact")
    for column in ("published", "model", "criterion", ""):
        table.add_column(column)
    for c in checked:
        table.add_row(
            c.fact.name, c.fact.published, _text(c.model), c.fact.criterion.text(), c.verdict
        )
    return table
