"""The figures to compare a simulated market with: what they mean and how they are written.

Whatever a file writes is brought to one unit: lines in millions, rates and shares as fractions of
one, money in the market's currency for a line and month.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from experiments.studies.backtest.dates import Period, read_period
from sim.errors import QuestionError
from sim.names import nearest

STOCK, FLOW, MEAN = "stock", "flow", "mean"


@dataclass(frozen=True)
class Metric:
    """A published figure that has a counterpart in the simulated market."""

    kind: str
    """`stock` at the end of a period, `flow` summed over it, or `mean` over its months."""
    unit: str
    """`million`, `fraction` or `money` (currency for a line and month)."""
    label: str
    low: float = 0.0
    """Smallest and largest value there can be; forecasts are cut off there."""
    high: float = float("inf")


METRICS: dict[str, Metric] = {
    "subscribers": Metric(STOCK, "million", "lines"),
    "subscriber_share": Metric(STOCK, "fraction", "share of lines", high=1.0),
    # Above one where visitors' registers count more SIMs than the operator reports.
    "active_share": Metric(STOCK, "fraction", "active share of lines", high=1.5),
    "second_line_share": Metric(STOCK, "fraction", "second lines' share of lines", high=1.0),
    "net_adds": Metric(FLOW, "million", "net adds", low=float("-inf")),
    "gross_adds": Metric(FLOW, "million", "gross adds"),
    "terminations": Metric(FLOW, "million", "terminated lines"),
    "ports_in": Metric(FLOW, "million", "numbers ported in"),
    "ports_out": Metric(FLOW, "million", "numbers ported out"),
    "arpu_month": Metric(MEAN, "money", "revenue per line and month"),
    "churn_monthly": Metric(MEAN, "fraction", "churn a month", high=1.0),
    "churn_quarterly": Metric(MEAN, "fraction", "churn a quarter", high=1.0),
}


@dataclass(frozen=True)
class Writing:
    """Another name for a metric, with what is different about it."""

    metric: str
    factor: float = 1.0
    trailing_months: int = 0
    """A mean over this many months up to the date, whatever period the date names."""


ALIASES: dict[str, Writing] = {
    "wireless_subscribers": Writing("subscribers"),
    "mobile_subscribers": Writing("subscribers"),
    "market_share": Writing("subscriber_share"),
    "active_vlr_proportion": Writing("active_share"),
    "vlr_active_share": Writing("active_share"),
    "gross_terminations": Writing("terminations"),
    "mnp_ports": Writing("ports_out"),
    "mnp_port_in": Writing("ports_in"),
    "mnp_port_out": Writing("ports_out"),
    "arpu": Writing("arpu_month"),
    "mobile_arpu": Writing("arpu_month"),
    "churn_annual": Writing("churn_monthly", factor=1.0 / 12.0),
    "arpu_annual": Writing("arpu_month", factor=1.0 / 12.0),
    "arpu_annual_rolling": Writing("arpu_month", factor=1.0 / 12.0, trailing_months=12),
}

UNITS: dict[str, dict[str, float]] = {  # to the unit a metric is kept in
    "million": {
        "million": 1.0,
        "millions": 1.0,
        "thousand": 1e-3,
        "thousands": 1e-3,
        "lines": 1e-6,
        "billion": 1e3,
    },
    "fraction": {"fraction": 1.0, "share": 1.0, "percent": 0.01, "per cent": 0.01, "%": 0.01},
}
_CURRENCY = re.compile(r"(?P<code>[A-Z]{3})(?:/(?:line/)?(?:month|year))?")
_SAME_CURRENCY = {"RMB": "CNY"}
_RATE = {"churn_monthly": "month", "churn_quarterly": "quarter"}
"""What a rate's unit may name as its period; another period would be another number."""
_REMARK = re.compile(r"\s*\(.*\)\s*$")
_SINCE = re.compile(r"(?P<name>.+)_since_(?P<date>\d{4}-\d\d(?:-\d\d)?)")


@dataclass(frozen=True)
class Meaning:
    """What a metric of a file comes down to."""

    metric: str
    factor: float
    trailing_months: int
    since: int | None
    """Last month before the flow began, where the name ends on `_since_<date>`."""

    def period(self, dated: Period) -> Period:
        """The months the figure is about, given the date beside it."""
        start = dated.start
        if self.since is not None:
            start = self.since + 1
        elif self.trailing_months:
            start = dated.end - self.trailing_months + 1
        if start > dated.end:
            raise QuestionError("the period begins after its date")
        return Period(start, dated.end, dated.end_share)


def meaning(name: str, mapped: Mapping[str, str]) -> Meaning | None:
    """What a file's metric means; `None` if the simulated market has no counterpart.

    Args:
        name: as the file writes it.
        mapped: the market's own names → a metric or one of its aliases.
    """
    since: int | None = None
    found = _SINCE.fullmatch(name)
    if found is not None and name not in mapped:
        period = read_period(found["date"])
        since = period.end if period.end_share > 0.5 else period.end - 1
        name = found["name"]
    name = mapped.get(name, name)
    writing = ALIASES.get(name) or (Writing(name) if name in METRICS else None)
    if writing is None or (since is not None and METRICS[writing.metric].kind != FLOW):
        return None
    return Meaning(writing.metric, writing.factor, writing.trailing_months, since)


def check_mapped(mapped: Mapping[str, str], where: str) -> None:
    """Raise `QuestionError` for a metric map that leads nowhere."""
    allowed = [*METRICS, *ALIASES]
    for name, target in mapped.items():
        if target not in allowed:
            raise QuestionError(
                f"{where}.{name} = '{target}': no such metric{nearest(target, allowed)}; "
                f"allowed: {', '.join(allowed)}"
            )


def unit_factor(means: Meaning, unit: str, currency: str) -> float:
    """What a published value is multiplied by to stand in the metric's unit.

    Args:
        means: what the file's metric comes down to.
        unit: as the file writes it; a remark in brackets is left out.
        currency: the market's, three letters; empty: any.

    Raises:
        QuestionError: a unit that the metric cannot have.
    """
    dimension = METRICS[means.metric].unit
    bare = _REMARK.sub("", unit).strip()
    if dimension == "money":
        found = _CURRENCY.fullmatch(bare)
        code = _SAME_CURRENCY.get(found["code"], found["code"]) if found else ""
        if not code or (currency and code != _SAME_CURRENCY.get(currency, currency)):
            raise QuestionError(
                f"unit = '{unit}': {means.metric} is money; allowed: "
                f"{currency or 'a currency code'}, alone or followed by /month or /year"
            )
        # Beside a metric that is called annual, "a year" says the same thing again.
        yearly = bare.endswith("/year") and means.factor == 1.0
        return means.factor * (1.0 / 12.0 if yearly else 1.0)
    known = UNITS[dimension]
    bare, _, period = bare.lower().partition("/")
    expected = "year" if means.factor != 1.0 else _RATE.get(means.metric, period)
    if bare not in known or (period and period != expected):
        raise QuestionError(
            f"unit = '{unit}': {means.metric} cannot be in it{nearest(bare, known)}; "
            f"allowed: {', '.join(known)}"
            + (f", alone or followed by /{expected}" if means.metric in _RATE else "")
        )
    return means.factor * known[bare]
