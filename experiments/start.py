"""The command's first steps, before any library is loaded: `counterplay`, `python -m experiments`.

From here on a signal ends the command quietly, nothing printed can fail, and modules are the
interpreter's and ours, whatever lies in the working folder.
"""

# The interpreter's own: `signal` would first have to be loaded.
import _signal  # pyright: ignore[reportMissingImports]
import os
import sys


def _end_quietly(number: int, frame: object) -> None:
    """While libraries are loaded there is nothing to keep, and nothing to unwind."""
    del frame
    os.write(2, b"\nInterrupted.\n")
    os._exit(128 + number)


def first_steps() -> None:
    """Be ready for signals, and blind for the working folder's modules."""
    for number in (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGXCPU):
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _end_quietly)
    _without_working_folder()


def _without_working_folder() -> None:
    """Take the working folder off the import path, unless it is where this package lies."""
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

    def foreign(entry: str) -> bool:
        try:
            here = entry in ("", ".") or os.path.samefile(entry, ".")  # noqa: PTH121
        except OSError:
            return False
        inside = os.path.realpath(entry or ".").startswith(os.path.realpath(sys.prefix) + os.sep)
        return here and not inside and not os.path.samefile(ours, ".")  # noqa: PTH121

    if not sys.flags.safe_path:
        sys.path[:] = [entry for entry in sys.path if not foreign(entry)]
        if ours not in sys.path:
            sys.path.append(ours)


def main() -> None:
    """The console script."""
    first_steps()
    from experiments import endings
    from sim.errors import NO_MEMORY

    try:
        code = _run()
        endings.deaf()
    except BaseException as error:
        number = endings.asked_to_end()
        if number is not None:
            endings.deaf()
            _say("\nInterrupted.")  # whatever a library made of it, the signal is the reason
            code = 128 + number
        elif isinstance(error, MemoryError):  # there was too little even to explain it
            _say(f"counterplay: {NO_MEMORY}")
            code = endings.BROKEN
        else:
            raise
    if endings.asked_to_end() is not None:
        endings.leave(code)  # taking all libraries down properly takes seconds
    sys.exit(code)


def _run() -> int:
    from experiments import plain_matplotlib, plain_numba
    from experiments.terminal import make_streams_safe, words_lost

    make_streams_safe()
    plain_matplotlib.install()
    plain_numba.install()
    stranger = shadowed()
    if stranger:
        _say(f"counterplay: {stranger}")
        return 1
    try:
        from experiments import cli, endings
    except (ImportError, MemoryError, OSError) as error:
        from experiments.endings import explained_fault

        said = explained_fault(error)
        if said is None:
            raise
        _say(f"counterplay: {said}")
        return 1
    endings.listen()
    code = cli.run(sys.argv[1:])
    if words_lost():
        _say("counterplay: not all words could be written to standard output")
        code = code or (0 if cli.wrote_results() else 1)
    return code


def shadowed() -> str:
    """What is wrong if another distribution's package stands before one of ours; else nothing."""
    import importlib.util
    from pathlib import Path

    root = Path(__file__).resolve().parent.parent
    for name in ("sim", "agents", "strategies", "experiments"):
        spec = importlib.util.find_spec(name)
        origin = None if spec is None else spec.origin
        if origin is None or Path(origin).resolve().parent != root / name:
            where = "nowhere" if origin is None else f"'{origin}'"
            return (
                f"its package '{name}' is found at {where}, not at '{root / name}': another "
                "distribution, or the folder you work in, has one of that name; install "
                "Counterplay in an environment of its own, and work in another folder"
            )
    return ""


def _say(text: str) -> None:
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


if __name__ == "__main__":
    main()
