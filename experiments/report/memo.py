"""The memo: one page a director can read, and behind it the tables a researcher can check."""

import base64
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from experiments.analysis.answer import DIMENSIONS, HIGHER_IS_BETTER, KPIS, Answer
from experiments.analysis.paired import HOLD, arms_of, runs_behind
from experiments.analysis.regret import compare_worlds, parameters_of, what_they_share, world_gains
from experiments.analysis.reliability import POOR_FIT, failed_arms
from experiments.analysis.uplift import FATES, by_fate, windfall
from experiments.plain_matplotlib import plain
from experiments.report import style
from experiments.report.figures import featured, painters
from experiments.report.style import label, money, number

CHINESE = {"scale": "规模", "value": "价值", "stickiness": "粘性", "ecosystem": "生态"}
ROWS_ON_PAGE_ONE = 5
FRONT_PICTURE = "share_over_time"


def write_report(answer: Answer, summary: dict[str, Any], folder: Path) -> Path:
    """Write `memo.html` and `figures/*.png`; each file appears whole or not at all."""
    pictures, missing = draw(answer, summary)
    page = render_memo(answer, summary, pictures, missing)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        _replace(folder / "figures" / f"{name}.png", picture)
    memo = folder / "memo.html"
    _replace(memo, page.encode("utf-8"))
    return memo


def draw(answer: Answer, summary: dict[str, Any]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Every picture as PNG by name, and why those that could not be drawn are missing.

    A picture is worth less than the memo: whatever fails in one costs that one only.
    """
    pictures: dict[str, bytes] = {}
    missing: dict[str, str] = {}
    for name, paint in painters(answer, summary).items():
        try:
            with plain():
                figure = paint()
                if figure is not None:
                    pictures[name] = style.png(figure)
        except Exception as error:  # noqa: BLE001 - see above
            said = next(iter(str(error).splitlines()), "")
            missing[name] = f"{type(error).__name__}: {said}".removesuffix(": ")
    return pictures, missing


def render_memo(
    answer: Answer,
    summary: dict[str, Any],
    pictures: dict[str, bytes] | None = None,
    missing: dict[str, str] | None = None,
) -> str:
    """The memo as one self-contained page; draws the pictures unless they are given."""
    if pictures is None:
        pictures, missing = draw(answer, summary)
    environment = Environment(
        loader=PackageLoader("experiments.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    embedded = {
        name: Markup("data:image/png;base64,") + base64.b64encode(picture).decode()
        for name, picture in pictures.items()
    }
    arm = featured(summary)
    did = what_others_did(answer, arm)
    return environment.get_template("memo.html.j2").render(
        question=answer.labels,
        summary=summary,
        chosen=summary["recommendation"],
        arm=arm,
        headline=headline(summary),
        options=options(answer, summary),
        scorecard=scorecard(answer, summary, arm),
        did=did,
        rows_on_page_one=ROWS_ON_PAGE_ONE,
        change=change(answer, summary),
        fates=fate_tables(answer, summary, arm),
        kpis=kpi_table(answer, summary),
        conditions=conditions(answer),
        worlds=worlds_table(answer),
        failures=answer.failures,
        failed=failed_arms(answer).values(),
        poor_fit=POOR_FIT,
        behind=dict(zip(("runs", "worlds", "seeds"), runs_behind(answer), strict=True)),
        scale=answer.labels.lines_million * 1e6 / max(answer.labels.subscribers, 1),
        misfit=answer.misfit,
        pictures=embedded,
        missing=missing or {},
        front=FRONT_PICTURE if FRONT_PICTURE in embedded else next(iter(embedded), ""),
        label=label,
        number=number,
    )


def headline(summary: dict[str, Any]) -> tuple[str, str]:
    """The two sentences of the recommendation, apart."""
    first, found, second = summary["recommendation"]["text"].partition(". ")
    return (first + "." if found else first), second


def _interval(kpi: str, row: dict[str, Any], currency: str) -> dict[str, Any]:
    """A paired difference as text, and whether it is better, worse or unclear."""
    if row["mean"] is None:
        return {"text": "–", "range": "", "sign": "unclear"}
    if kpi in style.RATES:
        digits = 3 if max(abs(row["low"]), abs(row["high"])) < 0.0005 else 2
        spread = f"{number(100 * row['low'], digits)} to {number(100 * row['high'], digits)}"
    elif kpi.endswith("_yuan"):
        spread = style.money_range(row["low"], row["high"])
    else:
        divisor, word = style.scale_of([row["low"], row["high"]])
        spread = f"{number(row['low'] / divisor)} to {number(row['high'] / divisor)} {word}"
    up = HIGHER_IS_BETTER.get(kpi, True)
    clear = row["n"] > 1 and (row["low"] > 0 or row["high"] < 0)
    sign = "unclear" if not clear else "better" if (row["mean"] > 0) == up else "worse"
    if not row["mean"] and not row["low"] and not row["high"]:
        sign = "same"
    text = style.kpi_value(kpi, row["mean"], currency, difference=True)
    return {"text": text, "range": spread if row["n"] > 1 else "", "sign": sign}


def options(answer: Answer, summary: dict[str, Any]) -> dict[str, Any]:
    """One row an arm, best NPV first, all money in one unit: gain, share, risk, cost, windfall."""
    currency, gains = answer.labels.currency, world_gains(answer)
    arms = [arm for arm in arms_of(answer) if arm in gains.columns]
    gaps = {arm: summary["arms"][arm]["vs_hold"] for arm in arms}
    divisor, word = style.scale_of(gaps[arm]["npv_yuan"]["mean"] for arm in arms)
    rows: list[dict[str, Any]] = []
    for arm in arms:
        npv, share = gaps[arm]["npv_yuan"], gaps[arm]["share"]
        revenue, kept = (
            gaps[arm].get(kpi, {}).get("mean")
            for kpi in ("service_revenue_yuan", "contribution_yuan")
        )
        cost = float("nan") if revenue is None or kept is None else (revenue - kept) / divisor
        rows.append({
            "arm": arm,
            "description": answer.labels.arms.get(arm, ""),
            "npv": _interval("npv_yuan", npv, currency)
            | {
                "text": number(npv["mean"] / divisor, signed=True),
                "range": f"{number(npv['low'] / divisor)} to {number(npv['high'] / divisor)}"
                if npv["n"] > 1
                else "",
            },
            "share": _interval("share", share, currency)
            | {"text": "–" if share["mean"] is None else number(100 * share["mean"], signed=True)},
            "loses": int((gains[arm] < 0).sum()),
            "worlds": int(gains[arm].count()),
            "cost": number(cost, signed=True),
            "windfall": number(windfall(answer, arm) / divisor),
            "mean": npv["mean"],
        })  # fmt: skip
    return {
        "unit": " ".join(filter(None, (word, currency))),
        "rows": sorted(rows, key=lambda row: -row["mean"]),
    }


def scorecard(answer: Answer, summary: dict[str, Any], arm: str) -> list[dict[str, Any]]:
    """The four dimensions: each indicator under `hold`, and what the arm changes."""
    currency = answer.labels.currency
    cards: list[dict[str, Any]] = []
    for dimension, kpis in DIMENSIONS.items():
        held = summary["arms"][HOLD]["kpis"]
        rows = [
            {
                "label": style.KPI_LABELS[kpi],
                "level": style.kpi_value(kpi, held[kpi]["mean"], currency),
                "gap": _interval(kpi, summary["arms"][arm]["vs_hold"][kpi], currency),
            }
            for kpi in kpis
            if kpi in held and held[kpi]["mean"] is not None
        ]
        cards.append({"name": dimension, "chinese": CHINESE[dimension], "rows": rows})
    return cards


def what_others_did(answer: Answer, arm: str) -> list[dict[str, Any]]:
    """Moves of rivals and partners under an arm, and every refusal: how often, when, why."""
    focal = answer.labels.focal
    log = answer.log[answer.log["arm"].isin([arm, HOLD])]
    log = log[(log["actor"] != focal) | ~log["outcome"].isin(["passed", "done", "accepted", "ok"])]
    if log.empty:
        return []
    # An answer to us is another thing than the move that began it, though both are a repricing.
    answers = log["reason"].astype(str).str.startswith("reaction")
    log = log.assign(cause=log["reason"].where(answers, ""))
    keys = ["actor", "action", "outcome", "cause"]
    done = answer.outcomes[["arm", "world", "seed"]].drop_duplicates()
    cells = {name: int((done["arm"] == name).sum()) for name in (arm, HOLD)}
    rows: list[dict[str, Any]] = []
    for key, moves in log.groupby(keys, sort=False, observed=True):
        runs = {
            name: len(moves[moves["arm"] == name][["world", "seed"]].drop_duplicates())
            for name in (arm, HOLD)
        }
        under = moves[moves["arm"] == (arm if runs[arm] else HOLD)]
        reasons = under["reason"].astype(str).value_counts()
        actor, action, outcome, _ = (str(part) for part in key)
        rows.append({
            "actor": answer.labels.operators.get(actor, label(actor)),
            "action": label(action),
            "outcome": outcome,
            "month": number(float(under.groupby(["world", "seed"])["month"].min().median()), 0),
            "reason": str(reasons.index[0]),
            "runs": runs[arm],
            "of": cells[arm],
            "hold": runs[HOLD],
            "of_hold": cells[HOLD],
            "differs": abs(runs[arm] / max(cells[arm], 1) - runs[HOLD] / max(cells[HOLD], 1)),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["differs"], -row["runs"], row["actor"]))


def change(answer: Answer, summary: dict[str, Any]) -> dict[str, Any]:
    """What would change the recommendation, in phrases."""
    currency, would = answer.labels.currency, summary["recommendation"]["what_would_change"]
    alternatives = [
        {
            "arm": row["arm"],
            "behind": money(abs(row["behind_by"]["mean"]), currency),
            "side": "behind" if row["behind_by"]["mean"] >= 0 else "ahead on average",
            "range": style.money_range(row["behind_by"]["low"], row["behind_by"]["high"]),
            "wins": row["wins"],
        }
        for row in sorted(would["alternatives"], key=lambda row: -row["wins_in"])
        if row["behind_by"]["mean"] is not None
    ]
    knowing = would["value_of_knowing_the_world_yuan"]
    return {
        "alternatives": alternatives,
        "knowing": money(knowing, currency) if knowing else None,
        "pilot": would["pilot"],
    }


def fate_tables(answer: Answer, summary: dict[str, Any], arm: str) -> dict[str, Any]:
    """True saves and windfall: by segment for one arm, in total for the others."""
    currency = answer.labels.currency

    def cells(where: str, segment: str) -> list[dict[str, str]]:
        crowd, sums = by_fate(answer, where, "people"), by_fate(answer, where, "money_yuan")
        return [
            {
                "people": style.people(float(crowd.loc[[segment], fate].iloc[0])),
                "money": money(float(sums.loc[[segment], fate].iloc[0]), currency, signed=True),
            }
            for fate in FATES
        ]

    others = [name for name in summary["arms"] if name != HOLD]
    segments = [str(name) for name in by_fate(answer, arm, "people").index] if others else []
    return {
        "fates": list(FATES.values()),
        "segments": [{"name": name, "cells": cells(arm, name)} for name in segments],
        "arms": [{"name": name, "cells": cells(name, "all")} for name in others],
    }


def kpi_table(answer: Answer, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Every KPI: its level under `hold` and each arm's paired difference."""
    currency, arms = answer.labels.currency, summary["arms"]
    rows: list[dict[str, Any]] = []
    for kpi in [name for name in KPIS if name in arms[HOLD]["kpis"]]:
        level = arms[HOLD]["kpis"][kpi]["mean"]
        rows.append({
            "name": kpi,
            "label": style.KPI_LABELS[kpi],
            "hold": "–" if level is None else style.kpi_value(kpi, level, currency),
            "gaps": [
                _interval(kpi, arms[arm]["vs_hold"][kpi], currency) for arm in arms if arm != HOLD
            ],
        })  # fmt: skip
    return rows


def conditions(answer: Answer) -> list[dict[str, Any]]:
    """For each arm: in how many worlds it loses, what they share, and how the worlds differ."""
    gains, parameters = world_gains(answer), parameters_of(answer)
    rows: list[dict[str, Any]] = []
    for arm in [name for name in gains.columns if name != HOLD]:
        compared = compare_worlds(gains[arm], parameters).dropna().head(3)
        rows.append({
            "arm": str(arm),
            "sentence": what_they_share(gains[arm], parameters).sentence(),
            "compared": [
                f"{label(str(name))} {losing:.3g} where it loses, {other:.3g} elsewhere "
                f"({number(standardised, signed=True)} sd)"
                for name, losing, other, standardised in compared.itertuples()
            ],
        })  # fmt: skip
    return rows


def worlds_table(answer: Answer) -> dict[str, Any]:
    """What each world assumed, beside each arm's gain in it."""
    gains = world_gains(answer)
    assumed = answer.worlds.pivot_table(
        index="world", columns="parameter", values="value", aggfunc="first", observed=True
    )
    divisor, word = style.scale_of(gains.abs().to_numpy().ravel())
    arms = [arm for arm in gains.columns if arm != HOLD]
    return {
        "unit": f"{word} {answer.labels.currency}".strip(),
        "arms": [str(arm) for arm in arms],
        "parameters": [str(name) for name in assumed.columns],
        "rows": [
            {
                "world": world,
                "assumed": [_plain(value) for value in _row(assumed, world)],
                "gains": [float(gains.loc[[world], arm].iloc[0]) / divisor for arm in arms],
            }
            for world in gains.index
        ],
    }


def _row(table: pd.DataFrame, world: object) -> list[Any]:
    if world not in table.index:
        return [float("nan")] * len(table.columns)
    return table.loc[[world]].to_numpy()[0].tolist()


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
