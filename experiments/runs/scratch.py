"""Room on the disk for what is too large for memory, until its result is dropped."""

import tempfile
from pathlib import Path

from experiments.runs.files import SCRATCH


class Scratch:
    """A folder of its own inside another one; removed with this object, or when the process ends.

    One that a killed process left behind is cleared by whoever reserves the folder next.
    """

    def __init__(self, inside: Path) -> None:
        inside.mkdir(parents=True, exist_ok=True)
        self._kept = tempfile.TemporaryDirectory(
            prefix=SCRATCH, dir=inside, ignore_cleanup_errors=True
        )
        self.folder = Path(self._kept.name)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        self._kept.cleanup()

    def files(self) -> list[Path]:
        """The files in it, by name."""
        return sorted(path for path in self.folder.iterdir() if path.is_file())
