"""What came of each method: plain findings for `summary.json`, and a page."""

from typing import Any

from experiments.analysis.intervals import FigureRow, pick
from experiments.report.words.numbers import number

SCORES = ("auc", "brier", "lift_top_decile")
MONEY = ("value_yuan", "over_coin_yuan", "windfall_yuan")
PEOPLE = ("contacts", "precision", "saved_lines")


def findings_of(figures: list[FigureRow], methods: list[str]) -> dict[str, dict[str, Any]]:
    """Scores, and money and people with intervals, by method; None where nothing was measured."""
    found: dict[str, dict[str, Any]] = {}
    for name in methods:
        rows = {row["figure"]: row for row in pick(figures, method=name, at=0.0)}
        scores = {key: rows[key]["mean"] if key in rows else None for key in SCORES}
        ranges = {key: _range(rows.get(key)) for key in (*MONEY, *PEOPLE)}
        found[name] = scores | ranges
    return found


def _range(row: FigureRow | None) -> dict[str, float | None]:
    return {key: None if row is None else row[key] for key in ("mean", "low", "high")}


def page(
    methods: dict[str, dict[str, Any]], operator: str, behind: str, currency: str, left_out: str
) -> str:
    """All methods in one table, as Markdown."""
    lines = [
        f"# What better prediction of churn is worth to {operator.replace('_', ' ')}",
        "",
        f"{behind}. Scores: how well a method tells who leaves within three months, with nobody "
        "contacted. Money: net present value of the same campaign with that method, less holding, "
        f"in millions of {currency}, with 95 % intervals.",
        "",
        "| method | AUC | Brier | lift, top tenth | value | over a coin | precision | lines saved "
        "| windfall |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(_line(name, found) for name, found in methods.items()),
        "",
        "Precision: share of those contacted who leave within three months if nobody is. Lines "
        "saved: who stays because of the campaign, less who leaves because of it. Windfall: what "
        "those who would have stayed pay less. `coin` and `oracle` are bounds: one knows nothing, "
        "the other who will leave, though not whom a discount would keep.",
        "",
        *_worth(methods),
    ]
    return "\n".join([*lines, *([left_out, ""] if left_out else [])])


def _line(name: str, found: dict[str, Any]) -> str:
    cells = [
        _one(found["auc"], 3),
        _one(found["brier"], 4),
        _one(found["lift_top_decile"], 2),
        _span(found["value_yuan"], 1e-6, 0),
        _span(found["over_coin_yuan"], 1e-6, 0),
        _span(found["precision"], 100.0, 1, " %", signed=False),
        _span(found["saved_lines"], 1e-3, 0, " k"),
        _span(found["windfall_yuan"], 1e-6, 0, signed=False),
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


def _one(value: float | None, digits: int) -> str:
    return "–" if value is None else number(value, digits)


def _span(
    what: dict[str, float | None],
    factor: float,
    digits: int,
    unit: str = "",
    *,
    signed: bool = True,
) -> str:
    mean, low, high = what["mean"], what["low"], what["high"]
    if mean is None or low is None or high is None:
        return "–"
    shown = [number(v * factor, digits, signed=signed) for v in (mean, low, high)]
    return f"{shown[0]}{unit} ({shown[1]} to {shown[2]})"


def _worth(methods: dict[str, dict[str, Any]]) -> list[str]:
    """What lies between the bounds, if both were asked for."""
    if not {"coin", "oracle"} <= set(methods):
        return []
    learnt = {k: v for k, v in methods.items() if k not in {"coin", "oracle"}}
    oracle = _span(methods["oracle"]["over_coin_yuan"], 1e-6, 0)
    said = f"From coin to oracle: {oracle} million."
    if learnt:
        best = max(learnt, key=lambda name: learnt[name]["over_coin_yuan"]["mean"])
        said += f" Of that, {best} gets {_span(learnt[best]['over_coin_yuan'], 1e-6, 0)} million."
    return [said, ""]
