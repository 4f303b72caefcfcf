"""Closed forms of logit demand: what a simulated market must agree with when nothing else is in it.

Notation of Calvano, Calzolari, Denicolò & Pastorello (2020, AER 110: 3267-97): product i of
quality a_i and unit cost c_i, sold by a firm of its own; an outside good of quality a_0 or none;
a scale mu of horizontal differentiation. All are money amounts in one unit, prices included.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax, wrightomega

from sim.errors import MarketError

Column = NDArray[np.float64]

_MOST_NEWTON_STEPS = 60


@dataclass(frozen=True)
class Logit:
    """A market of n single-product firms with logit demand, one unit of customers.

    Raises:
        MarketError: no product, lists of unlike length, a number that is not finite, scale <= 0.
    """

    quality: Sequence[float]
    """a_i."""
    cost: Sequence[float]
    """c_i, of one customer served."""
    scale: float
    """mu."""
    outside: float | None = None
    """a_0; None: everybody buys."""
    _a: Column = field(init=False, repr=False, compare=False)
    _c: Column = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_a", np.asarray(self.quality, dtype=np.float64))
        object.__setattr__(self, "_c", np.asarray(self.cost, dtype=np.float64))
        if not len(self._a) or self._a.shape != self._c.shape or self._a.ndim != 1:
            raise MarketError(
                f"logit demand: quality has {self._a.size} values and cost has {self._c.size}; "
                "both need one value per product"
            )
        outside = 0.0 if self.outside is None else self.outside
        if not np.isfinite([*self._a, *self._c, self.scale, outside]).all():
            raise MarketError(f"logit demand: all numbers must be finite, got {self}")
        if self.scale <= 0:
            raise MarketError(f"logit demand: scale = {self.scale} must be > 0")

    @property
    def n(self) -> int:
        """How many products there are."""
        return len(self._a)

    @property
    def _v0(self) -> float:
        """Utility of the outside good over the scale; minus infinity: there is none."""
        return -np.inf if self.outside is None else self.outside / self.scale

    def shares(self, prices: NDArray[np.float64] | Sequence[float]) -> Column:
        """Market shares `[..., i]` at prices `[..., i]` (McFadden 1974); a_0 has the rest."""
        v = (self._a - np.asarray(prices, dtype=np.float64)) / self.scale
        none = np.full((*v.shape[:-1], 1), self._v0)
        return softmax(np.concatenate([v, none], axis=-1), axis=-1)[..., :-1]

    def profits(self, prices: NDArray[np.float64] | Sequence[float]) -> Column:
        """Profits `[..., i]` per customer of the whole market: (p_i - c_i) s_i."""
        p = np.asarray(prices, dtype=np.float64)
        return (p - self._c) * self.shares(p)

    # --- responses to prices ----------------------------------------------------------------------

    def elasticities(self, prices: NDArray[np.float64] | Sequence[float]) -> Column:
        """Elasticity `[i, j]` of share i in price j (Train 2009, section 3.6).

        Own: -p_i (1 - s_i) / mu. Cross: p_j s_j / mu, the same for all i.
        """
        p = np.asarray(prices, dtype=np.float64)
        return (self.shares(p) - np.eye(self.n)) * p / self.scale

    def diversion(self, prices: NDArray[np.float64] | Sequence[float]) -> Column:
        """Of those who leave product i when it gets dearer, the share `[i, j]` that takes j.

        s_j / (1 - s_i), as independence of irrelevant alternatives has it; column n is the outside
        good, and the diagonal is 0. Rows sum to 1.
        """
        s = self.shares(prices)
        taken = np.append(s, 1.0 - s.sum() if self.outside is not None else 0.0)
        others = np.where(np.eye(self.n, self.n + 1, dtype=bool), 0.0, taken)
        return others / others.sum(axis=1, keepdims=True)

    # --- what firms do about it -------------------------------------------------------------------

    def best_reply(self, prices: NDArray[np.float64] | Sequence[float], firm: int) -> float:
        """The price that earns `firm` most at the others' prices; its own entry is not read.

        With K the sum of exp(utility / mu) over all else, p = c + mu (1 + W(exp((a - c) / mu - 1)
        / K)), W being Lambert's function (Aravindakshan & Ratchford 2011). Infinite if there is
        nothing else.
        """
        v = (self._a - np.asarray(prices, dtype=np.float64)) / self.scale
        v[firm] = -np.inf
        log_k = float(logsumexp(np.append(v, self._v0)))
        if log_k == -np.inf:
            return np.inf
        z = float((self._a[firm] - self._c[firm]) / self.scale) - 1.0 - log_k
        return float(self._c[firm]) + self.scale * (1.0 + float(wrightomega(z)))

    def nash(self) -> Column:
        """Bertrand-Nash prices `[i]`: every firm's price is the best reply to the others'.

        The equilibrium exists and is the only one (Caplin & Nalebuff 1991). It is found as that of
        an aggregative game (Nocke & Schutz 2018, Econometrica 86: 523-57): given H, the sum of
        exp(utility / mu) over everything on sale, each firm's markup mu / (1 - s_i) follows alone,
        and the shares that go with them fall in H; the one H at which they sum to 1 is bracketed.
        No iteration over prices, so no starting point and nothing that could fail to converge.

        Raises:
            MarketError: one product and no outside good, so that no price is too high.
        """
        from scipy.optimize import brentq  # slow to load, and few questions come here

        if self.n == 1:
            return np.array([self._alone()])
        v = (self._a - self._c) / self.scale

        def excess(log_h: float) -> float:
            return float((1.0 - 1.0 / _markups(v - log_h)).sum() + np.exp(self._v0 - log_h) - 1.0)

        # All shares are at least 1/n at the one end and at most 1/(n+1) at the other; one more on
        # either side, because like firms without an outside good stand exactly on the end.
        low = float(v.min()) - _log_of_share(1.0 / self.n)
        high = float(v.max()) - _log_of_share(1.0 / (self.n + 1))
        high = max(high, self._v0 + float(np.log(self.n + 1)))
        low = max(low, self._v0)
        log_h = float(brentq(excess, low - 1.0, high + 1.0, xtol=1e-14, rtol=1e-15, maxiter=500))
        return self._c + self.scale * _markups(v - log_h)

    def monopoly(self) -> Column:
        """Prices `[i]` that maximise the firms' joint profit: cost plus one markup for all.

        The markup is mu / (1 - sum of shares), hence mu (1 + W(X)) with Lambert's function W and
        X = sum_i exp((a_i - c_i - a_0) / mu - 1) (Anderson, de Palma & Thisse 1992, section 7.4).

        Raises:
            MarketError: there is no outside good, so that no price is too high.
        """
        if self.outside is None:
            raise MarketError(
                "logit demand: joint profit has no maximum without an outside good; set outside"
            )
        z = float(logsumexp((self._a - self._c) / self.scale)) - 1.0 - self._v0
        return self._c + self.scale * (1.0 + float(wrightomega(z)))

    def _alone(self) -> float:
        price = self.best_reply([0.0], 0)
        if price == np.inf:
            raise MarketError(
                "logit demand: a single product without an outside good has no equilibrium price; "
                "set outside or add a product"
            )
        return price


def _log_of_share(share: float) -> float:
    """log(s) + 1/(1 - s): what a firm's share solves when it sets mu / (1 - s) on top of cost."""
    return float(np.log(share)) + 1.0 / (1.0 - share)


def _markups(t: Column) -> Column:
    """Markups x = 1/(1 - s), in units of mu, of firms whose shares solve log(s) + 1/(1 - s) = t.

    With y = log(x - 1) the left side is increasing and convex, so that Newton's method started
    where it is too high falls to the root and cannot leave it.
    """
    y = np.where(t < 1.0, t - 1.0, np.log(np.maximum(t, 1.0)))
    for _ in range(_MOST_NEWTON_STEPS):
        x = 1.0 + np.exp(y)
        step = (y - np.log(x) + x - t) / (1.0 / x + x - 1.0)
        y = y - step
        if np.abs(step).max() < 1e-14:
            break
    return 1.0 + np.exp(y)
