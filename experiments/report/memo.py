"""Read this first: the memo, one page a director can read, and the tables a researcher can check.

It shows the findings of `experiments/analysis/summary.py`; `memo_tables.py` and `world_tables.py`
turn them into rows, `wording.py` into sentences, `figures.py` into pictures.
"""

import base64
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments.analysis.reliability import POOR_FIT
from experiments.analysis.summary import Summary
from experiments.endings import obey
from experiments.plain_matplotlib import plain
from experiments.report import finding_tables, memo_tables, settings_words, style, world_tables
from experiments.report.figures import Figures
from experiments.report.style import label, number
from experiments.report.wording import recommendation_sentences
from experiments.runs.files import write_atomically, write_bytes

MOVES_ON_PAGE_ONE = 5
FRONT_PICTURE = "share_over_time"


def write_report(summary: Summary, folder: Path) -> Path:
    """Write `memo.html` and `figures/*.png`; each file appears whole or not at all."""
    pictures, missing = draw(summary)
    page = render_memo(summary, pictures, missing)
    for name, picture in pictures.items():
        write_bytes(folder / "figures" / f"{name}.png", picture)
    memo = folder / "memo.html"
    write_atomically(memo, page)
    return memo


def draw(summary: Summary) -> tuple[dict[str, bytes], dict[str, str]]:
    """Every picture as PNG by name, and why those that could not be drawn are missing.

    A picture is worth less than the memo: whatever fails in one costs that one only.
    """
    pictures: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    for name, paint in Figures(summary).painters().items():
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
) -> str:
    """The memo as one self-contained page; draws the pictures unless they are given."""
    if pictures is None:
        pictures, missing = draw(summary)
    environment = Environment(
        loader=PackageLoader("experiments.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    embedded = {
        name: Markup("data:image/png;base64,") + base64.b64encode(picture).decode()
        for name, picture in pictures.items()
    }
    labels = summary.labels
    return environment.get_template("memo.html.j2").render(
        question=labels,
        run=summary.run,
        arm=summary.featured,
        arms=list(summary.arms),
        chosen=summary.recommendation,
        headline=recommendation_sentences(summary),
        options=memo_tables.options_table(summary),
        scorecard=memo_tables.scorecard(summary),
        moves=memo_tables.move_rows(summary),
        moves_on_page_one=MOVES_ON_PAGE_ONE,
        change=memo_tables.what_would_change(summary),
        uplift=memo_tables.uplift_tables(summary),
        kpis=memo_tables.kpi_rows(summary),
        conditions=world_tables.condition_rows(summary),
        worlds=world_tables.worlds_table(summary),
        found=finding_tables.finding_tables(summary),
        attack_lines=finding_tables.attack_lines(summary),
        fixed=settings_words.fixed_rows(labels),
        drawn=settings_words.drawn_rows(labels),
        failures=summary.failures,
        failed=memo_tables.failed_rows(summary),
        poor_fit=POOR_FIT,
        scale=labels.lines_million * 1e6 / max(labels.subscribers, 1),
        pictures=embedded,
        missing=missing or {},
        front=FRONT_PICTURE if FRONT_PICTURE in embedded else next(iter(embedded), ""),
        label=label,
        number=number,
    )
