"""Whether the packages below are ours, before any of them is imported."""

import importlib.util
from pathlib import Path


def check_packages() -> None:
    """Raise `ImportError` with one sentence if another package of the same name stands before ours.

    `experiments` looks for the others itself, once it is known to be ours.
    """
    ours = Path(__file__).resolve().parent.parent / "experiments"
    spec = importlib.util.find_spec("experiments")
    origin = None if spec is None else spec.origin
    if origin is None or Path(origin).resolve().parent != ours:
        where = "nowhere" if origin is None else f"'{origin}'"
        said = (
            f"its package 'experiments' is found at {where}, not at '{ours}': another "
            "distribution, or the folder you work in, has one of that name; install Counterplay in "
            "an environment of its own, and work in another folder"
        )
    else:
        from experiments.start import shadowed

        said = shadowed()
    if said:
        raise ImportError(f"counterplay: {said}")
