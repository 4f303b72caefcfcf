"""All jobs of a sweep, composed and checked before the first of them runs."""

import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hydra.core.override_parser.types import Glob, Override, RangeSweep

from experiments.question import limits
from experiments.question.compose import compose, question_of
from experiments.question.files import Files
from experiments.question.names import GROUPS
from experiments.question.overrides import parse, swept
from experiments.question.places import check_no_links
from experiments.question.question import Question
from experiments.question.registry import check_options
from sim.errors import QuestionError
from sim.names import nearest

_MOST_SAID = 5
_NAME_BYTES = 200
_OUT = "out"


@dataclass(frozen=True)
class Job:
    """One combination of what is swept."""

    overrides: list[str]
    varied: tuple[str, ...]
    """Those of the overrides that differ from job to job."""

    @property
    def name(self) -> str:
        """What differs from the other jobs."""
        return ",".join(sorted(self.varied))

    def folder(self, out: Path) -> Path:
        """Where its answer goes: a folder of its own, unless `out` is swept and says so."""
        rest = ",".join(sorted(text for text in self.varied if not text.startswith(f"{_OUT}=")))
        return out / _folder_name(rest) if rest else out


def jobs_of(overrides: Iterable[str], files: Files) -> list[Job]:
    """Every combination, in the order in which they are written.

    Raises:
        QuestionError: a sweep without an end, without a value, with one twice, or of too many jobs.
    """
    by_key = {override.get_key_element(): override for override in parse(overrides)}
    number = math.prod(_count(override, files) for override in by_key.values())
    if number > limits.JOBS:
        raise QuestionError(
            f"-m: {_short(number)} jobs, one for each combination of values; at most "
            f"{limits.JOBS} in one command; repetitions belong into a job (worlds, seeds)"
        )
    ways = itertools.product(*(list(_lines(override, files)) for override in by_key.values()))
    vary = [override.is_sweep_override() for override in by_key.values()]
    jobs = [Job(list(way), tuple(itertools.compress(way, vary))) for way in ways]
    [(name, times)] = Counter(job.name for job in jobs).most_common(1)
    if times > 1:
        raise QuestionError(
            f"-m: '{name}' is asked {times} times; leave values out that come twice"
        )
    return jobs


def checked(jobs: Iterable[Job], files: Files) -> list[tuple[Job, Question]]:
    """Each job with its question.

    Raises:
        QuestionError: of all jobs that cannot be; none has been run.
    """
    ready: list[tuple[Job, Question]] = []
    troubles: dict[str, list[str]] = {}
    for job in jobs:
        try:
            ready.append((job, _checked(job, files)))
        except QuestionError as error:
            troubles.setdefault(str(error), []).append(job.name)
        if sum(map(len, troubles.values())) >= _MOST_SAID:
            break
    if troubles:
        said = (
            f"{', '.join(names)}: {text}" if any(names) else text
            for text, names in troubles.items()
        )
        raise QuestionError(f"no job was run: {'; '.join(said)}")
    for out in {question.out.parent for job, question in ready if job.varied}:
        check_no_links(out)
    folders = Counter(question.out for _, question in ready)
    [(out, times)] = folders.most_common(1)
    if times > 1:
        raise QuestionError(
            f"-m: {times} jobs would write to '{out}'; give their values other names"
        )
    return ready


def _checked(job: Job, files: Files) -> Question:
    composed = compose(job.overrides, files)
    out = job.folder(Path(str(composed.config["out"])))
    question = question_of(composed, out, files.config_dir)
    check_options(question)
    return question


def _lines(override: Override, files: Files) -> Iterator[str]:
    """The override once for each of its values."""
    key, over = override.get_key_element(), swept(override)
    if not override.is_sweep_override():
        yield str(override.input_line)
    elif isinstance(over, Glob):
        yield from (f"{key}={name}" for name in _matches(override, files))
    else:
        # In which order jobs run changes nothing, and there is no luck outside the market's own.
        over.shuffle = False
        yield from (f"{key}={text}" for text in override.sweep_string_iterator())


def _count(override: Override, files: Files) -> int:
    over = swept(override)
    if not override.is_sweep_override():
        return 1
    if not override.is_discrete_sweep():
        raise QuestionError(
            f"'{override.input_line}': an interval has no end of values; write key=a,b,c or "
            "'key=range(start,stop,step)'"
        )
    if isinstance(over, Glob):
        number = len(_matches(override, files))
    elif isinstance(over, RangeSweep):
        number = math.ceil(((over.stop or 0) - (over.start or 0)) / over.step)
    else:
        number = len(over.list)
    if number < 1:
        raise QuestionError(f"'{override.input_line}': there is no value to take")
    return number


def _matches(override: Override, files: Files) -> list[str]:
    group = override.key_or_group
    if group not in GROUPS:
        raise QuestionError(
            f"'{override.input_line}': glob chooses among files, '{group}' is no group of them"
            f"{nearest(group, GROUPS)}; allowed: {', '.join(GROUPS)}"
        )
    options = files.options(group)
    names = swept(override).filter(options)
    if not names:
        raise QuestionError(
            f"'{override.input_line}': matches none of {group}'s files: {', '.join(options)}"
        )
    return names


def _short(number: int) -> str:
    return str(number) if number < 10**9 else f"about 10^{len(str(number)) - 1}"


def _folder_name(name: str) -> str:
    """A job's name as one folder: nothing that leads elsewhere, nothing a disk refuses."""
    safe = "".join(c if c.isprintable() and c not in "/\\" else "_" for c in name)
    if safe == name and len(safe.encode()) <= _NAME_BYTES:
        return safe
    short = safe.encode()[: _NAME_BYTES - 20].decode(errors="ignore")
    return f"{short}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
