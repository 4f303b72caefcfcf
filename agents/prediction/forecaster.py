"""Who predicts what for whom: models trained inside the run, kept until they are due again."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.actions import Campaign
from agents.prediction.archive import CustomerArchive, Lessons
from agents.prediction.bounds import Coin
from agents.prediction.history import Array
from agents.prediction.line_files import LineFiles
from agents.prediction.predictors import FAULT, Predictor, new_predictor, predicted
from agents.prediction.response import Response, Trial, learnt_from

Foresee = Callable[[], NDArray[np.bool_]]


class _Trained[M](NamedTuple):
    """A model and when it was trained."""

    month: int
    model: M


@dataclass
class Forecaster:
    """All operators' models; each is trained on its operator's own records alone."""

    archive: CustomerArchive
    seed: int
    models: dict[tuple[int, str, int], _Trained[Predictor]] = field(
        default_factory=dict[tuple[int, str, int], _Trained[Predictor]]
    )
    responses: dict[int, _Trained[Response]] = field(default_factory=dict[int, _Trained[Response]])
    """By row of the campaign that it was learnt from."""
    lines: LineFiles = field(init=False)
    """What is on file of watched broadband lines."""

    def __post_init__(self) -> None:
        self.lines = LineFiles.new(self.seed)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Forecaster":
        """Trained models never change, so they are shared."""
        archive = memo.setdefault(id(self.archive), self.archive.copy())
        twin = Forecaster(archive, self.seed, dict(self.models), dict(self.responses))
        twin.lines = copy.deepcopy(self.lines, memo)
        return twin

    def risk(
        self,
        operator: int,
        campaign: Campaign,
        who: NDArray[np.int64],
        observed: dict[str, Array],
        month: int,
        foresee: Foresee,
    ) -> Array | None:
        """Predicted chance that each of `who` leaves within `RISK_MONTHS`; None: too early."""
        model = self._model(
            operator, campaign, month, foresee,
            lambda window: self.archive.lessons(operator, campaign.records_months, window),
        )  # fmt: skip
        if model is None:
            return None
        return model.predict(self.archive.present(operator, who, observed, month, model.months))

    def faults(
        self, operator: int, campaign: Campaign, ahead: int, who: NDArray[np.int64], month: int
    ) -> Array | None:
        """Predicted chance that each of the lines `who` has a defect; None: too early.

        It is learnt from lines that failed, or were found bad, within `ahead` months.
        """
        files = self.lines
        model = self._model(
            operator, campaign, month, files.months[-1].defective,
            lambda window: files.lessons(operator, ahead, window),
        )  # fmt: skip
        return None if model is None else model.predict(files.present(operator, who, model.months))

    def _model(
        self,
        operator: int,
        campaign: Campaign,
        month: int,
        foresee: Foresee,
        lessons_of: Callable[[int], Lessons | None],
    ) -> Predictor | None:
        """A campaign's model."""
        kind = "" if predicted(campaign.predictor, campaign.when) != FAULT else "line "
        key = operator, kind + campaign.predictor, campaign.records_months
        return self.trained(
            key, campaign.predictor, campaign.retrain_months, month, foresee, lessons_of
        )

    def trained(
        self,
        key: tuple[int, str, int],
        name: str,
        retrain_months: int,
        month: int,
        foresee: Foresee,
        lessons_of: Callable[[int], Lessons | None],
    ) -> Predictor | None:
        """The model trained last, or, where it is due, one trained now; None: too early.

        Args:
            key: whose it is, what it predicts by which method, and from how many months.
            name: of the method.
            retrain_months: how often it is trained again.
            month: the present one.
            foresee: what an oracle asks.
            lessons_of: what is on file to learn from, by the months that a method reads.
        """
        kept = self.models.get(key)
        if kept is not None and month - kept.month < retrain_months:
            return kept.model
        model = new_predictor(name, self.seed, foresee)
        lessons = lessons_of(model.months)
        if lessons is None:
            return None
        model.fit(*lessons)
        if name != "oracle":  # it would be asked again about a past month
            self.models[key] = _Trained(month, model)
        return model

    def usage(
        self,
        operator: int,
        campaign: Campaign,
        who: NDArray[np.int64],
        observed: dict[str, Array],
        month: int,
        foresee: Foresee,
    ) -> Array:
        """Forecast of this month's use over the allowance, `[customer]`.

        The mean of the months on file, at most `records_months`; or of a bound: a coin's draw from
        0 to 2, and of an oracle 2 for who runs out, else 0.
        """
        if campaign.predictor == "oracle":
            return np.multiply(2.0, foresee()[who], dtype=np.float64)
        months = campaign.records_months
        history = self.archive.present(operator, who, observed, month, months)
        if campaign.predictor == "coin":
            return Coin(self.seed, share=1.0).predict(history)
        shares = history.values[:, :, history.names.index("used_share")]
        known = ~np.isnan(shares)
        return np.where(known, shares, 0.0).sum(axis=1) / known.sum(axis=1)

    def response(
        self,
        operator: int,
        row: int,
        campaign: Campaign,
        trials: Sequence[Trial],
        who: NDArray[np.int64],
        observed: dict[str, Array],
        month: int,
    ) -> Array:
        """By how much a contact lowers each one's chance to leave; chance until that is known."""
        kept = self.responses.get(row)
        if kept is None or month - kept.month >= campaign.retrain_months:
            model = learnt_from(self.archive, operator, trials)
            if model is not None:
                kept = self.responses[row] = _Trained(month, model)
        history = self.archive.present(operator, who, observed, month, Response.months)
        if kept is not None:
            return kept.model.predict(history)
        return Coin(self.seed).predict(history)
