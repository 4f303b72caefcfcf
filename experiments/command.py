"""The command line taken apart: which flags, which overrides. Hydra sees none of the flags."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import QuestionError

_REFUSED = {
    "--experimental-rerun": "it would load pickled objects; the same command runs the same again",
    "--hydra-help": "Hydra's settings are not used here; see counterplay --help",
    "--info": "nothing of Hydra acts here; counterplay --cfg job prints the question",
    "--run": "leave it out; a job runs unless another flag says otherwise",
    "--config-path": "the project's own files stay in use; --config-dir adds yours",
    "--config-name": "there is one question; experiment=<name> chooses a file of your own",
    "--shell-completion": "there is none",
    "--hydra-overrides": "Hydra's settings are not used here",
}
_SHORT = {
    "-h": "--help",
    "-m": "--multirun",
    "-c": "--cfg",
    "-p": "--package",
    "-cd": "--config-dir",
    "-cp": "--config-path",
    "-cn": "--config-name",
    "-r": "--run",
    "-i": "--info",
    "-sc": "--shell-completion",
}
MEMO = "memo"
_SWITCHES = ("--help", "--version", "--multirun", "--resolve")
_WITH_VALUE = ("--config-dir", "--cfg", "--package")


@dataclass
class Command:
    """What was typed."""

    overrides: list[str] = field(default_factory=list[str])
    config_dir: Path | None = None
    multirun: bool = False
    help: bool = False
    version: bool = False
    cfg: str | None = None
    """`job`: print the question instead of answering it."""
    resolve: bool = False
    package: str | None = None
    memo: Path | None = None
    """The folder of an answer that is to be written again."""

    @classmethod
    def read(cls, arguments: Sequence[str]) -> "Command":
        """Flags may stand anywhere among the overrides. Raises `QuestionError`."""
        command = cls()
        given: dict[str, str] = {}
        rest = list(arguments)
        while rest:
            word = rest.pop(0)
            if not word.startswith("-"):
                command.overrides.append(word)
                continue
            flag, equals, value = word.partition("=")
            flag = _SHORT.get(flag, flag)
            if flag in _REFUSED:
                raise QuestionError(f"{word} is not available: {_REFUSED[flag]}")
            if flag in given:
                raise QuestionError(f"{flag} is given twice")
            if flag in _WITH_VALUE:
                if not equals and not rest:
                    raise QuestionError(f"{flag} needs a value, such as {flag} {_example(flag)}")
                given[flag] = value if equals else rest.pop(0)
            elif flag in _SWITCHES and not equals:
                given[flag] = ""
            else:
                raise QuestionError(_unknown(word, flag))
        command._set(given)
        command._take_memo()
        return command

    def _take_memo(self) -> None:
        """`memo FOLDER [language=…]`: the one thing that is asked for by a word."""
        if not self.overrides or self.overrides[0] != MEMO:
            return
        words = [word for word in self.overrides[1:] if "=" not in word]
        if len(words) != 1:
            raise QuestionError(
                "memo needs one folder with an answer, such as counterplay memo outputs/compare "
                "language=zh"
            )
        self.overrides = [word for word in self.overrides[1:] if "=" in word]
        other = [word for word in self.overrides if not word.startswith("language=")]
        if other or self.multirun or self.cfg or self.config_dir:
            said = other[0] if other else "a flag"
            raise QuestionError(f"memo simulates nothing: it takes language=en or zh, not {said}")
        self.memo = Path(words[0])

    def _set(self, given: dict[str, str]) -> None:
        self.help = "--help" in given
        self.version = "--version" in given
        self.multirun = "--multirun" in given
        self.resolve = "--resolve" in given
        self.package = given.get("--package")
        self.cfg = given.get("--cfg")
        if "--config-dir" in given:
            if "\0" in given["--config-dir"] or not given["--config-dir"]:
                raise QuestionError(f"--config-dir {given['--config-dir']!r} is no folder")
            self.config_dir = Path(given["--config-dir"])
        if self.cfg not in (None, "job"):
            raise QuestionError(f"--cfg {self.cfg}: there is only --cfg job, the whole question")
        if self.cfg is None and (self.resolve or self.package is not None):
            raise QuestionError("--resolve and --package belong to --cfg job")


def _unknown(word: str, flag: str) -> str:
    known = (*_SWITCHES, *_WITH_VALUE)
    close = difflib.get_close_matches(flag, known, n=1, cutoff=0.5)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    return f"there is no flag '{word}'{hint}; allowed: {', '.join(known)}; values are key=value"


def _example(flag: str) -> str:
    return {"--config-dir": "my_files", "--cfg": "job"}.get(flag, "market.behaviour")
