"""`make test-faults`: each campaign does its harm; nothing may be lost, wrong or left behind."""

import pytest
from harness import CAMPAIGNS, Lab, loaded


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", list(loaded()))
def test_nothing_is_lost_wrong_or_left_behind(name, tmp_path, keep_counts):
    with Lab(tmp_path) as lab:
        counts = CAMPAIGNS[name](lab)
    keep_counts(name, counts)
    assert counts.trials > 0
    assert counts.faults > 0
    assert not counts.bad(), "\n".join([str(counts.bad()), *counts.notes[:20]])
