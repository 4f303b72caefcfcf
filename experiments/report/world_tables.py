"""The memo's tables of worlds: what each assumes, what an option gains in it, where it loses."""

import math
from dataclasses import dataclass

import pandas as pd

from experiments.analysis.paired import HOLD
from experiments.analysis.summary import Summary
from experiments.report import style
from experiments.report.wording import condition_sentence, contrast_phrases


@dataclass(frozen=True)
class ConditionRow:
    """Where one arm loses."""

    arm: str
    sentence: str
    compared: list[str]


def condition_rows(summary: Summary) -> tuple[ConditionRow, ...]:
    """For each arm: in how many worlds it loses, what they share, and how the worlds differ."""
    return tuple(
        ConditionRow(c.arm, condition_sentence(c.shared), contrast_phrases(c.contrasts))
        for c in summary.conditions
    )


@dataclass(frozen=True)
class WorldColumn:
    """What one world assumes, and each arm's gain in it in the table's unit."""

    world: int
    assumed: tuple[str, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True)
class WorldsTable:
    """Every world beside the gains in it."""

    unit: str
    arms: tuple[str, ...]
    parameters: tuple[str, ...]
    rows: tuple[WorldColumn, ...]


def worlds_table(summary: Summary) -> WorldsTable:
    """What each world assumed, beside each arm's gain in it."""
    gains, assumed = summary.gains_yuan, summary.assumed
    divisor, word = style.scale_of(gains.abs().to_numpy().ravel())
    arms = [arm for arm in gains.columns if arm != HOLD]
    return WorldsTable(
        f"{word} {summary.labels.currency}".strip(),
        tuple(str(arm) for arm in arms),
        tuple(str(name) for name in assumed.columns),
        tuple(
            WorldColumn(
                world,
                tuple(_shown(value) for value in _row(assumed, world)),
                tuple(float(gains.loc[[world], arm].iloc[0]) / divisor for arm in arms),
            )
            for world in gains.index
        ),
    )


def _row(table: pd.DataFrame, world: int) -> list[object]:
    if world not in table.index:
        return [math.nan] * len(table.columns)
    return list(table.loc[[world]].to_numpy()[0].tolist())


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
