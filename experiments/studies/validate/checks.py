"""All checks by name, in the order of the page."""

from experiments.studies.validate import evidence, theory
from experiments.studies.validate.run import Check

TESTS = (
    "tests/test_closed_forms.py",
    "tests/test_textbook_dynamics.py",
    "tests/test_equilibrium.py",
)

_EQUILIBRIUM = ("experiment=equilibrium", "market=textbook")
_TINY = ("subscribers=2000", "seeds=1")


def _history(name: str, title: str, market: str, *small: str) -> Check:
    """A market of history; `small`: sizes of the trial, where they are not the usual ones."""
    asked = ("experiment=backtest", f"market={market}")
    return Check(
        f"backtest_{name}", title, asked, evidence.backtest, (*(small or _TINY), "worlds=2")
    )


CHECKS = (
    Check("closed_forms", "Closed forms in the test suite", TESTS, theory.tests),
    Check(
        "equilibrium_two",
        "Bertrand–Nash prices of two equal firms",
        (
            *_EQUILIBRIUM,
            "market.quality=[2,2]",
            "market.cost=[1,1]",
            "market.outside=0",
            "market.scale=0.25",
        ),
        theory.equilibrium,
        _TINY,
    ),
    Check(
        "equilibrium_unlike",
        "Bertrand–Nash prices of three unlike firms",
        (
            *_EQUILIBRIUM,
            "market.quality=[2,2.3,1.6]",
            "market.cost=[1,1.2,0.7]",
            "market.outside=0.2",
            "market.scale=0.3",
            "market.price=[3,1.3,2]",
        ),
        theory.equilibrium,
        _TINY,
    ),
    Check(
        "equilibrium_six",
        "Bertrand–Nash prices of six firms",
        (
            *_EQUILIBRIUM,
            "market.quality=[2,2,2,2,2,2]",
            "market.cost=[1,1,1,1,1,1]",
            "market.outside=0",
            "market.scale=0.25",
        ),
        theory.equilibrium,
        _TINY,
    ),
    Check(
        "recovery",
        "Planted tastes, estimated by somebody else's library",
        ("experiment=recovery",),
        theory.recovery,
        ("seeds=2", "experiment.cases=[tastes]", "subscribers=600"),
    ),
    Check(
        "twin_check",
        "Campaigns of known effect, and what the twins report",
        ("experiment=twin_check",),
        theory.twin_check,
        ("seeds=2", "subscribers=600"),
    ),
    Check(
        "sbc",
        "The calibrated ensemble covers what it says",
        ("experiment=sbc", "market=duopoly"),
        theory.sbc,
        ("experiment.replicates=6", "experiment.pilot=150", "experiment.particles=60"),
    ),
    Check(
        "q_learning",
        "Firms that learn to price (Calvano et al. 2020)",
        ("experiment=q_learning", "experiment.sessions=1000"),
        theory.q_learning,
        ("experiment.sessions=4",),
    ),
    Check(
        "elasticities",
        "Elasticities beside the literature's",
        ("experiment=elasticities",),
        evidence.elasticities,
        (*_TINY, "experiment.at_months=[1,12]"),
    ),
    Check(
        "fighting_brands",
        "Low-cost brands before and after entry (Bourreau, Sun & Verboven 2021)",
        ("experiment=fighting_brands",),
        evidence.fighting_brands,
        ("subscribers=2000", "seeds=2", "months=12", "experiment.brand_price_shares=[0.6]"),
    ),
    _history("france", "France 2012–14: Free Mobile", "france_2012"),
    _history("india", "India 2016–18: Reliance Jio", "india_2016", "subscribers=3000"),
    _history("usa", "United States 2013–16: the Un-carrier", "usa_2013"),
    _history("israel", "Israel 2012–14: Golan Telecom and Hot Mobile", "israel_2012"),
    _history("austria", "Austria 2015–18: HoT", "austria_2015"),
    Check(
        "facts",
        "Stylised facts of the calibrated market",
        ("experiment=facts",),
        evidence.facts,
        ("subscribers=3000", "seeds=2", "experiment.facts=[]"),
    ),
)

GROUPS = (
    (
        "1. Closed forms",
        ("closed_forms", "equilibrium_two", "equilibrium_unlike", "equilibrium_six"),
    ),
    ("2. Recoveries", ("recovery", "twin_check", "sbc")),
    ("3. Other people's results", ("q_learning", "elasticities", "fighting_brands")),
    (
        "4. History",
        (
            "backtest_india",
            "backtest_france",
            "backtest_usa",
            "backtest_israel",
            "backtest_austria",
        ),
    ),
    ("5. Stylised facts", ("facts",)),
)
