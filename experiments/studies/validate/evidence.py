"""How literature, facts and history are reported."""

from typing import Any

from experiments.studies.validate.result import CheckResult, CheckRow, verdict


def _behind(summary: dict[str, Any]) -> str:
    return (
        f"Market {summary['market']}: {summary['worlds']} worlds × {summary['seeds']} seeds of "
        f"{summary['subscribers']:,} accounts."
    )


def elasticities(summary: dict[str, Any]) -> CheckResult:
    """Long-run elasticities inside the literature's range or not."""
    rows = [
        CheckRow(
            f"{row['figure']} (long run; first month {row['first_month']:.2f})",
            f"{row['published_low']:g} to {row['published_high']:g}: {row['published']}",
            f"{row['long_run']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
            verdict(row["inside"]),
        )
        for row in summary["literature"]
    ]
    return CheckResult(rows, _behind(summary), _ELASTICITIES, ["elasticities.png"])


_ELASTICITIES = (
    "Paired forks of one market with the same luck; one world, so intervals cover luck alone. "
    "**Fitted, not predicted**: the scale of the taste shock was set so that a plan's long-run "
    "elasticity lies where France's does. What can be compared, and why figures miss: decision "
    "[0011](decisions/0011-facts-and-elasticities.md)."
)


def fighting_brands(summary: dict[str, Any]) -> CheckResult:
    """Whether low-cost brands pay before and after entry."""
    rows = [
        CheckRow(
            claim["claim"], claim["source"], claim["figure"], verdict(claim["verdict"] == "PASS")
        )
        for claim in summary["claims"]
    ]
    return CheckResult(rows, _behind(summary), _BRANDS)


_BRANDS = (
    "The same brand at the same price, launched by each incumbent alone and by all, with a cheap "
    "entrant and without. One world: intervals cover luck alone. The entrant was made stronger "
    "twice, and the prices tried were moved, after first results (decision "
    "[0011](decisions/0011-facts-and-elasticities.md))."
)


def facts(summary: dict[str, Any]) -> CheckResult:
    """Stylised facts, each with a criterion that stands in the code."""
    rows = [
        CheckRow(
            f"{fact['claim']} ({fact['unit']})",
            f"{fact['criterion']}; {fact['source']}: {fact['published']}",
            _interval(fact["model"]),
            verdict(fact["verdict"] == "PASS"),
        )
        for fact in summary["facts"]
    ]
    return CheckResult(rows, _behind(summary), _FACTS)


_FACTS = (
    "Each fact has a source and a criterion that stands beside it in code; what a contract, a "
    "friend or a call *causes* is the difference between two futures of the same people. "
    "**Fitted, not predicted**: after first results assumptions were moved towards seven of "
    "these (contracts, which miss all the same; dissatisfied, families with broadband, what a "
    "friend causes, recommendations, calls with an offer, offers to those who give notice). One "
    "world: intervals cover luck alone. No criterion was moved; several "
    "measures were repaired. Why each fact misses: decision "
    "[0011](decisions/0011-facts-and-elasticities.md)."
)


def _interval(model: dict[str, Any]) -> str:
    if model["mean"] is None:
        return "–"
    if model.get("low") is None or model.get("high") is None:
        return f"{model['mean']:.4g}"
    return f"{model['mean']:.4g} ({model['low']:.4g} to {model['high']:.4g})"


def backtest(summary: dict[str, Any]) -> CheckResult:
    """Errors and coverage of one market's history beside two naive forecasts."""
    rows: list[CheckRow] = []
    for metric in summary["by_metric"]:
        if not metric["n"]:
            continue
        name = f"{metric['metric'].replace('_', ' ')}, {metric['scope']}"
        inside = metric["coverage90"]
        rows.append(
            CheckRow(
                f"{name}: figures in the 90 % band",
                f"90 %; holds from {_ENOUGH:.0%}",
                f"{inside:.0%} of {metric['n']}",
                verdict(inside >= _ENOUGH),
            )
        )
        if metric["n_common"]:
            best = min(metric["mae_no_change"], metric["mae_trend"])
            rows.append(
                CheckRow(
                    f"{name}: mean absolute error ({metric['n_common']} figures that all predict)",
                    f"no change {metric['mae_no_change']:.3g}, trend {metric['mae_trend']:.3g}",
                    f"{metric['mae_common']:.3g}",
                    verdict(metric["mae_common"] < best),
                )
            )
    behind = summary["behind"]
    said = (
        f"{behind['members']} members of the ensemble × {behind['seeds']} seeds, "
        f"{behind['accounts']:,} accounts each; {summary['months'][0]} to {summary['months'][1]}, "
        f"event {summary['event']['month']}. A row of errors holds if the model is nearer than "
        "both naive forecasts."
    ) + _members(summary["ensemble"], summary["overall_verified"])
    pictures = [
        "over_time_subscribers.png",
        "over_time_subscriber_share.png",
        "over_time_arpu_month.png",
        "over_time_churn_monthly.png",
        "over_time_net_adds.png",
    ]
    return CheckResult(rows, said, _HISTORY, pictures, ["backtest.md"])


def _members(ensemble: dict[str, Any], verified: dict[str, Any]) -> str:
    """What became of the members drawn, and how the figures that are verified fared."""
    said = (
        f" Of {ensemble['members']} members drawn, {ensemble['left_out_for_misfit']} missed what "
        f"was known before by more than {ensemble['largest_misfit_allowed']:.0%} and "
        f"{len(ensemble['failed'])} failed; neither counts."
    )
    if verified.get("n"):
        said += (
            f" Of the {verified['n']} figures whose source is verified, {verified['inside90']} lie "
            "in the 90 % band."
        )
    return said


_ENOUGH = 0.8
"""Share of figures that a 90 % band must hold, neighbouring months being alike."""

_HISTORY = (
    "Fitted to what was known before the event, played with the moves that were made. Authors of "
    "the model and of the market file knew the outcome, which calibration does not (decision "
    "[0012](decisions/0012-markets-of-history.md)). n counts figures, not independent trials: "
    "neighbouring months resemble each other. Entrants have no past, so the naive forecasts say "
    'nothing of them; they stand apart, beside "nobody comes". **Limit**: bands hold what is not '
    "known of behaviour, and luck. They do not hold what is not known of the moves as they are "
    "written down (more than half of them assumptions), nor errors of the model itself, so they "
    "are too narrow; members that fit the past alike go wrong alike."
)
