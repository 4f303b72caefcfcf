"""A pilot's plan on one page that works offline and prints, with its pictures in it."""

import base64
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments.analysis.answer import QuestionLabels
from experiments.analysis.pilot.plan import Plan
from experiments.analysis.pilot.summary import PilotSummary
from experiments.report import font, pilot_texts
from experiments.report.words.words import Words

_FONT_GOES_HERE = "/*font*/"
_COLUMNS = ("regions", "months", "measure", "power", "false", "tells", "right", "value", "why")


def render_plan(
    plan: Plan, words: Words, pictures: Mapping[str, bytes], *, before: int, reading_months: int
) -> str:
    """The page.

    Args:
        plan: what was found.
        words: in the language of the page.
        pictures: as PNG by name.
        before: months ahead of the launch that regions are compared over.
        reading_months: from the pilot's last month until it is decided.
    """
    labels = words.labels
    parts = (
        ("where", pilot_texts.where(plan, words)),
        ("when", pilot_texts.when(plan, reading_months, words)),
        ("what", pilot_texts.what(plan, before, words)),
        ("decides", pilot_texts.decides(plan, words)),
        ("costs", pilot_texts.costs(plan, words)),
    )
    unit = pilot_texts.value_scale(plan, words).unit
    return page_of(
        words,
        title=pilot_texts.title(plan, words),
        kicker=_kicker(labels, words),
        reason=pilot_texts.reason_text(PilotSummary.of(plan), words),
        facts=_facts(plan, words),
        parts=[(words(f"plan.{key}"), list(said)) for key, said in parts] if plan.feasible else [],
        pictures=embedded(pictures),
        headings=[words(f"plan.table.{name}", **_unit(name, unit)) for name in _COLUMNS],
        rows=pilot_texts.rows(plan, words),
        trust=list(pilot_texts.trust(plan, labels.subscribers, words)),
    )


def page_of(words: Words, **content: Any) -> str:
    """A page in the form of a plan.

    Args:
        words: in the language of the page.
        **content: `title, kicker, reason, facts, parts, pictures, headings, rows, trust`.
    """
    environment = Environment(
        loader=PackageLoader("experiments.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template("pilot.html.j2").render(words=words, say=words, **content)
    return page.replace(_FONT_GOES_HERE, font.face_for(page), 1)


def _kicker(labels: QuestionLabels, words: Words) -> str:
    return words("plan.kicker", market=words.market(), operator=words.operator(labels.focal))


def _unit(name: str, unit: str) -> dict[str, str]:
    return {"unit": unit} if name == "value" else {}


def embedded(pictures: Mapping[str, bytes]) -> dict[str, Markup]:
    """Pictures as addresses that hold them."""
    return {
        name: Markup("data:image/png;base64,") + base64.b64encode(picture).decode()
        for name, picture in pictures.items()
    }


def _facts(plan: Plan, words: Words) -> list[tuple[str, str, str]]:
    """Name, value and whether it is good or bad."""
    if plan.best is None:
        return []
    best, numbers = plan.best, words.numbers
    verdict = best.verdict
    return [
        (words("plan.right"), numbers.percent(verdict.probability_right), "good"),
        (words("plan.power"), numbers.percent(best.power), "good" if best.seen else "bad"),
        (words("plan.false"), numbers.percent(best.false_positive_rate, 1), ""),
        (words("plan.cost"), numbers.money(verdict.cost_yuan), ""),
        (
            words("plan.value"), numbers.money(plan.value_yuan, signed=True),
            "good" if plan.value_yuan > 0 else "bad",
        ),
        (
            words("plan.mde"),
            pilot_texts.relative(plan.detectable[best.design.months], words).lstrip("+"), "",
        ),
    ]  # fmt: skip
