"""The KPIs, each declared once: whatever computes, compares, prints or documents one reads it here.

Their values are computed in `experiments/measures/kpis.py`. This file stands apart from it because
stored cells carry a fingerprint of the code that computes them: a better label must not make old
results stale.
"""

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]
"""Which way is good for the operator; `neither`: it depends on what is got for it."""
Quantity = Literal["rate", "money", "people", "score"]
"""How a value is written: a fraction of one (shown in per cent, its differences in percentage
points), an amount of money, a number of people or lines, or a plain number with one decimal."""


@dataclass(frozen=True)
class Dimension:
    """One of the four sides from which a strategy is judged (H1 to H4 of the evaluation)."""

    name: str
    label_zh: str


SCALE = Dimension("scale", "规模")
VALUE = Dimension("value", "价值")
STICKINESS = Dimension("stickiness", "粘性")
ECOSYSTEM = Dimension("ecosystem", "生态")
DIMENSIONS = (SCALE, VALUE, STICKINESS, ECOSYSTEM)


@dataclass(frozen=True)
class Kpi:
    """One indicator of one operator: what it is, how to read it, what it is made from."""

    name: str
    """Its name in every table and file."""
    label: str
    """Its name in reports."""
    label_zh: str
    unit: str
    quantity: Quantity
    period: str
    """The months it covers: the whole horizon, or the state at its end."""
    dimension: Dimension | None
    """Where the scorecard shows it (`None`: in the annex only)."""
    better: Better
    formula: str
    source: str
    """The records it is read from."""

    @property
    def higher_is_better(self) -> bool:
        """Whether an increase is good for the operator."""
        return self.better == "higher"


KPIS = (
    Kpi(
        "share", "market share", "市场份额", "share of 1", "rate", "last month", SCALE, "higher",
        "own lines / all operators' lines",
        "tallies",
    ),
    Kpi(
        "net_adds", "net adds", "净增用户", "lines", "people", "horizon", SCALE, "higher",
        "lines at the end − lines in the month before the shock",
        "tallies",
    ),
    Kpi(
        "gross_adds", "gross adds", "新增用户", "lines", "people", "horizon", SCALE, "higher",
        "lines that came from elsewhere, second SIMs included, month by month",
        "tallies",
    ),
    Kpi(
        "churn_rate", "churn", "离网率", "share a month", "rate", "horizon", STICKINESS, "lower",
        "lines that left / lines held, both summed over months; ended second SIMs included",
        "tallies",
    ),
    Kpi(
        "acquisition_cost_yuan", "acquisition cost", "获客成本", "yuan a gross add", "money",
        "horizon", SCALE, "lower",
        "(commissions + extra advertising) / gross adds; campaigns' contacts and discounts are not "
        "in it",
        "ledger, tallies",
    ),
    Kpi(
        "arpu_yuan", "ARPU", "每用户平均收入", "yuan a line and month", "money", "horizon", VALUE,
        "higher",
        "mobile revenue net of tax / line-months; without broadband and exit fees",
        "tallies",
    ),
    Kpi(
        "ltv_yuan", "lifetime value", "客户生命周期价值", "yuan a line", "money", "horizon", VALUE,
        "higher",
        "margin a line-month / (churn rate + monthly discount rate); margin = service revenue − "
        "serving − wholesale fees",
        "ledger, tallies",
    ),
    Kpi(
        "penetration", "penetration", "产品渗透率", "share of accounts", "rate", "last month",
        VALUE, "higher",
        "accounts that enjoy a delivered benefit, or whose plan includes broadband",
        "tallies",
    ),
    Kpi(
        "active_rate", "active lines", "活跃率", "share of lines", "rate", "horizon", STICKINESS,
        "higher",
        "active line-months / line-months; main lines are always active, a second SIM the more "
        "surely the more data it carries",
        "tallies",
    ),
    Kpi(
        "nps", "NPS", "净推荐值", "points, −100 to 100", "score", "last month", STICKINESS,
        "higher",
        "100 × (accounts at satisfaction ≥ 0.80 − accounts below 0.60) / accounts",
        "tallies",
    ),
    Kpi(
        "complaint_rate", "complaints", "投诉率", "complaints an account-month", "rate", "horizon",
        STICKINESS, "lower",
        "complaints / account-months",
        "tallies",
    ),
    Kpi(
        "partners", "partners", "合作伙伴数", "number", "score", "end", ECOSYSTEM, "higher",
        "partners allied with the operator",
        "alliances",
    ),
    Kpi(
        "ecosystem_revenue_share", "paid to partners", "合作结算占收比", "share of service revenue",
        "rate", "horizon", ECOSYSTEM, "neither",
        "wholesale fees **paid to** partners / service revenue: how much of the revenue goes "
        "through the ecosystem, not what it earns us",
        "ledger",
    ),
    Kpi(
        "service_revenue_yuan", "service revenue", "服务收入", "yuan", "money", "horizon", None,
        "higher",
        "(mobile + broadband + exit fees) net of tax, before one-off credits",
        "ledger",
    ),
    Kpi(
        "contribution_yuan", "contribution", "贡献利润", "yuan", "money", "horizon", VALUE,
        "higher",
        "everything received − everything paid, by the ledger: after tax contained in revenue, "
        "credits, serving, overhead, commission, contacts, advertising, wholesale, points, "
        "investment, fines",
        "ledger",
    ),
    Kpi(
        "npv_yuan", "NPV", "净现值", "yuan", "money", "horizon", VALUE, "higher",
        "contribution of month t / (1 + r)^t, summed; (1 + r)^12 = 1 + `discount_yearly`; nothing "
        "after the horizon",
        "ledger",
    ),
    Kpi(
        "points_liability_yuan", "points owed", "未兑换积分负债", "yuan", "money", "end", None,
        "lower",
        "growth points not redeemed × what one costs × the share expected to be redeemed, by the "
        "programme's terms first and by own records in time; not in NPV",
        "programmes",
    ),
    Kpi(
        "points_breakage", "points never redeemed", "积分失效率", "share of settled points", "rate",
        "horizon", None, "neither",
        "growth points lapsed or left behind / (those and the redeemed), since the programme began",
        "programmes",
    ),
)  # fmt: skip
BY_NAME = {kpi.name: kpi for kpi in KPIS}
"""Each KPI by its name."""


def on_scorecard(dimension: Dimension) -> tuple[Kpi, ...]:
    """The KPIs that the scorecard shows under one dimension."""
    return tuple(kpi for kpi in KPIS if kpi.dimension is dimension)
