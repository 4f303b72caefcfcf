"""The tables of an answer as a workbook: numbers as numbers, in plain units."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from experiments.analysis.costs import Cost
from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.recommendation import CRITERION
from experiments.analysis.summary import Summary
from experiments.measures.indicators import KPIS
from experiments.report.front import front_page
from experiments.report.instruction_texts import instruction_blocks
from experiments.report.moves_text import sentence
from experiments.report.settings_words import drawn_rows, fixed_rows
from experiments.report.timeless import timeless
from experiments.report.words.pairs import Code
from experiments.report.words.words import Words

type Cell = str | float | int | None
type Sheet = tuple[str, Sequence[str], list[Sequence[Cell]]]
_WIDEST = 60


def workbook_of(summary: Summary, language: Code = "en") -> bytes:
    """The workbook as the bytes of an `.xlsx`, the same for the same answer."""
    return book_of(_sheets(summary, Words(summary.labels, language)))


def book_of(sheets: Iterable[Sheet]) -> bytes:
    """Sheets (name, titles, rows) as the bytes of an `.xlsx`, the same for the same content."""
    buffer = io.BytesIO()
    book: Any = xlsxwriter.Workbook(buffer, {"in_memory": True, "nan_inf_to_errors": False})
    book.set_properties({"created": dt.datetime(1980, 1, 1, tzinfo=dt.UTC)})
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats = {
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "large": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "small": book.add_format({"num_format": "#,##0.0000", "valign": "top"}),
    }
    for name, titles, rows in sheets:
        sheet = book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, titles, bold)
        for at, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _write(sheet, at, place, value, formats)
        for place in range(len(titles)):
            texts = [titles[place], *(str(row[place] or "") for row in rows if place < len(row))]
            longest = max(len(text.encode("utf-8")) * 2 // 3 + 2 for text in texts)
            sheet.set_column(place, place, min(max(10, longest), _WIDEST))
    book.close()
    return timeless(buffer.getvalue())


def _write(sheet: Any, row: int, column: int, value: Cell, formats: dict[str, Any]) -> None:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value, formats["text"])
    else:
        kind = "large" if abs(value) >= 1000 or float(value).is_integer() else "small"
        sheet.write_number(row, column, value, formats[kind])


def _sheets(summary: Summary, words: Words) -> Iterable[Sheet]:
    yield _decision(summary, words)
    yield _options(summary, words)
    yield from _damage(summary, words)
    yield from _horizons(summary, words)
    yield from _costs(summary, words)
    yield _indicators(summary, words)
    yield _scenarios(summary, words)
    yield _moves(summary, words)
    yield _instructions(summary, words)
    yield _settings(words)


def _decision(summary: Summary, words: Words) -> Sheet:
    page = front_page(summary, words)
    parts = (
        ("front.decision", page.decision), ("front.risk", page.risk), ("costs", page.costs),
        ("front.moves", (*page.moves, page.temper)), ("front.change", page.change),
        ("front.next", page.next), ("front.trust", page.trust),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (words(key), text) for key, texts in parts for text in texts if text
    ]
    return words("sheet.decision"), (words("sheet.part"), page.headline), rows


def _span(span: Interval) -> tuple[Cell, Cell, Cell]:
    return span.mean, span.low, span.high


def _ends(words: Words, name: str) -> tuple[str, str, str]:
    return name, words("sheet.low", name=name), words("sheet.high", name=name)


def _options(summary: Summary, words: Words) -> Sheet:
    unit = words.numbers.money_word
    titles = (
        words("front.options.option"), *_ends(words, words("front.options.gain", unit=unit)),
        "p05", "p95", words("front.options.worst"), words("sheet.losing"), words("sheet.of"),
        words("sheet.at_most"), words("front.options.cost", unit=unit),
        words("front.options.return", currency=unit), words("front.options.share"),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for arm, findings in summary.arms.items():
        if arm not in summary.recommendation.losses:
            continue
        losses, span = summary.recommendation.losses[arm], findings.range
        costs, share = summary.costs.get(arm), findings.vs_hold["share"].mean
        rows.append(
            (
                words.arm(arm), *_span(findings.vs_hold[CRITERION]),
                *((span.p05, span.p95, span.worst) if span else (None, None, None)),
                losses.losing, losses.worlds, None if arm == HOLD else losses.at_most,
                costs.cost_yuan.mean if costs else None,
                costs.return_on_cost.mean if costs else None,
                None if share is None else 100 * share,
            )
        )  # fmt: skip
    return words("sheet.options"), titles, rows


def _damage(summary: Summary, words: Words) -> Iterable[Sheet]:
    damage = summary.damage
    if damage is None or not damage.attackers:
        return
    months = words.counted("month", summary.labels.months)
    rows: list[Sequence[Cell]] = [
        (words("damage.without", months=months), *_span(damage.no_attack_npv_yuan)),
        (words("sheet.held"), *_span(damage.attack_npv_yuan)),
        (words("damage"), *_span(damage.damage_yuan)),
        *(
            (words("sheet.repaired", arm=words.arm(arm)), *_span(share))
            for arm, share in damage.repaired_share.items()
        ),
    ]
    for name, bill in damage.bills.items():
        who = words.operator(name)
        rows += [
            (words("sheet.bill", attacker=who, arm=words.arm(arm)), *_span(change))
            for arm, change in bill.npv_change_yuan.items()
        ]
        rows.append((words("sheet.bill.month", attacker=who), bill.break_even_month, None, None))
    yield words("damage"), ("", *_ends(words, words.numbers.money_word)), rows


def _horizons(summary: Summary, words: Words) -> Iterable[Sheet]:
    horizons = summary.horizons
    if horizons is None:
        return
    titles = (
        words("time.option"), words("sheet.months"), *_ends(words, words("time.npv")),
        *_ends(words, words("time.after")),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (words.arm(arm), months, *_span(value.npv_yuan), *_span(value.terminal_yuan))
        for months, horizon in horizons.at.items()
        for arm, value in horizon.arms.items()
        if arm != HOLD
    ]
    yield words("sheet.time"), titles, rows


def _costs(summary: Summary, words: Words) -> Iterable[Sheet]:
    arms = [arm for arm in summary.costs if arm != HOLD]
    if not arms:
        return
    titles = (
        words("time.option"), words("costs.revenue"),
        *(words(f"cost.{cost.value}") for cost in Cost), words("costs.total"),
        words("costs.contribution"), words("costs.return", currency=words.numbers.money_word),
        words("costs.partners.earn"),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for arm in arms:
        costs = summary.costs[arm]
        spent = (costs.costs_yuan[cost].mean for cost in Cost)
        rows.append(
            (
                words.arm(arm), costs.revenue_yuan.mean, *spent, costs.cost_yuan.mean,
                costs.contribution_yuan.mean, costs.return_on_cost.mean,
                costs.partners_earn_yuan.mean,
            )
        )  # fmt: skip
    yield words("costs"), titles, rows


def _indicators(summary: Summary, words: Words) -> Sheet:
    rows: list[Sequence[Cell]] = []
    for kpi in KPIS:
        for arm, findings in summary.arms.items():
            if kpi.name in findings.kpis:
                level, gap = findings.kpis[kpi.name], findings.vs_hold[kpi.name]
                rows.append(
                    (words.kpi(kpi), kpi.name, kpi.unit, words.arm(arm), *_span(level), *_span(gap))
                )
    titles = (
        words("annex.kpis.name"), "kpi", words("sheet.unit"), words("time.option"),
        *_ends(words, words("sheet.level")), *_ends(words, words("sheet.gap")),
    )  # fmt: skip
    return words("sheet.kpis"), titles, rows


def _scenarios(summary: Summary, words: Words) -> Sheet:
    gains, assumed = summary.gains_yuan, summary.assumed
    arms = [str(arm) for arm in gains.columns if arm != HOLD]
    names = [str(name) for name in assumed.columns]
    titles = (
        words("annex.worlds.head"), *(words.arm(arm) for arm in arms),
        *(words.parameter(name) for name in names),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = []
    for world in map(int, gains.index):
        drawn = assumed.loc[[world]].to_numpy()[0].tolist() if world in assumed.index else []
        rows.append((world, *(float(gains.loc[[world], arm].iloc[0]) for arm in arms), *drawn))
    return words("annex.worlds"), titles, rows


def _moves(summary: Summary, words: Words) -> Sheet:
    titles = (
        words("annex.moves.what"), words("annex.moves.month"),
        words("annex.moves.money", unit=words.numbers.money_word), words("sheet.runs"),
        words("sheet.of"), words("annex.moves.hold"), words("sheet.of"),
    )  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            sentence(move, words), move.first_month, move.cost_yuan, move.runs, move.runs_of_arm,
            move.runs_under_hold, move.runs_of_hold,
        )
        for move in summary.moves
    ]  # fmt: skip
    return words("sheet.moves"), titles, rows


def _instructions(summary: Summary, words: Words) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (block.name, title, text)
        for block in instruction_blocks(summary, words)
        for title, text in block.lines
    ]
    titles = (words("time.option"), words("sheet.part"), words("do.what"))
    return words("sheet.instructions"), titles, rows


def _settings(words: Words) -> Sheet:
    rows: list[Sequence[Cell]] = [
        (words("annex.settings.fixed"), row.what, row.value, row.where) for row in fixed_rows(words)
    ]
    rows += [
        (words("annex.settings.drawn"), row.what, row.span, words.parameter(row.what))
        for row in drawn_rows(words)
    ]
    titles = (
        words("sheet.part"), words("annex.settings.parameter"), words("annex.settings.value"),
        words("annex.settings.where"),
    )  # fmt: skip
    return words("sheet.settings"), titles, rows
