"""Writing pictures beside results: one that cannot be drawn is said, and costs nothing else."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from experiments.endings import obey
from experiments.plain_matplotlib import plain
from experiments.report.style import png
from experiments.runs.files import write_bytes
from experiments.runs.listener import Listener


def write_picture(
    path: Path, paint: Callable[[], Figure | bytes | None], listener: Listener
) -> bool:
    """Draw a picture and write it, whole or not at all; returns whether it is there.

    `paint` gives nothing where there is nothing to draw.

    Raises:
        OSError: it was drawn, and the disk did not take it.
    """
    try:
        with plain():
            drawn = paint()
            if drawn is None:
                return False
            content = drawn if isinstance(drawn, bytes) else png(drawn)
    except Exception as error:  # noqa: BLE001 - a picture is worth less than the numbers
        obey()
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        listener.say(f"{path.name} could not be drawn ({why})")
        return False
    write_bytes(path, content)
    return True
