"""Matplotlib as it is delivered, whatever the user has configured: pictures are the same anywhere.

Matplotlib reads a `matplotlibrc` in the working folder, the user's own, and variables of the
environment, while it is imported; one mistake there would end a run after all simulation. So its
import is watched, by whoever it is made. In no room: what is worked out does not depend on it.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from experiments.watched_imports import standing_in, watch
from sim.folders import usable, user_cache

LATIN_FAMILY = "Counterplay Sans"
"""The DejaVu Sans that Matplotlib brings, under a name that no font of the system has."""
_KEPT = ("backend", "backend_fallback", "interactive", "toolbar", "webagg.", "savefig.directory")


def install() -> None:
    """See to it that Matplotlib, whenever it is imported, is so without the user's settings."""
    watch("matplotlib", _delivered_settings)


@contextlib.contextmanager
def plain() -> Generator[None]:
    """Draw with Matplotlib's defaults, whatever whoever shares this process has set."""
    import matplotlib as mpl

    with mpl.rc_context():
        for name, value in mpl.rcParamsDefault.items():
            if not name.startswith(_KEPT):
                mpl.rcParams[name] = value
        yield


@contextlib.contextmanager
def _delivered_settings(module: ModuleType) -> Generator[None]:
    """Look like a session in the folder of Matplotlib's own defaults: it reads what is there."""
    assert module.__file__ is not None
    kept = {name: os.environ.get(name) for name in ("MPLBACKEND", "MPLCONFIGDIR")}
    os.environ["MPLBACKEND"] = "agg"
    if not _config_folder_works():
        os.environ["MPLCONFIGDIR"] = kept["MPLCONFIGDIR"] = str(_own_config_folder())
    try:
        with standing_in(Path(module.__file__).parent / "mpl-data"):
            yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _config_folder_works() -> bool:
    """Whether Matplotlib could keep its list of fonts; without, it says so and scans them again."""
    configured = os.environ.get("MPLCONFIGDIR")
    cache = user_cache()
    folder = Path(configured) if configured else cache.parent / "matplotlib" if cache else None
    if folder is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, ValueError):
        return False


def _own_config_folder() -> Path:
    cache = user_cache()
    if cache is not None and usable(cache / "matplotlib"):
        return cache / "matplotlib"
    temporary = Path(tempfile.mkdtemp(prefix="counterplay-matplotlib-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return temporary


def name_our_font() -> None:
    """Make `LATIN_FAMILY` known to Matplotlib."""
    import matplotlib as mpl
    from matplotlib import font_manager

    known = font_manager.fontManager.ttflist
    if any(entry.name == LATIN_FAMILY for entry in known):
        return
    for path in sorted(Path(mpl.get_data_path(), "fonts", "ttf").glob("DejaVuSans*.ttf")):
        entry = font_manager.ttfFontProperty(font_manager.get_font(str(path)))
        if entry.name == "DejaVu Sans":
            known.append(replace(entry, name=LATIN_FAMILY))
