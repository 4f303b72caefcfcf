"""The memo's tables of worlds: what each assumes, what an option gains in it, where it loses."""

import math
from dataclasses import dataclass

import pandas as pd

from experiments.analysis.paired import HOLD
from experiments.analysis.summary import Summary
from experiments.report.wording import condition_sentence, contrast_phrases
from experiments.report.words.words import Words


@dataclass(frozen=True)
class ConditionRow:
    """Where one arm loses."""

    arm: str
    sentence: str
    compared: list[str]


def condition_rows(summary: Summary, words: Words) -> tuple[ConditionRow, ...]:
    """For each arm: in how many worlds it loses, what they share, and how the worlds differ."""
    return tuple(
        ConditionRow(
            words.arm(c.arm), condition_sentence(c.shared, words),
            contrast_phrases(c.contrasts, words),
        )
        for c in summary.conditions
    )  # fmt: skip


@dataclass(frozen=True)
class GainCell:
    """An arm's gain in one world, in the table's unit."""

    text: str
    negative: bool


@dataclass(frozen=True)
class WorldColumn:
    """What one world assumes, and each arm's gain in it."""

    world: int
    assumed: tuple[str, ...]
    gains: tuple[GainCell, ...]


@dataclass(frozen=True)
class WorldsTable:
    """Every world beside the gains in it."""

    unit: str
    arms: tuple[str, ...]
    parameters: tuple[str, ...]
    rows: tuple[WorldColumn, ...]


def worlds_table(summary: Summary, words: Words) -> WorldsTable:
    """What each world assumed, beside each arm's gain in it."""
    gains, assumed = summary.gains_yuan, summary.assumed
    scale = words.numbers.money_scale(gains.abs().to_numpy().ravel())
    arms = [str(arm) for arm in gains.columns if arm != HOLD]

    def cells(world: int) -> tuple[GainCell, ...]:
        values = [float(gains.loc[[world], arm].iloc[0]) for arm in arms]
        return tuple(GainCell(scale.text(value, signed=True), value < 0) for value in values)

    return WorldsTable(
        scale.unit,
        tuple(words.arm(arm) for arm in arms),
        tuple(words.parameter(str(name)) for name in assumed.columns),
        tuple(
            WorldColumn(world, tuple(_shown(value) for value in _row(assumed, world)), cells(world))
            for world in map(int, gains.index)
        ),
    )


def _row(table: pd.DataFrame, world: int) -> list[object]:
    if world not in table.index:
        return [math.nan] * len(table.columns)
    return list(table.loc[[world]].to_numpy()[0].tolist())


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
