"""Dynamics against closed forms: Bass diffusion, constant hazard, Markov switching."""

from typing import Any

import numpy as np
import pytest

from agents.behaviour.settings import BySegment
from agents.life_cycle import LifeCycleSettings
from agents.market import Market
from agents.population import ColumnPopulation
from agents.reference import reference_market
from agents.settings import CalibrationSettings, MarketSettings
from agents.textbook import TextbookMarket
from experiments.measures.kpis import kpis_of
from experiments.studies.bench.vectorised import VectorisedPopulation
from sim.vocabulary import Measure

LOOK = 0.12


def with_(settings: MarketSettings, **changes: Any) -> MarketSettings:
    """The market with other behaviour, friends or calibration."""
    behaviour = {k: v for k, v in changes.items() if k in type(settings.behaviour).model_fields}
    people = {k: v for k, v in changes.items() if k in type(settings.population).model_fields}
    update: dict[str, Any] = {
        "behaviour": settings.behaviour.model_copy(update=behaviour),
        "population": settings.population.model_copy(update=people),
    }
    if "calibration" in changes:
        update["calibration"] = changes["calibration"]
    assert set(changes) == {*behaviour, *people, *({"calibration"} & set(changes))}
    return settings.model_copy(update=update)


def textbook(**values: Any) -> TextbookMarket:
    base = {"quality": [1.0, 1.3], "cost": [0.5, 0.4], "outside": 0.0, "scale": 0.5}
    return TextbookMarket.model_validate(base | values)


# --- adoption -------------------------------------------------------------------------------------

INNOVATION, IMITATION = 0.03, 0.38  # Bass's p and q; averages of Sultan, Farley & Lehmann 1990


def new_product(**changes: Any) -> MarketSettings:
    """A product that everybody would take who hears of it, and that nobody has at the start.

    People look with chance p + q; who looks has heard of it with chance p / (p + q), or from
    somebody met this month who has it: a hazard of p + q·F, F being the share that has it.
    """
    look = INNOVATION + IMITATION
    liked = CalibrationSettings(
        appeal_yuan={"firm_1": 50_000.0, "outside": 0.0},
        birth_appeal_yuan={"firm_1": -50_000.0, "outside": 0.0},
    )
    awareness = {"look_base": look, "transparency": INNOVATION / look, "acquaintances": 1}
    alone = textbook(quality=[1.0], cost=[0.5])
    return with_(alone.market(), calibration=liked, **(awareness | changes))


def adopters(market: Market, months: int) -> np.ndarray:
    market.run(months)
    return np.array([t[0, 0, :, Measure.LINES].sum() for t in market.tallies]) / len(
        market.population
    )


def bass(months: int, p: float, q: float) -> np.ndarray:
    """Shares of adopters by month: Bass 1969, in the discrete form in which he estimated it."""
    shares = [0.0]
    for _ in range(months):
        shares.append(shares[-1] + (1.0 - shares[-1]) * (p + q * shares[-1]))
    return np.array(shares[1:])


@pytest.mark.parametrize("seed", [1, 2])
def test_adoption_by_innovation_and_word_of_mouth_follows_the_bass_curve(seed: int) -> None:
    n = 100_000
    simulated = adopters(Market(new_product(), n, seed), 25)
    expected = bass(25, INNOVATION, IMITATION)
    # Early chance is amplified while adoption takes off, by less than three times.
    error = 3.0 * np.sqrt(expected * (1.0 - expected) / n)
    assert (np.abs(simulated - expected) <= 4.0 * error + 1.0 / n).all()
    assert np.argmax(np.diff(simulated)) == np.argmax(np.diff(expected)), "the peak's month"


def test_without_word_of_mouth_adoption_is_exponential() -> None:
    n = 60_000
    simulated = adopters(Market(new_product(acquaintances=0), n, 1), 20)
    expected = 1.0 - (1.0 - INNOVATION) ** np.arange(1, 21)
    assert (np.abs(simulated - expected) < 4.5 * np.sqrt(expected * (1 - expected) / n)).all()
    assert bass(20, INNOVATION, IMITATION)[-1] > expected[-1] + 0.4


def test_friends_for_life_spread_news_more_slowly_by_the_exact_curve_of_the_circle() -> None:
    # One friend for life, one's neighbour: Fibich & Gibori (2010) solve the one-sided circle. With
    # [k] the chance that k neighbours in a row have not adopted, the k-th turns to a stranger:
    # [k]' = (1 - p)^(k - 1)·((1 - p)·[k + 1] + (1 - p - q)·([k] - [k + 1])).
    p, q, months = INNOVATION, IMITATION, 20
    rows = np.ones(months + 2)
    expected: list[float] = []
    for _ in range(months):
        k = np.arange(1, len(rows))
        rows = (1 - p) ** (k - 1) * ((1 - p) * rows[1:] + (1 - p - q) * (rows[:-1] - rows[1:]))
        expected.append(1.0 - rows[0])
    n = 100_000
    simulated = adopters(Market(new_product(acquaintances=0, friends=1), n, 1), months)
    curve = np.array(expected)
    assert (np.abs(simulated - curve) < 4.5 * 2.0 * np.sqrt(curve * (1 - curve) / n)).all()
    assert (bass(months, p, q) - curve).max() > 0.2, "and far from Bass's mean field"


@pytest.mark.parametrize("acquaintances", [1, 3])
def test_acquaintances_are_the_same_in_engine_reference_and_numpy(
    acquaintances, restless, traced, same
) -> None:
    # The vectorised population knows nothing of lines that lapse.
    chosen = restless.model_copy(update={"life_cycle": LifeCycleSettings()})
    settings = with_(chosen, acquaintances=acquaintances)
    engine = Market(settings, 250, seed=4).run(2).fork({})
    reference = reference_market(settings, 250, seed=4).run(2).fork({})
    arrays = engine.fork({})
    assert isinstance(arrays.population, ColumnPopulation)
    arrays.population = VectorisedPopulation(arrays.population.columns())
    arrays.run(3)
    ours = traced(engine, 3)
    same(ours, traced(reference, 3))
    where = arrays.population.columns().offer == engine.population.columns().offer
    assert where.mean() > 0.99
    lonely = Market(with_(restless, acquaintances=0), 250, seed=4).run(5)
    assert (lonely.population.columns().offer != engine.population.columns().offer).any()


# --- constant hazard ------------------------------------------------------------------------------


def test_a_constant_hazard_gives_geometric_tenure() -> None:
    t = textbook()
    n, months = 60_000, 40
    market = Market(with_(t.market(), look_base=LOOK), n, 5).run(1)
    inside = t.logit().shares(t.start)
    for firm in range(2):
        hazard = LOOK * (1.0 - inside[firm])
        fork = market.fork({})
        mine = fork.book.table().rows[fork.population.columns().offer].operator == firm
        left: list[float] = []
        stayed = now = mine.copy()
        for _ in range(months):
            fork.run(1)
            now = fork.book.table().rows[fork.population.columns().offer].operator == firm
            stayed &= now
            left.append(float(stayed.sum()))
        survival = (1.0 - hazard) ** np.arange(1, months + 1)
        error = np.sqrt(survival * (1.0 - survival) / mine.sum())
        assert (np.abs(np.array(left) / mine.sum() - survival) < 4.5 * error).all()
        # And so the columns say: of those who are there, tenure since they came is geometric.
        tenure = fork.population.columns().tenure_months
        came = np.bincount(tenure[now & (tenure < months)], minlength=months)[:months]
        geometric = hazard * (1.0 - hazard) ** np.arange(months)
        scatter = np.sqrt(geometric * now.sum())
        assert (np.abs(came - geometric * now.sum()) < 5.0 * scatter + 5.0).all()


def test_a_customer_is_worth_the_textbooks_lifetime_value() -> None:
    # A margin m a month, paid at the month's end while the customer stays with chance r, discounted
    # at d: m / (1 + d - r) (Gupta & Lehmann 2003, the first payment being this month's).
    t = textbook()
    n, months, discount = 30_000, 150, 0.015
    market = Market(with_(t.market(), look_base=LOOK), n, 6).run(1)
    firm = 0
    mine = market.book.table().rows[market.population.columns().offer].operator == firm
    stayed = mine.copy()
    cost_fen = round(t.cost[firm] * t.yuan_per_unit * 100)
    worth = np.zeros(n)
    for month in range(months):
        if month:
            market.run(1)
        now = market.book.table().rows[market.population.columns().offer].operator
        stayed &= now == firm
        paid = market.population.record.main_fen - cost_fen
        worth += np.where(stayed, paid, 0) / (1.0 + discount) ** (month + 1)
    worth = worth[mine] / (100.0 * t.yuan_per_unit)
    retention = 1.0 - LOOK * (1.0 - float(t.logit().shares(t.start)[firm]))
    margin = t.start[firm] - t.cost[firm]
    expected = margin / (1.0 + discount - retention)
    assert worth.mean() == pytest.approx(expected, abs=4.5 * worth.std() / np.sqrt(len(worth)))
    assert worth.std() / np.sqrt(len(worth)) < 0.02 * expected
    # The product's own indicator says the same, from the books alone.
    yearly = (1.0 + discount) ** 12 - 1.0
    fresh = with_(t.market(), look_base=LOOK).model_copy(update={"discount_yearly": yearly})
    told = kpis_of(Market(fresh, n, 6).run(24), "firm_1", 1)["ltv_yuan"] / t.yuan_per_unit
    assert told == pytest.approx(expected, rel=0.02)


# --- a Markov market ------------------------------------------------------------------------------


@pytest.mark.parametrize("hassle", [0.0, 0.4])
def test_switching_is_the_known_markov_chain_with_its_stationary_shares(hassle: float) -> None:
    t = textbook(quality=[1.0, 1.3, 0.7], cost=[0.5, 0.4, 0.2])
    n = 60_000
    yuan = hassle * t.yuan_per_unit
    same = BySegment.model_validate(dict.fromkeys(BySegment.model_fields, yuan))
    market = Market(with_(t.market(), look_base=3 * LOOK, hassle_yuan=same), n, 7).run(60)
    # Who looks chooses by logit, the present operator ahead by the hassle; the others stay.
    u = (np.append(np.array(t.quality) - t.start, 0.0) - hassle) / t.scale
    rows = np.exp(u + np.eye(4) * hassle / t.scale)
    chain = (1 - 3 * LOOK) * np.eye(4) + 3 * LOOK * rows / rows.sum(axis=1, keepdims=True)
    values, vectors = np.linalg.eig(chain.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary /= stationary.sum()
    if hassle == 0:
        inside = t.logit().shares(t.start)
        assert stationary == pytest.approx(np.append(inside, 1.0 - inside.sum()))
    lines = np.array([m[:, 0, :, Measure.LINES].sum(axis=1) for m in market.tallies]).astype(float)
    moves = np.array(market.moves[1:]).sum(axis=0).astype(float)
    exposed = lines[:-1].sum(axis=0)
    found = moves / exposed[:, None]
    off = ~np.eye(4, dtype=bool)
    error = np.sqrt(chain / exposed[:, None])
    assert (np.abs(found - chain)[off] < 4.5 * error[off]).all()
    # Averages of a chain's months are worth fewer independent ones, by its relaxation time.
    second = np.sort(np.abs(values))[-2]
    late = lines[20:] / n
    spread = np.sqrt(stationary * (1 - stationary) / n * (1 + second) / (1 - second) / len(late))
    assert (np.abs(late.mean(axis=0) - stationary) < 4.5 * spread).all()
