"""The market's elasticities beside the literature's: a table, a page and a picture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.request import Request
from experiments.style import FAINT, MUTED, PALETTE, canvas, number, quiet


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
        "yes: one plan's monthly price, lines on that plan",
    ),
    Published(
        "operator", "mean by lines", "elasticity", -2.37, -0.47, "ELLIOTT2025+DEWENTER2004",
        "France: −2.37 for a firm's plans together; Austria: −0.47 to −1.1 for a firm's usage",
        "France yes (ours are four unequal firms, one with 55 % of lines); Austria is usage",
    ),
    Published(
        "operator", "mean by lines", "traffic", -1.1, -0.47, "DEWENTER2004",
        "Austria: −0.47 to −1.1, business over private over prepaid",
        "voice minutes in 1998–2002 there, data here: order of magnitude only",
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
        "the only lines that can be given up, held against lines that can be given up",
    ),
    Published(
        "market", "all", "traffic", -0.76, -0.2, "OECD_DEMAND2020+TURKEY_USAGE2018+TURKEY_ACCESS2019",
        "OECD −0.53; Turkey −0.76 (firm level) and −0.2 in the long run",
        "partly: voice and data there, data here; people's habits of use do not change here",
    ),
)  # fmt: skip
"""Fixed before the calibrated market was measured; what came of it is in decision record 0011."""

FIRST_MONTH_AT_MOST = 1.0 / 3.0
"""Share of the long-run response that may be seen in the first month (direction: DEWENTER2004)."""


def literature_table(table: pd.DataFrame, long_run: int) -> pd.DataFrame:
    """Ours in the first month and in the long run beside each published range."""
    rows: list[dict[str, object]] = []
    first = int(table["month"].min())
    for said in LITERATURE:
        now, late = _at(table, said, first), _at(table, said, long_run)
        if late is None:
            continue
        rows.append(
            {
                "figure": f"{said.level}: {said.name}, {said.figure}".replace("_", " "),
                "first_month": None if now is None else float(now["mean"]),
                "long_run": float(late["mean"]),
                "low": float(late["low"]),
                "high": float(late["high"]),
                "n": int(late["n"]),
                "published_low": said.low,
                "published_high": said.high,
                "published": said.says,
                "source": said.source,
                "comparable": said.comparable,
                "inside": bool(said.low <= float(late["mean"]) <= said.high),
            }
        )
    return pd.DataFrame(rows)


def _at(table: pd.DataFrame, said: Published, month: int) -> "pd.Series[float] | None":
    found = table[
        (table["level"] == said.level) & (table["name"] == said.name)
        & (table["figure"] == said.figure) & (table["month"] == month)
    ]  # fmt: skip
    return None if found.empty else found.iloc[0]


def page(table: pd.DataFrame, beside: pd.DataFrame, request: Request) -> str:
    """A page of Markdown: ours beside the literature's, then every figure by month."""
    lines = [
        f"# Price elasticities of {request.market.label}",
        "",
        f"{request.worlds} worlds × {request.seeds} seeds of {request.subscribers:,} accounts; "
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
        *_months(table),
    ]
    return "\n".join(lines) + "\n"


def _beside(beside: pd.DataFrame) -> Iterator[str]:
    for row in beside.to_dict("records"):
        long_run = f"{number(row['long_run'])} ({number(row['low'])} to {number(row['high'])})"
        verdict = "yes" if row["inside"] else "**no**"
        yield (
            f"| {row['figure']} | {number(row['first_month'])} | {long_run} | {row['published']} "
            f"| {row['source']} | {row['comparable']} | {verdict} |"
        )


def _months(table: pd.DataFrame) -> Iterator[str]:
    months = sorted(table["month"].unique())
    kept = table[(table["level"] != "plan") | table["name"].isin(["mean by lines", "mean by revenue", "all"])]
    kept = kept[kept["figure"] != "lines"]
    yield "| level | whose | figure | " + " | ".join(f"month {m}" for m in months) + " |"
    yield "|---|---|---|" + "---:|" * len(months)
    for (level, name, figure), rows in kept.groupby(["level", "name", "figure"], sort=False):
        by_month = rows.set_index("month")["mean"]
        cells = [number(float(by_month.get(month, np.nan)), 3) for month in months]
        yield f"| {level} | {name} | {str(figure).replace('_', ' ')} | " + " | ".join(cells) + " |"


def picture(table: pd.DataFrame, request: Request) -> Figure:
    """Own-price elasticity over the months since the change, beside published ranges."""
    curves = [
        ("plan", "mean by lines", "a plan's price", (-3.86, -2.35)),
        ("operator", "mean by lines", "all of an operator's prices", (-2.37, -0.47)),
        ("market", "all", "all operators' prices", None),
    ]
    figure = canvas(
        "Demand answers a price for years, because few look around in any month",
        f"Own-price elasticity of lines; {request.worlds} worlds × {request.seeds} seeds, "
        f"{request.subscribers:,} accounts; bars: 95 %. Shaded: France (plan, firm) and Austria.",
    )
    axes = figure.add_subplot()
    for colour, (level, name, text, band) in zip(PALETTE, curves, strict=False):
        rows = table[
            (table["level"] == level) & (table["name"] == name) & (table["figure"] == "elasticity")
        ].sort_values("month")
        if band is not None:
            axes.axhspan(*band, color=colour, alpha=0.08, linewidth=0)
        reach = [rows["mean"] - rows["low"], rows["high"] - rows["mean"]]
        axes.errorbar(
            rows["month"], rows["mean"], yerr=np.array(reach), color=colour, marker="o", label=text
        )
    axes.axhline(0.0, color=FAINT)
    axes.set_xlabel("months since the price changed", fontsize=8.5, color=MUTED)
    axes.legend(frameon=False, fontsize=8.5)
    quiet(axes)
    return figure
