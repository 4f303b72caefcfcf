"""The book of base stations: alarms, forecasts, crews sent out, and which regions fail.

Records are by region; the forecast is by the same methods as of customers and lines.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.mechanisms.station_watch import STATION_WATCH, StationWatchSettings
from agents.outages import OutageSettings, alarms, due_in, station_of
from agents.prediction.archive import Lessons, pooled
from agents.prediction.forecaster import Forecaster
from agents.prediction.history import History

if TYPE_CHECKING:
    from agents.market import Market

FEATURES = ("station_alarms", "station_failed")
_LONGEST = 60


class StationMonth(NamedTuple):
    """One operator's regions in one month, `[region]`."""

    month: int
    alarms: NDArray[np.float64]
    bad: NDArray[np.bool_]
    """Whether they failed, or a crew found a defect."""


class StationTally(NamedTuple):
    """What a month brought an operator, in regions."""

    crews: int
    found: int
    """Crews that found a defect."""
    prevented: int
    """Failures that did not happen."""
    failed: int


@dataclass
class StationBook:
    """All base stations, by operator and region."""

    settings: OutageSettings
    seed: int
    felt: NDArray[np.float64]
    """Share of people who feel a failure this month, `[operator, region]`."""
    sound: NDArray[np.int64]
    """Months for which what crews inspected cannot fail, `[operator, region]`."""
    files: dict[int, deque[StationMonth]] = field(default_factory=dict[int, deque[StationMonth]])
    tallies: dict[int, list[StationTally]] = field(default_factory=dict[int, list[StationTally]])
    """Of operators that watch, month by month."""

    @classmethod
    def new(
        cls, settings: OutageSettings, seed: int, operators: int, regions: int
    ) -> "StationBook":
        """Sound everywhere."""
        felt = np.zeros((operators, regions))
        return cls(settings, seed, felt, np.zeros((operators, regions), dtype=np.int64))

    def live(self, market: "Market") -> None:
        """Which regions fail this month, once those who watch have sent their crews."""
        if self.settings.monthly <= 0.0:
            return
        self.felt[:] = 0.0
        for operator in range(len(self.felt)):
            terms = market.programmes.running.get((operator, STATION_WATCH.name))
            if isinstance(terms, StationWatchSettings):
                cost = self._watch(operator, terms, market.forecaster, market.month)
                market.operators[operator].repair_fen += round(cost * 100.0 / market.scale)
            self.felt[operator, self._failing(operator, market.month)] = self.settings.felt_share
        np.maximum(self.sound - 1, 0, out=self.sound)

    def _failing(self, operator: int, month: int) -> NDArray[np.bool_]:
        return self._due(operator, month, 1, self.sound[operator]) == 0

    def _due(
        self, operator: int, month: int, months: int, sound: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Months until each region fails by a defect that is there now; -1: none is."""
        chance = self.settings.monthly
        return np.array(
            [
                due_in(self.seed, station_of(operator, r), month + 1, int(safe), months, chance)
                for r, safe in enumerate(sound)
            ]
        )

    def _watch(
        self, operator: int, terms: StationWatchSettings, forecaster: Forecaster, month: int
    ) -> float:
        """Count alarms, send crews, and note what came of it; returns what crews cost, in yuan."""
        due = self._due(operator, month, terms.defect_months, self.sound[operator])
        now = self._alarms(operator, terms, due, month)
        sent = self._sent_to(operator, terms, forecaster, due, now, month)
        was = self._due(operator, month, 1, np.zeros_like(due)) == 0
        found = sent & (due >= 0)
        self.sound[operator, sent] = terms.defect_months
        failed = self._failing(operator, month)
        file = self.files.setdefault(operator, deque(maxlen=_LONGEST))
        file.append(StationMonth(month, now, failed | found))
        self.tallies.setdefault(operator, []).append(
            StationTally(*(int(x.sum()) for x in (sent, found, was & ~failed, failed)))
        )
        return terms.crew_yuan * int(sent.sum())

    def _alarms(
        self, operator: int, terms: StationWatchSettings, due: NDArray[np.int64], month: int
    ) -> NDArray[np.float64]:
        grown = np.where(due < 0, 0.0, (terms.defect_months - due) / terms.defect_months)
        return np.array(
            [
                alarms(self.seed, station_of(operator, r), month + 1, terms.alarms_usual,
                       terms.alarms_spread, terms.alarms_noise, terms.alarms_factor ** float(near))
                for r, near in enumerate(grown)
            ]
        )  # fmt: skip

    def _sent_to(
        self,
        operator: int,
        terms: StationWatchSettings,
        forecaster: Forecaster,
        due: NDArray[np.int64],
        now: NDArray[np.float64],
        month: int,
    ) -> NDArray[np.bool_]:
        """Regions to which crews are sent: the likeliest of those that are likely enough."""
        sent = np.zeros(len(due), dtype=bool)
        files = list(self.files.get(operator, ()))[-terms.station_records_months :]
        model = forecaster.trained(
            (operator, f"station {terms.station_predictor}", terms.station_records_months),
            terms.station_predictor, terms.station_retrain_months, month, lambda: due >= 0,
            lambda window: _lessons(files, terms.defect_months, window),
        )  # fmt: skip
        if model is None:
            return sent
        present = [*files, StationMonth(month, now, np.zeros(len(due), dtype=bool))]
        risk = model.predict(_history(present, model.months, month))
        likely = np.argsort(-risk, kind="stable")[: terms.crews]
        sent[likely[risk[likely] >= terms.station_from_risk]] = True
        return sent


def _lessons(files: list[StationMonth], ahead: int, window: int) -> Lessons | None:
    """Every region and month on file, and whether it failed or was found bad within `ahead`."""
    return pooled(
        Lessons(_history(files[: i + 1], window, 0),
                np.any([month.bad for month in files[i : i + ahead]], axis=0))
        for i in range(1, len(files) - ahead + 1)
    )  # fmt: skip


def _history(files: list[StationMonth], window: int, month: int) -> History:
    """The last months of all regions, this month's alarms the last."""
    n = len(files[-1].alarms)
    values: NDArray[Any] = np.full((n, window, len(FEATURES)), np.nan)
    for back in range(min(window, len(files))):
        last = files[-2 - back].bad if len(files) > back + 1 else np.zeros(n, dtype=bool)
        values[:, window - 1 - back] = np.stack([files[-1 - back].alarms, last], axis=-1)
    return History(FEATURES, values, np.arange(n), month)
