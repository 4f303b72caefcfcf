"""All checks by name, in the order of the page."""

from experiments.validation import evidence, theory
from experiments.validation.run import Check

TESTS = ("tests/test_closed_forms.py", "tests/test_textbook_dynamics.py")

_EQUILIBRIUM = ("experiment=equilibrium", "market=textbook")
_TINY = ("subscribers=2000", "seeds=1")

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
        "q_learning",
        "Firms that learn to price (Calvano et al. 2020)",
        ("experiment=q_learning", "experiment.sessions=1000"),
        theory.q_learning,
        ("experiment.sessions=4",),
    ),
    Check(
        "backtest_france",
        "France 2012–14: Free Mobile",
        ("experiment=backtest", "market=france_2012"),
        evidence.backtest,
        (*_TINY, "worlds=2"),
    ),
    Check(
        "backtest_india",
        "India 2016–18: Reliance Jio",
        ("experiment=backtest", "market=india_2016"),
        evidence.backtest,
        ("subscribers=3000", "worlds=2"),
    ),
    Check(
        "backtest_usa",
        "United States 2013–16: the Un-carrier",
        ("experiment=backtest", "market=usa_2013"),
        evidence.backtest,
        (*_TINY, "worlds=2"),
    ),
)

GROUPS = (
    (
        "1. Closed forms",
        ("closed_forms", "equilibrium_two", "equilibrium_unlike", "equilibrium_six"),
    ),
    ("2. Recoveries", ("recovery", "twin_check", "sbc")),
    ("3. Other people's results", ("q_learning", "elasticities", "fighting_brands")),
    ("4. History", ("backtest_india", "backtest_france", "backtest_usa")),
    ("5. Stylised facts", ("facts",)),
)
