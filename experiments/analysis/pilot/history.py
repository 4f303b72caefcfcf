"""An operator's own history as the noise of a pilot: region × month × measure from a CSV.

The file has the columns `region, month, measure, value`: the market's names of regions, months as
`2024-01`, measures as in `measures.py`. Every region has every month, without gaps. Twelve months
are the least; twenty-four are better. `docs/pilot.md` shows one.

What is left of a figure after its region's level and the month's movement over all regions is the
noise. Pilots without an effect are drawn from it in blocks of months, all regions together, so that
what hits neighbours at once and lasts stays as it was (Künsch 1989).
"""

import csv
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.analysis.pilot.measures import CUSTOMER_MEASURES, MEASURES, Floats
from experiments.analysis.pilot.noise import Noise, luck_of_drawing
from sim.errors import QuestionError
from sim.names import nearest

COLUMNS = ("region", "month", "measure", "value")
LEAST_MONTHS = 12
BLOCK = 6
"""Months that are drawn together (assumption: shocks last a few)."""
LARGEST_BYTES = 20_000_000
LEAST_VALUE, LARGEST_VALUE = 1e-9, 1e15
"""Figures beyond would overflow when they are squared (assumption: nothing real is)."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, eq=False)
class RegionalSeries:
    """What a CSV holds: `values[measure]` is `[region, month]`."""

    regions: tuple[str, ...]
    first: int
    """First month: year × 12 + month − 1."""
    values: dict[str, Floats]

    @property
    def months(self) -> int:
        """How many months there are."""
        return next(iter(self.values.values())).shape[1]

    def month_names(self) -> list[str]:
        """Months as in the file."""
        return [month_name(self.first + month) for month in range(self.months)]


def month_name(month: int) -> str:
    """A counted month as `2024-01`."""
    return f"{month // 12}-{month % 12 + 1:02d}"


def read_series(
    path: Path, key: str, regions: Sequence[str], least: int = LEAST_MONTHS
) -> RegionalSeries:
    """Read and check a CSV of region × month × measure.

    Args:
        path: the file.
        key: what names it in the question, for messages.
        regions: the market's; every one must be there.
        least: months that must be there.

    Raises:
        QuestionError: it cannot be read, or is not what it should be; the message says where.
    """
    rows = _rows(path, key)
    found: dict[tuple[str, str, int], float] = {}
    for at, row in rows:
        where = f"{key} '{path}', line {at}"
        region = _known(row["region"], regions, f"{where}: region")
        measure = _known(row["measure"], (*MEASURES, *CUSTOMER_MEASURES), f"{where}: measure")
        month, value = month_number(row["month"], where), _value(row["value"], where)
        place = (measure, region, month)
        if place in found:
            raise QuestionError(
                f"{where}: {measure} of {region} in {month_name(month)} stands there twice"
            )
        found[place] = value
    if not found:
        raise QuestionError(f"{key} '{path}': it holds no rows below {','.join(COLUMNS)}")
    return _complete(found, f"{key} '{path}'", regions, least)


def _rows(path: Path, key: str) -> list[tuple[int, dict[str, str]]]:
    try:
        if path.is_symlink() or not path.is_file():
            raise QuestionError(f"{key} '{path}': there is no such file")
        if path.stat().st_size > LARGEST_BYTES:
            raise QuestionError(f"{key} '{path}': larger than {LARGEST_BYTES // 10**6} megabytes")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(
            f"{key} '{path}': it cannot be read as UTF-8 text ({type(error).__name__})"
        ) from None
    reader = csv.DictReader(text.splitlines())
    there = [name.strip() for name in reader.fieldnames or ()]
    missing = [name for name in COLUMNS if name not in there]
    if missing:
        raise QuestionError(
            f"{key} '{path}': column '{missing[0]}' is missing; its first line must be "
            f"{','.join(COLUMNS)}, and is {','.join(there)[:80] or 'empty'}"
        )
    reader.fieldnames = there
    try:
        return [
            (reader.line_num, {name: (row[name] or "").strip() for name in COLUMNS})
            for row in reader
        ]
    except csv.Error as error:
        raise QuestionError(f"{key} '{path}', line {reader.line_num + 1}: {error}") from None


def _known(name: str, allowed: Collection[str], where: str) -> str:
    names = list(allowed)
    if name not in names:
        raise QuestionError(
            f"{where}: there is no '{name}'{nearest(name, names)}; allowed: {', '.join(names)}"
        )
    return name


def month_number(text: str, where: str) -> int:
    """Year × 12 + month − 1 of a month written as 2024-01. Raises `QuestionError`."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise QuestionError(f"{where}: month '{text}' is not written as 2024-01")
    return int(found[1]) * 12 + int(found[2]) - 1


def _value(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise QuestionError(f"{where}: value '{text}' is no number") from None
    if not (np.isfinite(value) and value > 0):
        raise QuestionError(f"{where}: value '{text}' must be above zero and finite")
    if not LEAST_VALUE <= value <= LARGEST_VALUE:
        raise QuestionError(
            f"{where}: value '{text}' is no figure of a region; allowed: {LEAST_VALUE:g} to "
            f"{LARGEST_VALUE:g}"
        )
    return value


def _complete(
    found: dict[tuple[str, str, int], float], where: str, regions: Sequence[str], least: int
) -> RegionalSeries:
    months = sorted({month for _, _, month in found})
    span = months[-1] - months[0] + 1
    if span < least:
        raise QuestionError(f"{where}: {span} months; at least {least} are needed")
    values: dict[str, Floats] = {}
    for measure in dict.fromkeys(name for name, _, _ in found):
        table = np.full((len(regions), span), np.nan)
        for at, region in enumerate(regions):
            for month in range(span):
                table[at, month] = found.get((measure, region, months[0] + month), np.nan)
        lacking = np.argwhere(np.isnan(table))
        if len(lacking):
            region, month = lacking[0]
            raise QuestionError(
                f"{where}: {measure} of {regions[region]} in {month_name(months[0] + int(month))} "
                f"is missing ({len(lacking)} figures in all); every region needs every month"
            )
        values[measure] = table
    return RegionalSeries(tuple(regions), months[0], values)


def history_noise(
    series: RegionalSeries, months: tuple[int, int], draws: int, seed: int, bill_sd: float
) -> Noise:
    """Pilots without an effect, drawn from a history in blocks of months.

    How bills differ between customers is in no history of regions: `bill_sd` says it.
    """
    rng = np.random.default_rng([seed, 2])
    length = sum(months)
    blocks = -(-length // BLOCK)
    starts = rng.integers(0, series.months, (draws, blocks))
    picked = (starts[..., None] + np.arange(BLOCK)) % series.months
    order = picked.reshape(draws, -1)[:, :length]
    relative = {
        name: np.moveaxis(_residuals(table)[:, order], 0, 1)
        for name, table in series.values.items()
    }
    return Noise("history", relative, months[0], bill_sd, luck_of_drawing(draws, seed))


def _residuals(table: Floats) -> Floats:
    """A figure over its level, less the month's movement of all regions; `[region, month]`."""
    relative = table / table.mean(axis=1, keepdims=True) - 1.0
    left = relative - relative.mean(axis=0, keepdims=True)
    regions, months = table.shape
    lost = (regions - 1) * (months - 1) / (regions * months)
    return left / np.sqrt(lost) if lost else left
