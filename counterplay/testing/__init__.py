"""Does my strategy, mechanism or study keep the contracts that results stand on?

    from counterplay.testing import check_strategy

    check_strategy("retention")          # or a play, an object with act(view), or its class

Each function plays a small market (seconds), returns what it has checked, and raises a
`ContractError`, an `AssertionError` with one sentence, where a contract is broken. No test
framework is needed.
"""

from counterplay.testing.contracts import ContractError
from counterplay.testing.mechanisms import check_mechanism
from counterplay.testing.strategies import check_strategy
from counterplay.testing.studies import check_study

__all__ = ["ContractError", "check_mechanism", "check_strategy", "check_study"]
