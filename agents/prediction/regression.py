"""Predictions by scikit-learn: logistic regression and gradient-boosted trees.

Both read the last months of a customer, summed up (`summarised`). They are fitted and asked on one
thread, so the number of threads changes nothing, and what they say is rounded.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.prediction.history import Array, History, summarised

_DECIMALS = 6
"""Of a predicted chance: what lies below is the machine's arithmetic, and no knowledge."""


class _Fitted(ABC):
    """What the two have in common."""

    months = 6
    model: Any

    @abstractmethod
    def _new(self) -> Any:
        """An estimator of scikit-learn, not fitted yet."""

    def fit(self, history: History, outcome: NDArray[np.bool_]) -> None:
        """Learn from histories and who left. `outcome` must hold both answers."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            self.model = self._new().fit(summarised(history), outcome)

    def predict(self, history: History) -> Array:
        """Predicted chance to leave within `RISK_MONTHS`, `[customer]`."""
        from threadpoolctl import threadpool_limits

        if not len(history):
            return np.zeros(0)
        with threadpool_limits(limits=1):
            chance = self.model.predict_proba(summarised(history))[:, 1]
        return np.asarray(np.round(chance, _DECIMALS), dtype=np.float64)


class Logistic(_Fitted):
    """Logistic regression on standardised features, with an L2 penalty."""

    def _new(self) -> Any:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))


class GradientBoosting(_Fitted):
    """Gradient-boosted trees on binned features (Friedman 2001; histograms as in LightGBM).

    Shallow and slow: few customers leave, and deep trees would learn them by heart.
    """

    def _new(self) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier

        settings: dict[str, Any] = {
            "learning_rate": 0.05, "max_iter": 80, "max_leaf_nodes": 8, "min_samples_leaf": 40,
            "l2_regularization": 1.0, "early_stopping": False, "random_state": 0,
        }  # fmt: skip
        return HistGradientBoostingClassifier(**settings)
