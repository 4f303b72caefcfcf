"""`docs/validation.md`: what was checked, what came out, and by which command."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.runs.files import write_atomically, write_bytes
from experiments.studies.validate.result import CheckResult

_HEAD = """\
# Validation

Written by `make validate`; not edited by hand. Every line below could have come out otherwise, and
the command beside it does it again. *Holds* and *fails* are judged against a criterion that stands
in the code of the check; *shown* is a figure that has none. The closed forms run with `make test`
as well; what a coin's throw decides (intervals that cover, say) is judged by what chance allows.
"""


@dataclass(frozen=True)
class Section:
    """A check and what came of it."""

    name: str
    title: str
    arguments: tuple[str, ...]
    folder: Path
    told: CheckResult | None
    error: str = ""


def write_page(
    sections: Sequence[Section],
    groups: Sequence[tuple[str, Sequence[str]]],
    to: Path,
    remark: str = "",
) -> None:
    """Write the page, and copy its pictures beside it.

    Args:
        sections: all checks that were asked for.
        groups: headings of the page and the names of the checks below each.
        remark: what a reader must know before all else; empty: nothing.
        to: the page; pictures go to `images/validation` in its folder.
    """
    known = {section.name: section for section in sections}
    images = to.parent / "images" / "validation"
    images.mkdir(parents=True, exist_ok=True)
    lines = [_HEAD, *([f"**{remark}**", ""] if remark else []), *_overview(sections), ""]
    for heading, names in groups:
        parts = [known[name] for name in names if name in known]
        if parts:
            lines += [f"## {heading}", ""]
        for section in parts:
            lines += [*_section(section, images), ""]
    write_atomically(to, "\n".join(lines).rstrip() + "\n")


def _overview(sections: Sequence[Section]) -> Iterator[str]:
    results = [section.told for section in sections if section.told]
    rows = [row for one in results for row in one.rows]
    count = {word: sum(row.verdict == word for row in rows) for word in ("holds", "fails", "shown")}
    broken = [section.name for section in sections if section.told is None]
    yield (
        f"**{count['holds']} hold, {count['fails']} fail, {count['shown']} are shown without a "
        f"mark.**" + (f" Could not be run: {', '.join(broken)}." if broken else "")
    )
    if count["fails"]:
        yield ""
        yield "What fails:"
    for section in sections:
        failing = (
            [row for row in section.told.rows if row.verdict == "fails"] if section.told else []
        )
        if failing:
            yield ""
            yield f"*{section.title}*"
            yield ""
        for row in failing:
            yield f"- {row.claim}: expected {row.expected}, measured {row.measured}"


def _section(section: Section, images: Path) -> Iterator[str]:
    yield f"### {section.title}"
    yield ""
    tests = section.arguments[0].startswith("tests/")
    program = "python -m pytest" if tests else "counterplay"
    yield f"```\n{program} {shlex.join(section.arguments)}\n```"
    yield ""
    if section.told is None:
        yield f"**Could not be run:** {section.error}"
        return
    if section.told.text:
        yield section.told.text
        yield ""
    yield "| | expected | measured | |"
    yield "|---|---|---|---|"
    for row in section.told.rows:
        word = row.verdict if row.verdict != "fails" else "**fails**"
        yield f"| {_cell(row.claim)} | {_cell(row.expected)} | {_cell(row.measured)} | {word} |"
    yield ""
    yield f"*{section.told.behind}*"
    for page in section.told.pages:
        yield ""
        yield from _page(section.folder / page)
    for picture in section.told.pictures:
        if (section.folder / picture).is_file():
            name = f"{section.name}_{picture}"
            write_bytes(images / name, (section.folder / picture).read_bytes())
            yield ""
            yield f"![{section.title}](images/validation/{name})"


def _page(path: Path) -> Iterator[str]:
    """A report that a check wrote, its headings below ours and its pictures left out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("!["):
            continue
        yield re.sub(r"^(#+)", r"###\1", line)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
