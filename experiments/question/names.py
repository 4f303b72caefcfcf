"""Names are names: of files, groups, places and keys. None of them leads anywhere else."""

import re
import unicodedata

from experiments.paths import CONF
from experiments.question.settings import RunSettings
from sim.errors import QuestionError
from sim.names import nearest

GROUPS = tuple(sorted(p.name for p in CONF.iterdir() if p.is_dir() and p.name != "data"))
"""Folders of files to choose from; `data` holds tables."""
TOP = tuple(RunSettings.model_fields)
"""Keys at the top of a configuration; a file's content can be put below these only."""

_NAME = re.compile(r"\w[\w-]{0,99}")
_STEP = re.compile(r"[\w*-]{1,100}")
_RESERVED = re.compile(r"_\w*_")
_WHY = "configuration is data, none of it is run"


def check_name(what: str, name: object) -> str:
    """A name of a file in a group.

    Raises:
        QuestionError: it could be a path, or read as another name than it is.
    """
    if not isinstance(name, str):
        said = "null" if name is None else str(name).lower()
        raise QuestionError(
            f"{what} = {said}: must be the name of a file; if that is its name, quote it: '{said}'"
        )
    if not _NAME.fullmatch(name) or unicodedata.normalize("NFKC", name) != name:
        raise QuestionError(
            f"{what} = {name!r}: a name, not a path: letters, digits, '_' and '-', "
            "without folder and ending"
        )
    return name


def check_group(where: str, group: str) -> str:
    """A group of files. Raises `QuestionError`."""
    if group.partition("/")[0] == "hydra":
        raise QuestionError(f"{where}: '{group}' is not allowed; {_WHY}")
    if group not in GROUPS:
        raise QuestionError(
            f"{where}: there is no group '{group}'{nearest(group, GROUPS)}; "
            f"allowed: {', '.join(GROUPS)}"
        )
    return group


def check_package(where: str, package: str) -> None:
    """Where the content of a file is put.

    Raises:
        QuestionError: not below one of the keys that a configuration has.
    """
    steps = package.split(".")
    if steps[0] == "_global_":
        steps = steps[1:]
    if not steps:
        return
    if steps[0] not in TOP or not all(_STEP.fullmatch(s) and not reserved(s) for s in steps):
        why = f"; {_WHY}" if steps[0] == "hydra" else ""
        raise QuestionError(
            f"{where}: '{package}' is not allowed as a place{nearest(steps[0], TOP)}; "
            f"allowed: _global_, or below {', '.join(TOP)}{why}"
        )


def check_key(key: str) -> None:
    """A key in a file or on the command line. Raises `QuestionError`."""
    if reserved(key):
        raise QuestionError(f"the key '{key}' is not allowed; {_WHY}")
    if not key.isprintable():
        raise QuestionError(f"the key {key!r} holds characters that cannot be printed")


def reserved(key: str) -> bool:
    """Whether Hydra gives a key a meaning of its own, in whatever spelling."""
    plain = unicodedata.normalize("NFKC", key).strip().casefold()
    return plain == "hydra" or bool(_RESERVED.fullmatch(plain))
