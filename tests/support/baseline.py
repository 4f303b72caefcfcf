"""The golden baseline: a small question's KPIs, kept in a file, and what of them has moved.

`make baseline` writes the file again. Run from one world with the calibration that is shipped, so
that it takes seconds; every strategy of the default question is an arm, and one arm is a profile.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from experiments.question.ask import Asking
from experiments.question.question import Question
from experiments.runs.cells import World, run_cell

FILE = Path(__file__).resolve().parents[1] / "baseline.yaml"
TOLERANCE = 1e-6
"""Relative: processors round differently in the last bits, one customer who moves is far more."""
_HEAD = """\
# KPIs of a small question, by arm, operator and name. `make baseline` writes this file.
# When results change on purpose, write it again and say in CHANGELOG.md what moved and why.
"""

type Table = dict[str, dict[str, dict[str, float]]]
"""Arm → operator → KPI → value."""


class Moved(NamedTuple):
    """A figure that is not what it was."""

    arm: str
    operator: str
    kpi: str
    before: float | None
    after: float | None

    def __str__(self) -> str:
        """`match_price: china_unicom.npv_yuan 1.2e10 → 1.3e10 (+8.3 %)`."""
        head = f"{self.arm}: {self.operator}.{self.kpi}"
        if self.before is None:
            return f"{head} is new: {self.after:.9g}"
        if self.after is None:
            return f"{head} is gone; it was {self.before:.9g}"
        change = f" ({self.after / self.before - 1:+.3%})" if self.before else ""
        return f"{head} {self.before:.9g} → {self.after:.9g}{change}"


def question() -> Question:
    """The question whose answer is kept."""
    asking = Asking(
        "compare", "china_2024",
        arms={"both follow": {"china_unicom": "match_price", "china_telecom": "match"}},
        strategies=["match_price", "fighting_brand", "bundle_benefits", "retention", "convergence",
                    "defend_and_bundle", "growth_points"],
        numbers={"subscribers": 1500, "months": 8, "burn_in": 3, "worlds": 1, "seeds": 1},
    )  # fmt: skip
    return asking.resolve(Path("unused"), resume=True).question


def worked_out() -> Table:
    """The KPIs as the code has them now. Raises `AssertionError` if an arm fails."""
    asked = question()
    world = World(0, {}, asked.market.calibration.model_dump(mode="json"), 0.0)
    cell = run_cell(asked, world, 0)
    assert not cell.failures, cell.failures
    shown = {asked.focal, "china_mobile"}
    found: Table = {}
    outcomes = cell.tables["outcomes"].dropna()
    columns = [outcomes[name].tolist() for name in ("arm", "operator", "kpi", "value")]
    for arm, operator, kpi, value in zip(*columns, strict=True):
        if operator in shown:
            found.setdefault(arm, {}).setdefault(operator, {})[kpi] = float(value)
    return found


def kept() -> Table:
    """The KPIs of the file."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def moved(before: Table, after: Table) -> Iterator[Moved]:
    """Every figure that differs by more than rounding, has come or has gone."""
    old, new = _flat(before), _flat(after)
    for key in old | new:
        was, now = old.get(key), new.get(key)
        if was is None or now is None or abs(now - was) > TOLERANCE * max(abs(was), abs(now)):
            yield Moved(*key, was, now)


def _flat(table: Table) -> dict[tuple[str, str, str], float]:
    return {
        (arm, operator, kpi): value
        for arm, operators in table.items()
        for operator, kpis in operators.items()
        for kpi, value in kpis.items()
    }


def write() -> None:
    """Write the file again, and say what moved."""
    table = worked_out()
    for one in moved(kept() if FILE.is_file() else {}, table):
        print(one)  # noqa: T201 - whoever writes a new baseline is to see it
    text = yaml.safe_dump(table, sort_keys=False, allow_unicode=True)
    FILE.write_text(_HEAD + text, encoding="utf-8")


if __name__ == "__main__":
    write()
