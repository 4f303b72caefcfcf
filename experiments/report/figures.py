"""The pictures of a comparison: each says its finding and what stands behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from experiments.analysis.summary import Summary
from experiments.report import figure_money, figure_paths, figure_tables
from experiments.report.words.pairs import Code
from experiments.report.words.words import Words


@dataclass(frozen=True)
class Figures:
    """The pictures of one comparison, drawn when asked for.

    A method returns `None` where there is nothing to draw: the table behind the picture is empty,
    or the featured arm is `hold`.
    """

    summary: Summary
    language: Code = "en"

    @property
    def words(self) -> Words:
        """What is written in the pictures."""
        return Words(self.summary.labels, self.language)

    def share(self) -> Figure | None:
        """Market share month by month, a panel an arm."""
        return figure_paths.over_time(self.summary, self.words, "share")

    def arpu(self) -> Figure | None:
        """ARPU month by month, a panel an arm."""
        return figure_paths.over_time(self.summary, self.words, "arpu_yuan")

    def npv(self) -> Figure:
        """NPV difference of each arm from `hold`: its mean, its interval, and single worlds."""
        return figure_money.npv_forest(self.summary, self.words)

    def money_bridge(self) -> Figure | None:
        """Where the featured arm's difference in revenue comes from."""
        return figure_money.bridge(self.summary, self.words)

    def costs(self) -> Figure | None:
        """What the featured arm costs and what for, from revenue to contribution."""
        return figure_money.costs(self.summary, self.words)

    def customers(self) -> Figure | None:
        """People kept, won and driven away by the featured arm."""
        return figure_money.waterfall(self.summary, self.words)

    def switching(self) -> Figure | None:
        """Flows between operators, and what the featured arm changes in them."""
        return figure_tables.switching(self.summary, self.words)

    def regret(self) -> Figure | None:
        """What each arm misses in each world against that world's best."""
        return figure_tables.regret(self.summary, self.words)

    def painters(self) -> dict[str, Callable[[], Figure | None]]:
        """What draws each picture, by file name."""
        return {
            "npv_forest": self.npv,
            "share_over_time": self.share,
            "arpu_over_time": self.arpu,
            "costs": self.costs,
            "money_bridge": self.money_bridge,
            "subscriber_waterfall": self.customers,
            "switching_matrix": self.switching,
            "regret": self.regret,
        }


def all_figures(summary: Summary, language: Code = "en") -> dict[str, Figure]:
    """Every picture by file name; those whose tables are empty are left out."""
    drawn = {name: paint() for name, paint in Figures(summary, language).painters().items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}
