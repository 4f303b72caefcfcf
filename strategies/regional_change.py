"""How regions moved from before a date to after it: what a pilot is estimated from."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def changes(panel: Floats, before: int, window: slice) -> Floats:
    """Each region's mean in a window over its mean before the launch, less one.

    Args:
        panel: figures above zero, `[..., region, month]`.
        before: months ahead of the launch.
        window: months since launch that count.

    Returns:
        `[..., region]`.
    """
    first = panel[..., :before].mean(axis=-1)
    return panel[..., before:][..., window].mean(axis=-1) / first - 1.0


def difference(change: Floats, pilot: Sequence[int]) -> Floats:
    """Mean change in pilot regions less that in the others, `[...]`: difference in differences."""
    inside = np.zeros(change.shape[-1], dtype=bool)
    inside[list(pilot)] = True
    return change[..., inside].mean(axis=-1) - change[..., ~inside].mean(axis=-1)


def decided(
    effect: float, go: float, stop: float, *, above: bool
) -> Literal["go", "extend", "stop"]:
    """What a pilot's registered lines say of an estimate; between the two it goes on.

    `above`: whether it is rolled out from `go` on; else up to it.
    """
    if effect >= go if above else effect <= go:
        return "go"
    return "stop" if (effect < stop if above else effect > stop) else "extend"
