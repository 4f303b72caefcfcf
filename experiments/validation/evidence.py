"""How literature, facts and history are told."""

from typing import Any

from experiments.validation.told import Row, Told, verdict


def _behind(summary: dict[str, Any]) -> str:
    return (
        f"Market {summary['market']}: {summary['worlds']} worlds × {summary['seeds']} seeds of "
        f"{summary['subscribers']:,} accounts."
    )


def elasticities(summary: dict[str, Any]) -> Told:
    """Long-run elasticities inside the literature's range or not."""
    rows = [
        Row(
            f"{row['figure']} (long run; first month {row['first_month']:.2f})",
            f"{row['published_low']:g} to {row['published_high']:g}: {row['published']}",
            f"{row['long_run']:.2f} ({row['low']:.2f} to {row['high']:.2f})",
            verdict(row["inside"]),
        )
        for row in summary["literature"]
    ]
    return Told(rows, _behind(summary), pictures=["elasticities.png"])


def fighting_brands(summary: dict[str, Any]) -> Told:
    """Whether low-cost brands pay before and after entry."""
    rows = [
        Row(claim["claim"], claim["source"], claim["figure"], verdict(claim["verdict"] == "PASS"))
        for claim in summary["claims"]
    ]
    return Told(rows, _behind(summary), pictures=["fighting_brands.png"])


def facts(summary: dict[str, Any]) -> Told:
    """Stylised facts, each with a criterion that stands in the code."""
    rows = [
        Row(
            f"{fact['claim']} ({fact['unit']})",
            f"{fact['criterion']}; {fact['source']}: {fact['published']}",
            _interval(fact["model"]),
            verdict(fact["verdict"] == "PASS"),
        )
        for fact in summary["facts"]
    ]
    return Told(rows, _behind(summary))


def _interval(model: dict[str, Any]) -> str:
    if model["mean"] is None:
        return "–"
    if model.get("low") is None or model.get("high") is None:
        return f"{model['mean']:.4g}"
    return f"{model['mean']:.4g} ({model['low']:.4g} to {model['high']:.4g})"


def backtest(summary: dict[str, Any]) -> Told:
    """Errors and coverage of one market's history beside two naive forecasts."""
    rows: list[Row] = []
    for metric in summary["by_metric"]:
        if not metric["n"]:
            continue
        name = f"{metric['metric'].replace('_', ' ')}, {metric['scope']}"
        inside = metric["coverage90"]
        rows.append(
            Row(
                f"{name}: figures in the 90 % band",
                "90 %",
                f"{inside:.0%} of {metric['n']}",
                "shown",
            )
        )
        if metric["n_common"]:
            best = min(metric["mae_no_change"], metric["mae_trend"])
            rows.append(
                Row(
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
    )
    pictures = [
        "over_time_subscribers.png",
        "over_time_subscriber_share.png",
        "over_time_arpu_month.png",
        "over_time_churn_monthly.png",
        "over_time_net_adds.png",
    ]
    return Told(rows, said, pictures=pictures, pages=["backtest.md"])
