"""Tiny questions that campaigns do harm to, one for each kind of work that is kept."""

from pathlib import Path

from country import example, write
from harness import Lab, Study

_SMALL = ("market=duopoly", "subscribers=300", "months=2", "burn_in=2")

COMPARE = (*_SMALL, "worlds=2", "seeds=1", "strategies=[match_price]", "jobs=1")
SBC = (
    "experiment=sbc", *_SMALL, "jobs=1", "experiment.before=2", "experiment.pilot=30",
    "experiment.particles=10", "experiment.replicates=4", "experiment.draws=9",
    "experiment.parameters=[behaviour.hassle_yuan]",
)  # fmt: skip
Q_LEARNING = (
    "experiment=q_learning", "jobs=1", "experiment.sessions=30", "experiment.prices=5",
    "experiment.stable_periods=20000", "experiment.beta=0.0001", "experiment.deviation_periods=5",
)  # fmt: skip


def backtest(folder: Path) -> tuple[str, ...]:
    """A country of one's own, its files in `folder`."""
    write(folder, example())
    asked = ("experiment=backtest", "market=my_country", "subscribers=400", "worlds=3", "jobs=1")
    return ("--config-dir", str(folder), *asked)


NAMES = ("compare", "backtest", "sbc", "q_learning")


def study_of(lab: Lab, name: str) -> Study:
    """One of `NAMES`, answered undisturbed."""
    if name == "backtest":
        return lab.study(name, backtest(lab.folder / "country"))
    return lab.study(name, {"compare": COMPARE, "sbc": SBC, "q_learning": Q_LEARNING}[name])
