"""What a comparison hands to whoever asked from Python: frames and named objects, no file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from experiments.analysis.paired import HOLD, Interval
from experiments.analysis.recommendation import Recommendation
from experiments.analysis.summary import Summary
from experiments.report.words.pairs import Code
from experiments.runs.files import write_atomically

if TYPE_CHECKING:
    # Imported on use: an answer is found, and a market lived, without Matplotlib.
    from experiments.report.figures import Figures

COLUMNS = ["arm", "kpi", "mean", "low", "high", "n"]


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """The result of a comparison. Nothing is written unless it is asked for."""

    summary: Summary

    @property
    def kpis(self) -> pd.DataFrame:
        """Level of each KPI under each arm: `arm, kpi, mean, low, high, n`, 95 % intervals."""
        return _frame({name: arm.kpis for name, arm in self.summary.arms.items()})

    @property
    def paired(self) -> pd.DataFrame:
        """Paired difference of each other arm from `hold`, in the same columns."""
        others = {name: arm for name, arm in self.summary.arms.items() if name != HOLD}
        return _frame({name: arm.vs_hold for name, arm in others.items()})

    @property
    def recommendation(self) -> Recommendation:
        """Which arm to play and how far to trust that."""
        return self.summary.recommendation

    @property
    def failures(self) -> list[dict[str, str]]:
        """Runs that failed: arm, world, seed, error."""
        return self.summary.failures

    @property
    def figures(self) -> "Figures":
        """The pictures: each is a method that draws a Matplotlib figure."""
        from experiments.report.figures import Figures

        return Figures(self.summary)

    def memo(self, path: Path | str, language: Code = "en") -> Path:
        """Write the memo as one self-contained page; its folder is made if need be."""
        from experiments.report.memo import render_memo

        target = Path(path)
        page = render_memo(self.summary, language=language)
        write_atomically(target, page)
        return target


def _frame(arms: Mapping[str, Mapping[str, Interval]]) -> pd.DataFrame:
    rows = [
        (arm, kpi, span.mean, span.low, span.high, span.n)
        for arm, kpis in arms.items()
        for kpi, span in kpis.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
