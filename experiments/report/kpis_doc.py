"""Writes the list of KPIs in `docs/kpis.md` from their declaration (`make docs`)."""

from experiments.measures.indicators import DIMENSIONS, KPIS, on_scorecard
from experiments.paths import ROOT

PAGE = ROOT / "docs" / "kpis.md"
BEGIN = "<!-- written by `make docs` from experiments/measures/indicators.py -->"
END = "<!-- end of what `make docs` writes -->"


def kpi_list() -> str:
    """The table of all KPIs, which are better when lower, and the scorecard's dimensions."""
    lines = [
        "| KPI | in reports | 中文 | unit | over | definition | read from |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{k.name}` | {k.label} | {k.label_zh} | {k.unit} | {k.period} | {k.formula} | "
        f"{k.source} |"
        for k in KPIS
    ]
    lower = [f"`{kpi.name}`" for kpi in KPIS if kpi.better == "lower"]
    neither = [f"`{kpi.name}`" for kpi in KPIS if kpi.better == "neither"]
    groups = [
        f"{dimension.name} {dimension.label_zh} "
        f"({', '.join(kpi.label for kpi in on_scorecard(dimension))})"
        for dimension in DIMENSIONS
    ]
    lines += [
        "",
        f"Lower is better for {', '.join(lower[:-1])} and {lower[-1]}, neither way for "
        f"{', '.join(neither)}; higher for all others.",
        f"The scorecard groups them: {'; '.join(groups)}.",
    ]
    return "\n".join(lines) + "\n"


def with_list(page: str) -> str:
    """The page with its list of KPIs up to date.

    Raises:
        ValueError: the page lacks one of the two marks between which the list stands.
    """
    before, _, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END)
    if not old:
        raise ValueError(f"{PAGE.name} lacks the marks '{BEGIN}' and '{END}'")
    return f"{before}{BEGIN}\n{kpi_list()}{END}{after}"


def main() -> None:
    """Bring the page up to date."""
    PAGE.write_text(with_list(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
