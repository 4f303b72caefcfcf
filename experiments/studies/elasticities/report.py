"""The market's elasticities beside the literature's: a table, a page and a picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from experiments.analysis.intervals import FigureRow, pick
from experiments.question.question import Question
from experiments.report.style import FAINT, MUTED, PALETTE, canvas, quiet
from experiments.report.words.numbers import number


@dataclass(frozen=True)
class Published:
    """What the literature says of one of our figures: a range, and how far it can be compared."""

    level: str
    name: str
    figure: str
    low: float
    high: float
    source: str
    says: str
    comparable: str


LITERATURE = (
    Published(
        "plan", "mean by lines", "elasticity", -3.86, -2.35, "ELLIOTT2025",
        "France: plan level −2.36; −2.35 (small plan) and −3.86 (large plan)",
        "yes: one plan's price, lines on that plan",
    ),
    Published(
        "operator", "mean by lines", "elasticity", -2.37, -0.47, "ELLIOTT2025+DEWENTER2004",
        "France: −2.37 for a firm's plans together; Austria: −0.47 to −1.1 for a firm's usage",
        "France yes (ours are four unequal firms, one with 55 % of lines); Austria is usage",
    ),
    Published(
        "operator", "mean by lines", "traffic", -1.1, -0.47, "DEWENTER2004",
        "Austria: −0.47 to −1.1, business over private over prepaid",
        "hardly: voice minutes in 1998–2002 there; data here, where heavy users move first",
    ),
    Published(
        "plan", "all", "diversion_none", 0.0178, 0.0712, "ELLIOTT2025",
        "France: 3.56 % of the lines a plan loses go to nobody; held within a factor of two",
        "partly: there no phone at all, here a second SIM given up",
    ),
    Published(
        "market", "all", "elasticity", -0.53, -0.098, "ELLIOTT2025+OECD_DEMAND2020",
        "France: −0.098; 22 OECD countries: −0.53 in the long run",
        "hardly: nobody here can go without a main line, so that second SIMs alone respond",
    ),
    Published(
        "market", "all", "second_lines", -1.4, -0.098, "ELLIOTT2025+TURKEY_ACCESS2019",
        "France: −0.098; Turkey: access −1.4",
        "the only lines that can be given up, compared with lines that can be given up",
    ),
    Published(
        "market", "all", "traffic", -0.76, -0.2,
        "OECD_DEMAND2020+TURKEY_USAGE2018+TURKEY_ACCESS2019",
        "OECD −0.53; Turkey −0.76 (firm level) and −0.2 in the long run",
        "hardly: voice and data there, data here, where habits of use do not answer a price",
    ),
)  # fmt: skip
"""Ranges and their sources. They are the literature's own, but not blind.

The logit scale was set by the first row; decision record 0011 says what was changed and when.
"""


def beside_literature(rows: list[FigureRow], long_run: int) -> list[FigureRow]:
    """Ours in the first month and in the long run beside each published range."""
    first = min(int(row["month"]) for row in rows)
    lines: list[FigureRow] = []
    for said in LITERATURE:
        mine = pick(rows, level=said.level, name=said.name, figure=said.figure)
        now, late = pick(mine, month=first), pick(mine, month=long_run)
        if not late or late[0]["mean"] is None:
            continue
        value = float(late[0]["mean"])
        lines.append(
            {
                "figure": f"{said.level}: {said.name}, {said.figure}".replace("_", " "),
                "first_month": now[0]["mean"] if now else None,
                "long_run": value,
                "low": late[0]["low"],
                "high": late[0]["high"],
                "n": late[0]["n"],
                "published_low": said.low,
                "published_high": said.high,
                "published": said.says,
                "source": said.source,
                "comparable": said.comparable,
                "inside": said.low <= value <= said.high,
            }
        )
    return lines


def page(rows: list[FigureRow], beside: list[FigureRow], question: Question) -> str:
    """A page of Markdown: ours beside the literature's, then every figure by month."""
    lines = [
        f"# Price elasticities of {question.market.label}",
        "",
        f"{question.worlds} worlds × {question.seeds} seeds of {question.subscribers:,} accounts; "
        "means with 95 % intervals. Lines are main lines and second SIMs. Every future shares all "
        "luck with the one at present prices.",
        "",
        "## Beside the literature",
        "",
        "| figure | first month | long run | published | source | comparable | inside |",
        "|---|---:|---:|---|---|---|---|",
        *_beside(beside),
        "",
        "## By month",
        "",
        *_months(rows),
    ]
    return "\n".join(lines) + "\n"


def _beside(beside: list[FigureRow]) -> Iterator[str]:
    for row in beside:
        places = 3 if abs(row["long_run"]) < 0.1 else 2
        mean, low, high = (number(float(row[key]), places) for key in ("long_run", "low", "high"))
        now = "–" if row["first_month"] is None else number(float(row["first_month"]), 3)
        verdict = "yes" if row["inside"] else "**no**"
        yield (
            f"| {row['figure']} | {now} | {mean} ({low} to {high}) | {row['published']} "
            f"| {row['source']} | {row['comparable']} | {verdict} |"
        )


def _months(rows: list[FigureRow]) -> Iterator[str]:
    months = sorted({int(row["month"]) for row in rows})
    means = ("mean by lines", "mean by revenue", "all")
    kept = [
        r for r in rows if r["figure"] != "lines" and (r["level"] != "plan" or r["name"] in means)
    ]
    yield "| level | whose | figure | " + " | ".join(f"month {m}" for m in months) + " |"
    yield "|---|---|---|" + "---:|" * len(months)
    for level, name, figure in dict.fromkeys((r["level"], r["name"], r["figure"]) for r in kept):
        mine = {r["month"]: r["mean"] for r in pick(kept, level=level, name=name, figure=figure)}
        cells = ["–" if mine.get(m) is None else number(float(mine[m]), 3) for m in months]
        yield f"| {level} | {name} | {figure.replace('_', ' ')} | " + " | ".join(cells) + " |"


def picture(rows: list[FigureRow], question: Question) -> Figure:
    """Own-price elasticity over the months since the change, beside published ranges."""
    curves = (
        ("plan", "mean by lines", "a plan's price", (-3.86, -2.35)),
        ("operator", "mean by lines", "all of an operator's prices", (-2.37, -0.47)),
        ("market", "all", "all operators' prices", None),
    )
    figure = canvas(
        "A price is answered for years: few look around in a month",
        f"Own-price elasticity of lines; {question.worlds} worlds × {question.seeds} seeds, "
        f"{question.subscribers:,} accounts; bars: 95 %. Shaded: published, France and Austria.",
    )
    axes = figure.add_subplot()
    for colour, (level, name, text, band) in zip(PALETTE, curves, strict=False):
        mine = pick(rows, level=level, name=name, figure="elasticity")
        mine.sort(key=lambda row: int(row["month"]))
        mean = np.array([float(row["mean"]) for row in mine])
        low = np.array([float(row["low"]) for row in mine])
        high = np.array([float(row["high"]) for row in mine])
        if band is not None:
            axes.axhspan(*band, color=colour, alpha=0.08, linewidth=0)
        months = [int(row["month"]) for row in mine]
        reach = np.array([mean - low, high - mean])
        axes.errorbar(months, mean, yerr=reach, color=colour, marker="o", label=text)
    axes.axhline(0.0, color=FAINT)
    axes.set_xlabel("months since the price changed", fontsize=8.5, color=MUTED)
    axes.legend(frameon=False, fontsize=8.5)
    quiet(axes)
    return figure
