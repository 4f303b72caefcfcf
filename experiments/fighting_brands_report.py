"""What came of the fighting brands: the claims of Bourreau, Sun & Verboven, judged, and a page."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from experiments.request import Request
from experiments.statistics import Interval, interval
from experiments.style import number

SOURCE = "BOURREAU2021"
TOGETHER = "together"


def claims(found: pd.DataFrame, table: pd.DataFrame) -> list[dict[str, Any]]:
    """Each claim with its figure and whether it holds; the criteria are the signs, surely.

    * Before entry the incumbents together lose by launching, at every price tried.
    * After entry a launch gains more than before it, at every price tried, for each incumbent.
    * At some price tried, a launch alone does not pay before entry and surely pays after it.
    """
    gains = table[table["figure"] == "gain_yuan"]
    together = TOGETHER if (gains["who"] == TOGETHER).any() else str(gains["who"].iloc[0])
    before = gains[(gains["who"] == together) & ~gains["entry"].astype(bool)]
    worst = before.loc[before["high"].idxmax()]
    return [
        {
            "claim": "before entry, brands of all incumbents cost them money together",
            "source": SOURCE,
            "figure": f"{_billions(worst['mean'], worst['low'], worst['high'])} at the best price",
            "verdict": "PASS" if float(worst["high"]) < 0.0 else "FAIL",
        },
        _incentive(found),
        _flips(gains),
    ]


def _incentive(found: pd.DataFrame) -> dict[str, Any]:
    """What entry adds to the gain from launching alone, mean over incumbents and prices."""
    draw = "seed" if found["world"].nunique() == 1 else "world"
    alone = found[(found["figure"] == "gain_yuan") & (found["who"] != TOGETHER)]
    wide = alone.pivot_table(index=[draw, "who", "price_share"], columns="entry", values="value")
    rise = (wide[True] - wide[False]).groupby(level=draw).mean()
    what: Interval = interval(rise)
    by_who = (wide[True] - wide[False]).groupby(level="who").mean()
    told = ", ".join(f"{who} {_bn(float(value))}" for who, value in by_who.items())
    low, high = what.low or 0.0, what.high or 0.0
    return {
        "claim": "entry raises what a brand of one's own gains (business stealing)",
        "source": SOURCE,
        "figure": f"{_billions(what.mean or 0.0, low, high)}; {told}",
        "verdict": "PASS" if low > 0.0 else "FAIL",
    }


def _flips(gains: pd.DataFrame) -> dict[str, Any]:
    """For whom and at which price a launch alone begins to pay with entry."""
    alone = gains[gains["who"] != TOGETHER]
    wide = alone.pivot_table(
        index=["who", "price_share"], columns="entry", values=["mean", "low", "high"]
    )
    turned = [
        f"{who} at {share:.0%} ({_bn(float(row['mean', False]))} to {_bn(float(row['mean', True]))})"
        for (who, share), row in wide.iterrows()
        if row["mean", False] <= 0.0 and row["low", True] > 0.0
    ]
    return {
        "claim": "a brand that does not pay one incumbent alone before entry surely does after it",
        "source": SOURCE,
        "figure": "; ".join(turned) or "for none, at no price tried",
        "verdict": "PASS" if turned else "FAIL",
    }


def _bn(value: float) -> str:
    return f"{number(value / 1e9, signed=True)} bn"


def _billions(mean: float, low: float, high: float) -> str:
    return f"{_bn(float(mean))} ({_bn(float(low))} to {_bn(float(high))})"


def page(table: pd.DataFrame, judged: list[dict[str, Any]], request: Request) -> str:
    """The claims, then every launch, as Markdown."""
    lines = [
        f"# Fighting brands in {request.market.label}",
        "",
        f"{request.worlds} worlds × {request.seeds} seeds of {request.subscribers:,} accounts over "
        f"{request.months} months; gains are net present values of contribution in billions of "
        f"{request.market.currency}, less the same without any brand, with 95 % intervals.",
        "",
        "| claim | source | figure | |",
        "|---|---|---|---|",
        *(f"| {c['claim']} | {c['source']} | {c['figure']} | {c['verdict']} |" for c in judged),
        "",
        *_launches(table),
    ]
    return "\n".join(lines) + "\n"


def _launches(table: pd.DataFrame) -> Iterator[str]:
    shares = table[table["figure"] == "share"]
    for row in shares.to_dict("records"):
        when = "with" if row["entry"] else "without"
        yield f"Share of {row['who']} at the end {when} entry: {number(100 * row['mean'], 1)} %."
    yield ""
    yield "| who launches | price | gain before | gain after | own customers before | after |"
    yield "|---|---:|---:|---:|---:|---:|"
    told = table[table["figure"].isin(["gain_yuan", "own_share"])]
    for (who, share), rows in told.groupby(["who", "price_share"], sort=False):
        at = rows.set_index(["figure", "entry"])
        cells = []
        for entry in (False, True):
            gain = at.loc[("gain_yuan", entry)]
            cells.append(
                f"{number(gain['mean'] / 1e9)} ({number(gain['low'] / 1e9)} to "
                f"{number(gain['high'] / 1e9)})"
            )
        for entry in (False, True):
            key = ("own_share", entry)
            cells.append(f"{number(100 * at.loc[key, 'mean'], 0)} %" if key in at.index else "–")
        yield f"| {who} | {share:.0%} | " + " | ".join(cells) + " |"
