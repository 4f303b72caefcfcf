"""The answer of an experiment: what reports and files are made from. See docs/decisions/0003."""

from dataclasses import dataclass, field

import pandas as pd

KPIS = (
    "share",
    "net_adds",
    "gross_adds",
    "churn_rate",
    "acquisition_cost_yuan",
    "arpu_yuan",
    "ltv_yuan",
    "penetration",
    "active_rate",
    "nps",
    "complaint_rate",
    "partners",
    "ecosystem_revenue_share",
    "service_revenue_yuan",
    "contribution_yuan",
    "npv_yuan",
)

DIMENSIONS = {
    "scale": ("share", "net_adds", "gross_adds", "acquisition_cost_yuan"),
    "value": ("arpu_yuan", "ltv_yuan", "penetration", "contribution_yuan", "npv_yuan"),
    "stickiness": ("churn_rate", "active_rate", "nps", "complaint_rate"),
    "ecosystem": ("partners", "ecosystem_revenue_share"),
}
HIGHER_IS_BETTER = {
    kpi: kpi not in ("churn_rate", "acquisition_cost_yuan", "complaint_rate") for kpi in KPIS
}


@dataclass(frozen=True)
class QuestionLabels:
    """What was asked, in words and numbers a report can print."""

    market: str
    market_label: str
    currency: str
    focal: str
    operators: dict[str, str]
    """Name and label of each operator."""
    rivals: dict[str, str]
    """What each rival plays, in one readable phrase."""
    arms: dict[str, str]
    """Each arm's name and description; `hold` is always among them."""
    months: int
    subscribers: int
    lines_million: float
    """Mobile lines of all operators at the start, which the simulated accounts stand for."""
    worlds: int
    seeds: int
    segments: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass
class Answer:
    """Tables of one experiment (columns as in docs/decisions/0003)."""

    labels: QuestionLabels
    monthly: pd.DataFrame
    """Marginal rows only (region = all and/or segment = all); the full table stays on disk."""
    outcomes: pd.DataFrame
    twins: pd.DataFrame
    switching: pd.DataFrame
    """`arm, world, seed, origin, destination, lines`: main lines moved over the horizon, real."""
    worlds: pd.DataFrame
    log: pd.DataFrame
    misfit: float = 0.0
    """Largest log difference of any market from the published figures before anybody moves."""
    failures: list[dict[str, str]] = field(default_factory=list)
    """Runs that failed: arm, world, seed, error."""
