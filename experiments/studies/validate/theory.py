"""How closed forms, recoveries and learning firms are reported."""

from typing import Any

from experiments.studies.validate.result import CheckResult, CheckRow, listed, verdict

_NEAR = 0.01
"""Prices within one per cent of Nash count as having reached it."""
_ERRORS = 3.0
"""Published and simulated means may differ by this many standard errors."""


def tests(summary: dict[str, Any]) -> CheckResult:
    """Closed forms that the test suite meets: one row a test, its cases counted together."""
    outcomes: dict[str, list[bool]] = {}
    for case in summary["cases"]:
        name = str(case["name"]).partition("[")[0].replace("_", " ")
        outcomes.setdefault(name, []).append(case["outcome"] == "passed")
    rows = [
        CheckRow(name, "passes", f"{sum(good)} of {len(good)} cases pass", verdict(all(good)))
        for name, good in outcomes.items()
    ]
    return CheckResult(
        rows, f"{len(summary['cases'])} cases, on the same engine as everything else."
    )


def equilibrium(summary: dict[str, Any]) -> CheckResult:
    """Prices of firms that play best responses, beside Bertrand–Nash."""
    nash, prices = summary["nash"], summary["prices"]
    behind = (
        f"{summary['seeds']} seeds of {summary['subscribers']:,} consumers; one price step is "
        f"{summary['price_step']:.5f}."
    )
    rows = [
        CheckRow(
            "no firm gains by another price (largest gain per consumer and month)",
            "0, within sampling error",
            f"{summary['largest_gain_from_another_price']:.5f}",
            "shown",
        )
    ]
    if nash is not None:
        error = summary["largest_price_error"]
        profits = max(
            abs(mine / theirs - 1.0)
            for mine, theirs in zip(summary["profits"], nash["profits"], strict=True)
        )
        rows = [
            CheckRow("prices", listed(nash["prices"]), listed(prices), "shown"),
            CheckRow(
                f"profits per consumer, within {3 * _NEAR:.0%}",
                listed(nash["profits"]),
                listed(summary["profits"]),
                verdict(profits <= 3 * _NEAR),
            ),
            CheckRow(
                "largest relative error of a price, all seeds having settled",
                f"at most {_NEAR:.0%}",
                f"{error:.2%}{'' if summary['settled'] else ', not all settled'}",
                verdict(error <= _NEAR and summary["settled"]),
            ),
            *rows,
        ]
    return CheckResult(rows, behind, pictures=["equilibrium.png"])


def q_learning(summary: dict[str, Any]) -> CheckResult:
    """Firms that learn to price, beside Calvano et al."""
    published = summary["published"]
    gain, sd = summary["profit_gain_mean"], summary["profit_gain_sd"]
    error = summary["profit_gain_standard_error"]
    apart = abs(gain - published["profit_gain_mean"])
    allowed = _ERRORS * (error**2 + published["profit_gain_sd"] ** 2 / published["sessions"]) ** 0.5
    path = summary["deviation"]
    rows = [
        CheckRow(
            "mean profit gain Δ",
            f"{published['profit_gain_mean']} (±{allowed:.3f}, three standard errors of both)",
            f"{gain:.4f} (standard error {error:.4f})",
            verdict(apart <= allowed),
        ),
        CheckRow(
            "its spread over sessions",
            f"sd {published['profit_gain_sd']} ± 0.02",
            f"sd {sd:.3f}",
            verdict(abs(sd - published["profit_gain_sd"]) < 0.02),
        ),
        CheckRow(
            "sessions that converge",
            "at least 98 %",
            f"{summary['converged_share']:.1%}",
            verdict(summary["converged_share"] >= 0.98),
        ),
        CheckRow(
            "a deviation is punished, then forgiven: prices before, next period, at the end",
            "down by 0.05 at least, then back within 0.02",
            listed([path[at]["others_price"] for at in (0, 2, -1)], 3),
            verdict(
                path[2]["others_price"] < path[0]["others_price"] - 0.05
                and abs(path[-1]["others_price"] - path[0]["others_price"]) < 0.02
            ),
        ),
        CheckRow(
            "deviations that do not pay",
            "at least 90 %",
            f"{summary['deviation_unprofitable_share']:.1%}",
            verdict(summary["deviation_unprofitable_share"] >= 0.9),
        ),
    ]
    behind = (
        f"{summary['sessions']} sessions of {summary['periods_mean'] / 1e6:.2f} million periods on "
        "average, on the profits of logit demand in closed form."
    )
    return CheckResult(rows, behind, _LEARNING, ["profit_gain.png", "deviation.png"])


_LEARNING = (
    "Calvano, Calzolari, Denicolò & Pastorello (AER 2020), baseline. The learning rules are "
    "the functions that the strategy `q_learning` follows month by month in any market (a "
    "test shows that both take the same path); the sessions themselves are played on a table "
    "of profits, as two million months of a simulated market would take weeks."
)


def recovery(summary: dict[str, Any]) -> CheckResult:
    """Planted tastes, estimated from exported choices by somebody else's library."""
    rows: list[CheckRow] = []
    for name, case in summary["cases"].items():
        low, high = case["chance_allows"]
        wrong = case["model_is_wrong_on_purpose"]
        rows.append(
            CheckRow(
                f"{name.replace('_', ' ')} ({case['model']}): intervals of 95 % that cover",
                "too few: the estimator's model is wrong on purpose"
                if wrong
                else f"{low} to {high} of {case['intervals']}",
                f"{case['covered']} of {case['intervals']}, largest |z| {case['worst_z']:.2f}",
                verdict(case["covered"] < low)
                if wrong
                else verdict(low <= case["covered"] <= high),
            )
        )
        rows += [
            CheckRow(
                f"{name.replace('_', ' ')}: {parameter} ({p['unit']})",
                f"{p['planted']:.3g}",
                f"{p['mean_estimate']:.3g} (standard error {p['mean_standard_error']:.2g}, "
                f"{p['intervals']} markets)",
                "shown",
            )
            for parameter, p in case["parameters"].items()
        ]
    behind = (
        f"Market {summary['market']}, {summary['accounts']:,} accounts, {summary['months']} months "
        f"each; estimator: {summary['estimator']}."
    )
    return CheckResult(rows, behind, _RECOVERY, ["recovery.png"])


_RECOVERY = (
    "Choices exported by `experiment=choices` (the engine's own comparisons, replayed; the truth "
    "in files apart) are estimated by xlogit. Standard errors of mixed logits are summed by "
    "person, as xlogit sums them by situation: decision "
    "[0009](decisions/0009-choices-replayed.md)."
)


def twin_check(summary: dict[str, Any]) -> CheckResult:
    """Campaigns of known effect beside what the twins report."""
    rows: list[CheckRow] = []
    for case, quantities in summary["cases"].items():
        for name, q in quantities.items():
            exact = "largest_difference" in q
            said = (
                f"{q['reported']:,.2f} (differs by {q['largest_difference']:.2g} at most)"
                if exact
                else f"{q['reported']:,.2f} (difference {q['low']:,.2f} to {q['high']:,.2f})"
            )
            mark = "shown" if q["kind"] == "naive" else verdict(q["agrees"])
            rows.append(
                CheckRow(f"{case.replace('_', ' ')}: {name}", f"{q['known']:,.2f}", said, mark)
            )
    behind = (
        f"Market {summary['market']}, {summary['accounts']:,} accounts, {summary['months']} "
        f"months, {summary['seeds']} seeds; {summary['unit']}."
    )
    return CheckResult(rows, behind, _TWINS, ["twin_check.png"])


_TWINS = (
    "What is known is an identity, a formula or a randomised holdout within the arm. "
    "Comparisons that a company without twins or holdout would make stand beside, to show by "
    "how much they err."
)


def sbc(summary: dict[str, Any]) -> CheckResult:
    """Simulation-based calibration of the ensemble."""
    rows: list[CheckRow] = []
    for path, p in summary["parameters"].items():
        for level in (50, 90):
            covered, error = p[f"coverage_{level}"], p[f"coverage_{level}_error"]
            near = abs(covered - level / 100) <= 2.5 * error
            rows.append(
                CheckRow(
                    f"`{path}`: intervals of {level} % that cover",
                    f"{level} % ± {2.5 * error:.0%}",
                    f"{covered:.0%}",
                    verdict(near),
                )
            )
        rows.append(
            CheckRow(
                f"`{path}`: ranks are uniform (χ² p, ECDF p)",
                "above 0.01",
                f"{p['chi_square_p']:.2f}, {p['ecdf_p']:.2f}",
                verdict(min(p["chi_square_p"], p["ecdf_p"]) > 0.01),
            )
        )
        rows.append(
            CheckRow(
                f"`{path}`: posterior over prior sd; correlation with the truth",
                "1 would mean that the months say nothing",
                f"{p['contraction']:.2f}; {p['correlation']:.2f}",
                "shown",
            )
        )
    behind = (
        f"{summary['replicates']} planted truths, {summary['simulations']:,} simulated markets of "
        f"{summary['accounts']:,} accounts, {summary['months_before']} months before and "
        f"{summary['months_after']} after a known price cut; {summary['particles']} particles."
    )
    return CheckResult(rows, behind, _SBC, ["ranks.png", "recovery.png"])


_SBC = (
    "Simulation-based calibration (Talts et al. 2018) of the ensemble that ABC-SMC (pyABC) finds "
    "from monthly aggregates around a known price cut, with learned summaries and regression "
    "adjustment. This tests the inference, not the model: appeals stay at their stored values, "
    "and every truth is observed with the luck of its own accounts."
)
