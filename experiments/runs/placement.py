"""Placing one draw of people so that the published shares are met by just these people.

A world is calibrated on one draw of people; each seed is another, whose shares differ by chance.
Their levels of appeal are found again, from where the world's calibration left them. How shares
answer to levels is known from the market's calibration (`birth_response`), so few steps are needed.
"""

from dataclasses import replace

import numpy as np

from agents.settings import MarketSettings
from experiments.runs.calibration import Fit, birth_problem, broyden

TOLERANCE = 0.004
"""Log difference from the published figures at which a search for appeals may end."""
EVALUATIONS = 45
"""Markets that such a search may run."""
_AIM = 0.001
"""What is aimed at where the response is known: half of what is accepted."""
_QUICK = 20
_PATIENCE = 4


def place(settings: MarketSettings, subscribers: int, seed: int, burn_in: int) -> Fit:
    """The levels at which this draw of people is on the published shares after `burn_in` months.

    Where no response is known, or the search from it ends outside the tolerance, the search starts
    again from the usual steps; the better of the two is returned.
    """
    problem = birth_problem(settings, subscribers, seed, burn_in, shares_only=True)
    if not problem.measured:
        return problem.solve(TOLERANCE, EVALUATIONS)
    x, worst, evaluations = broyden(
        problem.distance, problem.start, problem.response, _AIM, _QUICK, _PATIENCE
    )
    quick = Fit(problem.write(x), worst, evaluations)
    if worst <= TOLERANCE:
        return quick
    plain = replace(problem, response=np.diag(problem.steps)).solve(TOLERANCE, EVALUATIONS)
    better = min(plain, quick, key=lambda fit: fit.worst)
    return replace(better, evaluations=plain.evaluations + quick.evaluations)
