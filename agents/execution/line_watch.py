"""Watching broadband lines: the operators that do, their lines, and what the month brought."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agents.mechanisms.line_monitor import LINE_MONITOR, LineMonitorSettings
from sim.records import column
from sim.vocabulary import Event

if TYPE_CHECKING:
    from agents.market import Market


def count_errors(market: "Market") -> dict[int, int]:
    """At the start of a month: the errors of all lines that are watched.

    Returns the months from defect to fault, of each operator that watches its lines.
    """
    monitors = _monitors(market)
    if not monitors:
        return {}
    columns = market.population.columns()
    main = column(market.book.table().rows, "operator")[columns.offer]
    watched: dict[int, tuple[LineMonitorSettings, NDArray[np.int64], NDArray[np.float64]]] = {}
    for index, settings in monitors.items():
        lines = np.flatnonzero((main == index) & (columns.broadband == index))
        watched[index] = settings, lines, market.fault_rate[index, columns.region[lines]]
    sound = columns.line_sound
    if not len(sound):  # switched on this month
        sound = np.zeros(len(main), dtype=np.int8)
    market.forecaster.lines.look(market.month, market.month + 1, watched, sound)
    return {index: settings.defect_months for index, settings in monitors.items()}


def file_lines(market: "Market") -> None:
    """At the end of a month: which lines failed, and what technicians found."""
    if not _monitors(market):
        return
    record = market.population.record
    visits = [i for i, r in enumerate(market.campaigns.rows) if r.campaign.when == "fault_expected"]
    visited = np.isin(record.credited, visits)
    market.forecaster.lines.close((record.events & Event.FAULT) != 0, visited)


def _monitors(market: "Market") -> dict[int, LineMonitorSettings]:
    """Operators that watch their lines, with what they said."""
    return {
        operator: settings
        for (operator, name), settings in market.programmes.running.items()
        if name == LINE_MONITOR.name and isinstance(settings, LineMonitorSettings)
    }
