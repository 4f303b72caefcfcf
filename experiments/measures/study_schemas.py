"""The tables of the experiments other than `compare`; see `schemas.py`."""

from experiments.measures.schemas import (
    FLAG,
    MONTH,
    NUMBER,
    SEED,
    TEXT,
    WHOLE,
    WORLD,
    TableSchema,
    columns,
)

_OPERATOR = ("operator", TEXT, "name", "whose figure it is")
_CASE = ("case", TEXT, "name", "what is planted")
_PARAMETER = ("parameter", TEXT, "path", "which one")
_VALUE = ("value", NUMBER, "the figure's", "what was measured")
_FIGURE = ("figure", TEXT, "name", "what was measured")

FACTS = columns(
    ("market", TEXT, "name", "market"), WORLD, SEED,
    ("fact", TEXT, "name", "stylised fact"), _FIGURE, _VALUE,
)  # fmt: skip
ELASTICITIES = columns(
    WORLD, SEED, ("month", WHOLE, "month", "months after the prices changed"),
    ("level", TEXT, "name", "plan, operator or market"),
    ("name", TEXT, "name", "which plan or operator"), _FIGURE, _VALUE,
)  # fmt: skip
FIGHTING_BRANDS = columns(
    WORLD, SEED, ("entry", FLAG, "–", "whether the low-cost rival enters"),
    ("price_share", NUMBER, "share of 1", "the brand's price over the own plan's"),
    ("who", TEXT, "name", "who launches a brand"), _FIGURE, _VALUE,
)  # fmt: skip
PREDICTION = columns(
    WORLD, SEED, ("method", TEXT, "name", "what predicts who leaves"), _FIGURE,
    ("at", NUMBER, "–", "where on a curve: share, or tenth; 0 for single figures"), _VALUE,
)  # fmt: skip
PRICES = columns(
    SEED, MONTH, ("firm", TEXT, "name", "firm"), ("price", NUMBER, "money", "what it asks"),
    ("share", NUMBER, "share of 1", "what it sells"),
    ("reply", FLAG, "–", "whether the price is a reply, not a probe"),
)  # fmt: skip
EQUILIBRIUM_DEVIATIONS = columns(
    SEED, ("firm", TEXT, "name", "firm that deviates"),
    ("step", NUMBER, "scales", "how far from its price"),
    ("gain", NUMBER, "money", "what it earns more"),
)  # fmt: skip
SESSIONS = columns(
    ("session", WHOLE, "–", "session, from 0"),
    ("periods", WHOLE, "periods", "until it converged or was given up"),
    ("converged", FLAG, "–", "whether greedy prices were stable"),
    ("cycle_length", WHOLE, "periods", "length of the cycle of prices"),
    ("profit_gain", NUMBER, "share of 1", "0: Nash profits; 1: joint monopoly"),
    ("price_*", NUMBER, "money", "a firm's mean price over the cycle"),
    ("profit_*", NUMBER, "money", "a firm's mean profit over the cycle"),
)  # fmt: skip
LEARNT_DEVIATION = columns(
    ("session", WHOLE, "–", "session, from 0"), ("deviator", WHOLE, "–", "firm, from 1"),
    ("period", WHOLE, "periods", "0: before the deviation; 1: the deviation"),
    ("deviator_price", NUMBER, "money", "what it asks"),
    ("others_price", NUMBER, "money", "mean of the others"),
    ("deviation_gain", NUMBER, "share of 1", "what the deviation earns it, discounted"),
    ("returned", FLAG, "–", "whether prices came back"),
)  # fmt: skip
RECOVERY = columns(
    _CASE, SEED, _PARAMETER, ("unit", TEXT, "–", "of the next three"),
    ("planted", NUMBER, "see unit", "the truth"), ("estimate", NUMBER, "see unit", "what is found"),
    ("standard_error", NUMBER, "see unit", "of the estimate"),
    ("low", NUMBER, "see unit", "95 % interval"), ("high", NUMBER, "see unit", "95 % interval"),
    ("z", NUMBER, "standard errors", "estimate less truth"),
    ("covers", FLAG, "–", "whether the interval holds the truth"),
    ("wald_p", NUMBER, "share of 1", "of all parameters together"),
    ("situations", WHOLE, "–", "choices estimated from"),
)  # fmt: skip
TWIN_CHECK = columns(
    _CASE, SEED, ("quantity", TEXT, "name", "what is compared"),
    ("kind", TEXT, "name", "equal, or equal in the mean, or naive"),
    ("known", NUMBER, "the quantity's", "the truth"),
    ("reported", NUMBER, "the quantity's", "what the twins say"),
    ("standard_error", NUMBER, "the quantity's", "of the difference; missing: none"),
)  # fmt: skip
SBC = columns(
    ("replicate", WHOLE, "–", "planted truth, from 0"), _PARAMETER,
    ("truth", NUMBER, "the parameter's", "what was planted"),
    ("mean", NUMBER, "the parameter's", "of the posterior"),
    ("sd", NUMBER, "the parameter's", "of the posterior"),
    ("low_50", NUMBER, "the parameter's", "50 % interval"),
    ("high_50", NUMBER, "the parameter's", "50 % interval"),
    ("low_90", NUMBER, "the parameter's", "90 % interval"),
    ("high_90", NUMBER, "the parameter's", "90 % interval"),
    ("rank", WHOLE, "–", "of the truth among the draws"),
    ("rank_unadjusted", WHOLE, "–", "the same before regression adjustment"),
)  # fmt: skip
ENSEMBLE = columns(
    ("weight", NUMBER, "share of 1", "of the member"),
    ("*", NUMBER, "the range's", "a member's value of each range path"),
)  # fmt: skip
_FORECAST = (
    _OPERATOR, ("region", TEXT, "name", "region"), ("metric", TEXT, "name", "what was published"),
    ("start", WHOLE, "month", "first month it is about: year × 12 + month − 1"),
    ("end", WHOLE, "month", "last month it is about"),
    ("end_share", NUMBER, "share of 1", "of the last month"),
    ("kind", TEXT, "name", "stock or flow"), ("value", NUMBER, "the metric's", "what was observed"),
    ("source", TEXT, "–", "who published it"), ("verified", TEXT, "–", "how it was checked"),
    ("published_as", TEXT, "–", "in whose words"), ("file", TEXT, "–", "where it stands"),
    ("line", WHOLE, "–", "and in which line"),
    *((name, NUMBER, "the metric's", "quantile of the draws")
      for name in ("low90", "low50", "median", "high50", "high90")),
    ("draws", WHOLE, "–", "members × seeds behind it"),
    ("error", NUMBER, "the metric's", "median less observed"),
    ("crps", NUMBER, "the metric's", "continuous ranked probability score"),
    ("pit_low", NUMBER, "share of 1", "the observed stands among the draws from here"),
    ("pit_high", NUMBER, "share of 1", "to here"),
    ("interval50", NUMBER, "the metric's", "interval score of the 50 % interval"),
    ("interval90", NUMBER, "the metric's", "interval score of the 90 % interval"),
    ("in50", FLAG, "–", "observed within the 50 % interval"),
    ("in90", FLAG, "–", "observed within the 90 % interval"),
    ("in50_alone", FLAG, "–", "within the ensemble's own 50 % interval, nothing learnt elsewhere"),
    ("in90_alone", FLAG, "–", "within the ensemble's own 90 % interval, nothing learnt elsewhere"),
    ("no_change", NUMBER, "the metric's", "naive forecast"),
    ("trend", NUMBER, "the metric's", "naive forecast"),
    *((f"{score}_{name}", NUMBER, "the metric's", "of the naive forecast's band")
      for name in ("no_change", "trend") for score in ("crps", "interval90")),
    ("scope", TEXT, "name", "nation or regions"),
)  # fmt: skip
_SCORES = (
    ("scope", TEXT, "name", "nation or regions"), ("metric", TEXT, "name", "what was published"),
    _OPERATOR, ("figures", WHOLE, "–", "published"), ("n", WHOLE, "–", "with a prediction"),
    ("mae", NUMBER, "the metric's", "mean absolute error"),
    ("rmse", NUMBER, "the metric's", "root mean squared error"),
    ("bias", NUMBER, "the metric's", "mean error"),
    ("mape", NUMBER, "share of 1", "mean absolute error over observed"),
    ("n_mape", WHOLE, "–", "figures behind it"),
    ("crps", NUMBER, "the metric's", "continuous ranked probability score"),
    ("inside50", WHOLE, "–", "figures within the 50 % interval"),
    ("coverage50", NUMBER, "share of 1", "the same as a share"),
    ("interval50", NUMBER, "the metric's", "mean interval score of the 50 % interval"),
    ("inside90", WHOLE, "–", "figures within the 90 % interval"),
    ("coverage90", NUMBER, "share of 1", "the same as a share"),
    ("interval90", NUMBER, "the metric's", "mean interval score of the 90 % interval"),
    ("n_common", WHOLE, "–", "figures that naive forecasts predict too"),
    ("mae_common", NUMBER, "the metric's", "over those"),
    ("inside90_alone", WHOLE, "–", "figures within the ensemble's own 90 % interval"),
    *((f"{score}_{whose}", NUMBER, "the metric's", "over those that naive forecasts predict too")
      for score in ("crps", "interval90") for whose in ("common", "no_change", "trend")),
    ("mae_no_change", NUMBER, "the metric's", "of the naive forecast"),
    ("skill_no_change", NUMBER, "–", "1 − mean absolute error over the naive one's"),
    ("mae_trend", NUMBER, "the metric's", "of the naive forecast"),
    ("skill_trend", NUMBER, "–", "1 − mean absolute error over the naive one's"),
)  # fmt: skip
_NOT_PREDICTED = (
    ("file", TEXT, "–", "where figures stand"), ("metric", TEXT, "name", "what was published"),
    _OPERATOR, ("region", TEXT, "name", "region"), ("reason", TEXT, "–", "why they are set aside"),
    ("rows", WHOLE, "–", "how many"),
)  # fmt: skip
BACKTEST = {
    "figures": columns(*_FORECAST, ("phase", TEXT, "name", "before or after the event")),
    "paths": columns(*_FORECAST),
    "scores": columns(*_SCORES),
    "not_predicted": columns(*_NOT_PREDICTED),
    "errors": columns(
        ("market", TEXT, "name", "that was forecast"),
        ("forecast", TEXT, "name", "model, no_change or trend"),
        ("metric", TEXT, "name", "what was published"),
        ("years", NUMBER, "years", "ahead"),
        ("error", NUMBER, "log, log odds or thousandths", "observed less median"),
        ("spread", NUMBER, "the same", "standard deviation of the forecast itself"),
    ),
}

_SITUATION = (
    ("situation", WHOLE, "–", "choice situation, from 0"),
    ("operator", TEXT, "name", "who offers"), ("plan", TEXT, "name", "what is offered"),
)  # fmt: skip
CHOICES = columns(
    *_SITUATION, ("account", WHOLE, "–", "who chooses"), MONTH,
    ("segment", TEXT, "name", "customer segment"), ("region", TEXT, "name", "region"),
    ("income", NUMBER, "relative", "the region's, 1: the country's"),
    ("lines", WHOLE, "lines", "of the account"),
    ("tenure_months", WHOLE, "months", "with the present operator"),
    ("contract_left", WHOLE, "months", "of the present contract"),
    ("points_lost", WHOLE, "points", "by going"),
    *((name, NUMBER, unit, meaning) for name, unit, meaning in (
        ("usual_gb", "GB a line", "usual traffic"),
        ("satisfaction", "0 to 1", "with the present operator"),
        ("reference_yuan", "yuan", "the bill one is used to"),
        ("price_yuan", "yuan", "of the whole account"),
        ("above_reference_yuan", "yuan", "over what one is used to"),
        ("allowance_gb", "GB a line", "data included"),
        ("overage_yuan", "yuan", "expected payment beyond"),
        ("given_up_gb", "GB", "expected data given up"),
        ("quality", "0 to 1", "felt network quality"),
        ("friends_share", "share of 1", "friends with the operator"),
        ("exit_fee_yuan", "yuan", "once, of the whole account"),
        ("welcome_yuan", "yuan", "newcomer's discount over the horizon"),
        ("promised_yuan", "yuan", "money that campaigns add"),
        ("promised_gb", "GB a line", "data that campaigns add"),
        ("promised_care", "0 to 1", "care that campaigns add"),
    )),
    ("with_*", WHOLE, "0 or 1", "comes with a partner's service"),
    ("promised_*", WHOLE, "0 or 1", "a campaign promises a partner's service"),
    ("owns_*", WHOLE, "0 or 1", "the account buys a partner's service itself"),
    ("available", WHOLE, "0 or 1", "always 1: what was not compared is not listed"),
    *((name, WHOLE, "0 or 1", meaning) for name, meaning in (
        ("looked", "looked around; 0: compares only what was promised"),
        ("saved", "stayed for the save desk although another offer was best"),
        ("is_current_plan", "is on it"), ("is_current_operator", "is with the operator"),
        ("has_number", "has a second SIM there"), ("moves_broadband", "broadband would move"),
        ("chosen", "is what was taken"),
    )),
)  # fmt: skip
UTILITIES = columns(
    *_SITUATION, ("utility_yuan", NUMBER, "yuan", "the truth but for the shock"),
    ("shock_yuan", NUMBER, "yuan", "logit scale × Gumbel"),
)  # fmt: skip
TASTES = columns(
    ("account", WHOLE, "–", "who"),
    ("*", NUMBER, "yuan", "a lasting taste: liking of an operator, worth of a service, scales"),
)  # fmt: skip

PILOT_WORLDS = columns(
    ("world", WHOLE, "–", "draw of what nobody knows, from 0"),
    ("extended", FLAG, "–", "whether read at the end of the extension"),
    ("effect", NUMBER, "share of 1", "what the pilot would show there, relative"),
    ("going_on_yuan", NUMBER, "yuan", "what rolling out brings there beyond stopping"),
    ("now_yuan", NUMBER, "yuan", "what a launch everywhere now brings there"),
)
PILOT_REGIONS = columns(
    ("region", TEXT, "name", "region"),
    ("pilot", FLAG, "–", "whether the pilot is held there"),
    ("lines", NUMBER, "lines", "own lines without any option, mean over the horizon"),
)
PILOT_DESIGNS = columns(
    ("regions", TEXT, "names", "pilot regions, joined by `+`"),
    ("choice", TEXT, "name", "how they are chosen"),
    ("customers_per_group", WHOLE, "customers", "in each of two groups; 0: whole regions"),
    ("lines_share", NUMBER, "share of 1", "of own lines, in them"),
    ("months", WHOLE, "months", "from the launch"),
    ("window", TEXT, "name", "which months count: `whole`, or the `last_quarter`"),
    ("measure", TEXT, "name", "what is measured"),
    ("estimator", TEXT, "name", "how"),
    ("effect", NUMBER, "share of 1", "to be seen, relative, mean over worlds"),
    ("error", NUMBER, "share of 1", "standard deviation of the estimate without an effect"),
    ("power", NUMBER, "share of 1", "pilots that find it at 5 %"),
    ("false_positive_rate", NUMBER, "share of 1", "pilots without an effect that find one"),
    ("tells", NUMBER, "–", "correlation across worlds with the final value"),
    ("probability_right", NUMBER, "share of 1", "of the decision"),
    ("false_go_yuan", NUMBER, "yuan", "expected loss by going on wrongly"),
    ("false_stop_yuan", NUMBER, "yuan", "expected loss by stopping wrongly"),
    ("cost_yuan", NUMBER, "yuan", "spend, what is given away, delay, what rivals learn"),
    ("value_yuan", NUMBER, "yuan", "beyond the better of deciding now and waiting"),
)

STUDY_TABLES: dict[str, TableSchema] = {
    "choices/choices": CHOICES,
    "choices/truth_utilities": UTILITIES,
    "choices/truth_tastes": TASTES,
    "facts/facts": FACTS,
    "elasticities/elasticities": ELASTICITIES,
    "fighting_brands/fighting_brands": FIGHTING_BRANDS,
    "prediction/prediction": PREDICTION,
    "equilibrium/prices": PRICES,
    "equilibrium/deviations": EQUILIBRIUM_DEVIATIONS,
    "pilot/pilot_worlds": PILOT_WORLDS,
    "pilot/pilot_regions": PILOT_REGIONS,
    "pilot/pilot_designs": PILOT_DESIGNS,
    "q_learning/sessions": SESSIONS,
    "q_learning/deviation": LEARNT_DEVIATION,
    "recovery/recovery": RECOVERY,
    "twin_check/twin_check": TWIN_CHECK,
    "ensemble/ensemble": ENSEMBLE,
    "sbc/sbc": SBC,
    **{f"backtest/{name}": schema for name, schema in BACKTEST.items()},
}
"""By experiment and file."""

__all__ = ["BACKTEST", "STUDY_TABLES"]
