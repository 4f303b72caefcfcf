"""What the scene systems bring, as docs/playbook.md tells it.

Run as a script; arguments: accounts, seeds, months, row (E1, C1). One world, the market as stated
with scenes on, everybody holds for 18 months first; figures are means over seeds with 95 %
intervals (Student's t).
"""

import sys
import tempfile
from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML
from scipy.stats import t as student

from agents.behaviour.habits import has_habit
from agents.execution.programmes import sums_of
from agents.market import Market
from experiments.question.compose import compose, question_of
from sim.vocabulary import SCENES, Measure
from strategies.registry import read

OURS = "china_unicom"
CONF = Path(__file__).resolve().parents[2] / "conf" / "strategy"
Arms = dict[str, tuple[str, dict[str, Any]]]
E1: Arms = {
    "tags": ("tags", {}),
    "demographics": ("demographics", {}),
    "coin": ("demographics", {"target": "coin"}),
    "sale only": ("demographics", {"monthly_budget_share": 0.0}),
}
C1: Arms = {
    "scene packs": ("scene_packs", {}),
    "zero-rated video": ("zero_rated_video", {}),
    "video pack": ("creator_incentive", {"pay_yuan": 0.0}),
    "video pack, paid creators": ("creator_incentive", {}),
}
Figures = dict[str, float]


def strategy_of(name: str, changes: Mapping[str, Any]) -> Any:
    """A shipped strategy with other parameters."""
    return read(YAML(typ="safe").load((CONF / f"{name}.yaml").read_text("utf-8")) | changes)


def lived(start: Market, plays: dict[str, Any], months: int) -> Figures:
    """What the focal operator's books and the tallies say after so many months."""
    market = start.fork(plays)
    sums: dict[str, int] = {}
    for _ in range(months):
        market.run(1)
        assert market.last_counters is not None
        for mechanism in ("addons", "creators", "scenes"):
            here = sums_of(market.last_counters, market.operator(OURS).index, mechanism)
            sums |= {name: sums.get(name, 0) + value for name, value in here.items()}
    ours = market.operator(OURS)
    monthly = np.array(ours.books.contribution_fen[-months:]) * market.scale / 1e11
    discount = (1.0 + market.settings.discount_yearly) ** (-np.arange(months) / 12.0)
    traffic = sum(t[ours.index, :, :, Measure.TRAFFIC_MB].sum() for t in market.tallies[-months:])
    return {
        "npv_billion": float((monthly * discount).sum()),
        "traffic": float(traffic),
        "utilisation": float(market.utilisation[ours.index].mean()),
        "quality": float(market.quality[ours.index].mean()),
        "churned": float(sum(ours.books.churned_lines[-months:])) * market.scale / 1e6,
        "told_million": sums["scene_contacts"] * market.scale / 1e6,
        "precision": sums["scene_contacts_right"] / max(1, sums["scene_contacts"]),
        "spent_million": spent(market, ours.index),
        "paid_billion": sums["addon_paid_fen"] * market.scale / 1e11,
        "more_share": sums["addon_more_mb"] / traffic,
        "active": sums["creators_active"] / max(1, sums["creators_anyway"]),
        "creator_pay_billion": sums["creators_paid_fen"] * market.scale / 1e11,
        **holders(market),
    }


def spent(market: Market, operator: int) -> float:
    """Million yuan that an operator's campaigns have cost."""
    rows = [k for k, row in enumerate(market.campaigns.rows) if row.operator == operator]
    return sum(market.spending.spent_fen.get(row, 0) for row in rows) * market.scale / 1e8


def holders(market: Market) -> Figures:
    """By product: share of own accounts that pay for it, and how many of these have the habit."""
    c, operator = market.population.columns(), market.operator(OURS)
    terms = market.programmes.running.get((operator.index, "addons"))
    if terms is None or not len(c.addons):
        return {}
    names = market.book.names
    mine = np.isin(c.offer, [k for k, name in enumerate(names) if name.startswith(f"{OURS}/")])
    around = market.tables().around
    found: Figures = {}
    products: dict[str, Any] = getattr(terms, "products")  # noqa: B009 - of its mechanism's own
    for k, (name, product) in enumerate(products.items()):
        who = np.flatnonzero(mine & ((c.addons >> k) & 1 == 1) & ((c.addons_trial >> k) & 1 == 0))
        scene = SCENES.index(product.scene)
        right = [
            has_habit(
                around.seed, int(i), int(c.segment[i]),
                float(around.regions[int(c.region[i])].income), scene, around.habits[0],
            )
            for i in who
        ]  # fmt: skip
        found[f"{name}: held"] = len(who) / mine.sum()
        found[f"{name}: with habit"] = float(np.mean(right)) if right else float("nan")
    return found


def told(values: list[float]) -> str:
    """Mean and 95 % interval."""
    x = np.array(values)
    half = student.ppf(0.975, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x)) if len(x) > 1 else 0.0
    return f"{x.mean():.4f} ({x.mean() - half:.4f} to {x.mean() + half:.4f})"


def main(accounts: int, seeds: int, months: int, arms: Arms) -> None:
    """Measure and tell."""
    say = partial(print, flush=True)
    overrides = ["market=china_2024", "market.scenes.enabled=true", f"subscribers={accounts}"]
    with tempfile.TemporaryDirectory() as folder:
        settings = question_of(compose(overrides), Path(folder)).market
    results: dict[str, list[Figures]] = {name: [] for name in ("hold", *arms)}
    for seed in range(1, seeds + 1):
        market = Market(settings, accounts, seed)
        market.recording = True
        market.keep_customer_records = True
        start = market.run(18)
        for name, figures in results.items():
            plays = {OURS: strategy_of(*arms[name])} if name != "hold" else {}
            figures.append(lived(start, plays, months))
        say(f"seed {seed} done")
    for name, figures in results.items():
        say(f"\n{name}")
        for key in figures[0]:
            less = [
                one[key] - hold.get(key, 0.0)
                for one, hold in zip(figures, results["hold"], strict=True)
            ]
            say(f"  {key}: {told([one[key] for one in figures])}; less holding {told(less)}")
    for one, other in pairwise(arms):
        say(f"\n{one} less {other}")
        for key in [key for key in results[one][0] if key in results[other][0]]:
            pairs = zip(results[one], results[other], strict=True)
            say(f"  {key}: {told([a[key] - b[key] for a, b in pairs])}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), {"E1": E1, "C1": C1}[sys.argv[4]])
