"""The page of parameters is what the configuration says, and says something about every value."""

from pathlib import Path

import pytest

from experiments.report.parameters_doc import CONF, PAGE, page, read_parameters
from strategies.registry import TEXTS

FILES = sorted(
    path
    for group in ("market", "unknowns", "rival", "strategy", "experiment")
    for path in (CONF / group).glob("*.yaml")
)


def test_the_committed_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize(
    "path", [*FILES, CONF / "config.yaml"], ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_every_value_has_a_source(path: Path) -> None:
    silent = [
        p.name
        for p in read_parameters(path)
        if not p.source and p.path[-1] not in {"kind", "name", *TEXTS}
    ]
    assert not silent, f"no `# unit | source` beside: {', '.join(silent)}"


def test_the_page_tells_limits_ranges_and_meaning() -> None:
    text = page()
    row = next(line for line in text.splitlines() if line.startswith("| `hassle_yuan`"))
    assert "each number, ≥ 0" in row
    assert "× 0.5 to 1.7" in row
    depth = next(line for line in text.splitlines() if line.startswith("| `depth`"))
    assert "number, ≥ 0, &lt; 1" in depth
    assert "Share of the price that is cut." in depth


def test_one_comment_holds_for_a_whole_record(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  b: {x: 1, y: [2, 3]}  # yuan | CN1: a note\n  c: 4\n", encoding="utf-8")
    first, second = read_parameters(path)
    assert (first.name, first.value, first.unit, first.source) == (
        "a.b",
        "x 1, y 2, 3",
        "yuan",
        "CN1: a note",
    )
    assert (second.name, second.source) == ("a.c", "")
