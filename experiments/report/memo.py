"""Read this first: the memo, one page a director can read, and the tables a researcher can check.

It shows the findings of `experiments/analysis/summary.py`: `front.py` puts page one together,
`memo_tables.py` and `world_tables.py` the annex's rows, `wording.py` makes sentences, `words/`
holds them in every language, `figures.py` draws the pictures.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments.analysis.summary import Summary
from experiments.endings import obey
from experiments.plain_matplotlib import plain
from experiments.report import (
    font,
    instruction_texts,
    memo_tables,
    moves_text,
    settings_words,
    style,
    time_tables,
    world_tables,
)
from experiments.report.channel_page import channel_page
from experiments.report.figures import Figures
from experiments.report.front import front_page
from experiments.report.reaction_table import reaction_table
from experiments.report.words.pairs import Code
from experiments.report.words.words import Words
from experiments.runs.files import write_atomically, write_bytes

FRONT_PICTURES = ("npv_forest", "share_over_time", "costs", "subscriber_waterfall")
_FONT_GOES_HERE = "/*font*/"


def write_report(
    summary: Summary,
    folder: Path,
    language: Code = "en",
    pictures: Mapping[str, bytes] | None = None,
    missing: Mapping[str, str] | None = None,
) -> Path:
    """Write `memo.html` and `figures/*.png`; each file appears whole or not at all."""
    if pictures is None:
        pictures, missing = draw(summary, language)
    page = render_memo(summary, pictures, missing, language)
    for name, picture in pictures.items():
        write_bytes(folder / "figures" / f"{name}.png", picture)
    memo = folder / "memo.html"
    write_atomically(memo, page)
    return memo


def draw(summary: Summary, language: Code = "en") -> tuple[dict[str, bytes], dict[str, str]]:
    """Every picture as PNG by name, and why those that could not be drawn are missing.

    A picture is worth less than the memo: whatever fails in one costs that one only.
    """
    pictures: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    for name, paint in Figures(summary, language).painters().items():
        try:
            with plain():
                figure = paint()
                if figure is not None:
                    pictures[name] = style.png(figure)
        except Exception as error:  # noqa: BLE001 - see above
            obey()
            said = next(iter(str(error).splitlines()), "")
            missing[name] = f"{type(error).__name__}: {said}".removesuffix(": ")
    return pictures, missing


def render_memo(
    summary: Summary,
    pictures: Mapping[str, bytes] | None = None,
    missing: Mapping[str, str] | None = None,
    language: Code = "en",
) -> str:
    """The memo as one self-contained page; draws the pictures unless they are given.

    The glyphs of all Chinese signs on it are in it.
    """
    if pictures is None:
        pictures, missing = draw(summary, language)
    words = Words(summary.labels, language)
    environment = Environment(
        loader=PackageLoader("experiments.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    embedded = {
        name: Markup("data:image/png;base64,") + base64.b64encode(picture).decode()
        for name, picture in pictures.items()
    }
    page = environment.get_template("memo.html.j2").render(
        words=words,
        say=words,
        pictures=embedded,
        front_pictures=[name for name in FRONT_PICTURES if name in embedded],
        missing=[
            words("figure.missing", name=words(f"figure.{name}"), why=why)
            for name, why in (missing or {}).items()
        ],
        **vars(front_page(summary, words)),
        **_annex(summary, words),
    )
    return page.replace(_FONT_GOES_HERE, font.face_for(page), 1)


def _annex(summary: Summary, words: Words) -> dict[str, Any]:
    """What the annex shows."""
    run, labels, numbers = summary.run, summary.labels, words.numbers
    value = summary.recommendation.value_of_knowing_the_world_yuan
    over = "annex.made.worlds" if run.worlds_with_results > 1 else "annex.made.seeds"
    scale = labels.lines_million * 1e6 / max(labels.subscribers, 1)
    return {
        "arms": list(summary.arms),
        "best": summary.recommendation.best,
        "blocks": instruction_texts.instruction_blocks(summary, words),
        "scorecard": memo_tables.scorecard(summary, words),
        "uplift": memo_tables.uplift_tables(summary, words),
        "kpis": memo_tables.kpi_rows(summary, words),
        "alternatives": memo_tables.alternative_rows(summary, words),
        "knowing": numbers.money(value) if value else None,
        "tables": [
            (words(title), table)
            for title, table in (
                ("time", time_tables.horizon_table(summary, words)),
                ("costs", time_tables.cost_table(summary, words)),
                ("channels", channel_page(summary, words)),
                ("annex.moves", moves_text.moves_table(summary, words)),
                ("reactions", reaction_table(summary, words)),
            )
            if table is not None
        ],
        "conditions": world_tables.condition_rows(summary, words),
        "worlds": world_tables.worlds_table(summary, words),
        "fixed": settings_words.fixed_rows(words),
        "drawn": settings_words.drawn_rows(words),
        "failures": summary.failures,
        "made": words(
            "annex.made.text", runs=run.runs, arms=len(summary.arms),
            worlds=run.worlds_with_results, seeds=run.seeds_with_results, over=words(over),
            subscribers=f"{labels.subscribers:,}", lines=numbers.lines(labels.lines_million * 1e6),
            scale=numbers.lines(scale), misfit=numbers.percent(run.misfit, 1),
        ),
    }  # fmt: skip
