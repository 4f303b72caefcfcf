"""A small question gives what it gave: what moved is said by arm, operator and KPI."""

import copy

from baseline import Moved, kept, moved, worked_out


def test_nothing_has_moved_that_is_not_in_the_changelog() -> None:
    changed = [str(one) for one in moved(kept(), worked_out())]
    assert not changed, "\n".join(
        [
            f"{len(changed)} figures moved. If that was meant: `make baseline`, and say in "
            "CHANGELOG.md what moved and why.",
            *changed[:40],
        ]
    )


def test_what_moved_is_said_by_name_and_size() -> None:
    before = kept()
    arm, operator = next(iter(before)), "china_unicom"
    kpis = before[arm][operator]
    after = copy.deepcopy(before)
    after[arm][operator] |= {"share": kpis["share"] * 1.1, "arpu_yuan": kpis["arpu_yuan"] + 1e-12}
    del after[arm][operator]["churn_rate"]
    after[arm][operator]["happiness"] = 3.0
    found = list(moved(before, after))
    assert {one.kpi for one in found} == {"share", "churn_rate", "happiness"}
    said = " | ".join(map(str, found))
    assert "hold: china_unicom.share" in said
    assert "(+10.000%)" in said
    assert "churn_rate is gone" in said
    assert "happiness is new: 3" in said


def test_a_figure_that_was_zero_has_no_relative_change() -> None:
    assert str(Moved("a", "b", "c", 0.0, 1.0)) == "a: b.c 0 → 1"
