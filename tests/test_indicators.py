"""Each KPI is declared once, and whatever computes or documents one agrees with that."""

from agents.market import Market
from experiments.measures.indicators import BY_NAME, DIMENSIONS, KPIS, on_scorecard
from experiments.measures.kpis import kpis_of
from experiments.report.kpis_doc import PAGE, with_list


def test_names_and_labels_are_unique() -> None:
    for values in ([k.name for k in KPIS], [k.label for k in KPIS], [k.label_zh for k in KPIS]):
        assert len(set(values)) == len(KPIS)
    assert [*BY_NAME] == [kpi.name for kpi in KPIS]


def test_every_dimension_has_indicators_and_none_stands_in_two() -> None:
    shown = [kpi for dimension in DIMENSIONS for kpi in on_scorecard(dimension)]
    assert len(set(shown)) == len(shown)
    assert all(on_scorecard(dimension) for dimension in DIMENSIONS)
    assert {kpi for kpi in KPIS if kpi.dimension} == set(shown)


def test_money_is_named_by_its_unit_and_nothing_else_is() -> None:
    for kpi in KPIS:
        assert (kpi.quantity == "money") == kpi.name.endswith("_yuan") == ("yuan" in kpi.unit)


def test_what_is_declared_is_what_is_computed(china) -> None:
    market = Market(china(), 300, 1).run(3)
    values = kpis_of(market, next(iter(market.settings.operators)), 1)
    assert [*values] == [kpi.name for kpi in KPIS]


def test_the_page_lists_what_is_declared() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_list(page) == page, "run `make docs`"
