"""A thousand configurations that want to be more than data."""

from pathlib import Path

import pytest
from configurations import campaign


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_configurations_run_tell_and_hang_nothing(seed: int, tmp_path: Path) -> None:
    counts = campaign(250, tmp_path, 100 + seed)
    bad = ("hangs", "tracebacks", "wrong_without_word", "ran", "leaked", "harmless_refused")
    assert not {key: counts[key] for key in bad if counts[key]}
    assert counts["accepted"] > 10
