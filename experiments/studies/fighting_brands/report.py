"""What came of the fighting brands: the claims of Bourreau, Sun & Verboven, judged, and a page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from experiments.analysis.intervals import FigureRow, draw_of, pick
from experiments.analysis.paired import interval
from experiments.question.question import Question
from experiments.report.words.numbers import number

SOURCE = "BOURREAU2021"
TOGETHER = "together"


@dataclass(frozen=True)
class Claim:
    """A claim of the literature, our figure beside it, and whether the claim holds here."""

    claim: str
    source: str
    figure: str
    verdict: Literal["PASS", "FAIL"]


def claims(found: pd.DataFrame, rows: list[FigureRow]) -> list[Claim]:
    """Each claim with its figure and whether it holds; the criteria are signs, interval included.

    * Before entry the incumbents together lose by launching, at every price tried.
    * Entry raises what a launch of one's own gains, mean over incumbents and prices.
    * At some price tried, a launch alone does not pay on average before entry and surely after it.
    """
    gains = pick(rows, figure="gain_yuan")
    return [_together(gains), _incentive(found), _turns(gains)]


def _claim(text: str, figure: str, *, holds: bool) -> Claim:
    return Claim(text, SOURCE, figure, "PASS" if holds else "FAIL")


def _together(gains: list[FigureRow]) -> Claim:
    before = pick(gains, who=TOGETHER, entry=False) or pick(gains, entry=False)
    best = max(before, key=lambda row: float(row["mean"]))
    return _claim(
        "before entry, brands of all incumbents cost them money together (cannibalisation)",
        f"{_bn(best)} at the best price tried",
        holds=max(float(row["high"]) for row in before) < 0.0,
    )


def _incentive(found: pd.DataFrame) -> Claim:
    alone = found[(found["figure"] == "gain_yuan") & (found["who"] != TOGETHER)]
    signed = alone.assign(value=alone["value"].where(alone["entry"].astype(bool), -alone["value"]))
    launches = len(alone.groupby(["who", "price_share"]))
    baselines = len(alone.groupby(["world", "seed"]))
    draws = signed.groupby(draw_of(found))["value"].sum()
    what = interval(draws * len(draws) / (baselines * launches))
    each = signed.groupby("who")["value"].sum() * len(set(alone["who"])) / (baselines * launches)
    by_firm = ", ".join(f"{who} {_signed(float(value))}" for who, value in each.items())
    return _claim(
        "entry raises what a brand of one's own gains (business stealing)",
        f"{_bn(vars(what))}: {by_firm}",
        holds=(what.low or 0.0) > 0.0,
    )


def _turns(gains: list[FigureRow]) -> Claim:
    turned: list[str] = []
    for before in pick(gains, entry=False):
        if before["who"] == TOGETHER:
            continue
        share = before["price_share"]
        after = pick(gains, entry=True, who=before["who"], price_share=share)[0]
        if float(before["mean"]) <= 0.0 < float(after["low"]):
            turned.append(
                f"{before['who']} at {share:.0%}: {_bn(before)} before, {_bn(after)} after"
            )
    return _claim(
        "a brand that does not pay one incumbent alone before entry surely does after it",
        "; ".join(turned) or "for none, at no price tried",
        holds=bool(turned),
    )


def _signed(value: float) -> str:
    return f"{number(value / 1e9, signed=True)} bn"


def _bn(row: FigureRow) -> str:
    low, high = _signed(float(row["low"])), _signed(float(row["high"]))
    return f"{_signed(float(row['mean']))} ({low} to {high})"


def page(rows: list[FigureRow], judged: list[Claim], question: Question) -> str:
    """The claims, then every launch, as Markdown."""
    lines = [
        f"# Fighting brands in {question.market.label}",
        "",
        f"{question.worlds} worlds × {question.seeds} seeds of {question.subscribers:,} accounts "
        f"over {question.months} months; gains are net present values of contribution in "
        f"billions of {question.market.currency}, "
        "less the same without any brand, with 95 % intervals.",
        "",
        "| claim | source | figure | |",
        "|---|---|---|---|",
        *(f"| {c.claim} | {c.source} | {c.figure} | {c.verdict} |" for c in judged),
        "",
        *_launches(rows),
    ]
    return "\n".join(lines) + "\n"


def _launches(rows: list[FigureRow]) -> Iterator[str]:
    for row in pick(rows, figure="share"):
        when = "with" if row["entry"] else "without"
        share = number(100 * float(row["mean"]), 1)
        yield f"Share of {row['who']} at the end {when} entry: {share} %. "
    yield ""
    yield "| who launches | price | gain before | gain after | own customers before | after |"
    yield "|---|---:|---:|---:|---:|---:|"
    for row in pick(rows, figure="gain_yuan", entry=False):
        who, share = row["who"], row["price_share"]
        gains = [row, *pick(rows, figure="gain_yuan", entry=True, who=who, price_share=share)]
        own = [
            launch
            for entry in (False, True)
            for launch in pick(rows, figure="own_share", entry=entry, who=who, price_share=share)
        ]
        cells = [_bn(gain) for gain in gains]
        cells += [f"{number(100 * float(launch['mean']), 0)} %" for launch in own]
        yield f"| {who} | {share:.0%} | " + " | ".join(cells) + " |"
