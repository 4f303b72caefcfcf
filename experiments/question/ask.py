"""A question put in Python: names, plays, numbers and changed settings, without a command line."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from agents.settings import MarketSettings
from experiments.paths import CONF
from experiments.question.catalogue import Plain, composed_of_parts
from experiments.question.files import Files
from experiments.question.places import check_places
from experiments.question.play import Own, Play, Playable, kinds_in, plain, plain_play
from experiments.question.provenance import (
    Choice,
    Rank,
    Said,
    said_by_market,
    said_by_user,
)
from experiments.question.question import HOLD, Question
from experiments.question.registry import check_kind, check_options
from experiments.question.resolve import read_market, read_question
from experiments.question.settings import RunSettings
from sim.errors import QuestionError
from sim.names import check, unknown
from sim.schema import Settings
from strategies import registry

NUMBERS = ("subscribers", "months", "burn_in", "worlds", "seeds", "seed", "jobs", "detail", "focal")
"""What can be given by its own name; `settings` reaches everything else."""


@dataclass(frozen=True)
class PlayableQuestion:
    """A question, and the user's own strategies in it."""

    question: Question
    own: Own

    @property
    def is_own(self) -> bool:
        """Whether something in it is known in this process alone."""
        played = (self.question.rivals, self.question.strategies, self.question.profiles)
        kinds = {kind for plays in played for kind in kinds_in(plays)}
        return not all(registry.is_ours(kind) for kind in kinds)

    def played(self) -> AbstractContextManager[None]:
        """The user's own strategies can be played as long as this lasts."""
        return registry.registered(self.own.makes)


@dataclass
class Asking:
    """Everything that can be said about a question; see `experiments/api.py` for what it means."""

    experiment: str
    market: str | MarketSettings | None = None
    strategies: Iterable[Playable] | Mapping[str, Playable] | None = None
    rivals: Mapping[str, Playable] | None = None
    arms: Mapping[str, Mapping[str, Playable]] | None = None
    unknowns: str | Mapping[str, Any] | None = None
    options: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] | None = None
    numbers: Mapping[str, Any] = field(default_factory=dict[str, Any])
    config_dir: Path | None = None
    own: Own = field(default_factory=Own)

    def resolve(self, out: Path, *, resume: bool) -> PlayableQuestion:
        """The validated question; nothing is written. Raises `QuestionError`."""
        check_kind(self.experiment)
        check("argument", self.numbers, NUMBERS)
        files = Files.of(self.config_dir)
        choices = self._choices(files)
        config, parts = composed_of_parts(choices, files)
        file = self._put_market(config)
        check_places(config, self.settings or {}, self.config_dir)
        for path, value in (self.settings or {}).items():
            put(config, path, plain(value, files))
        config |= {name: plain(value) for name, value in self.numbers.items() if value is not None}
        config["resume"] = resume
        if isinstance(self.unknowns, Mapping):
            config["unknowns"] = {"ranges": plain(self.unknowns, files)}
        config["experiment"] |= cast("Plain", plain(self.options or {}, files))
        self._put_plays(config, files)
        with registry.registered(self.own.makes):
            folders = (CONF,) if self.config_dir is None else (self.config_dir, CONF)
            said = said_by_user(parts, _files(choices), self._typed(config, files), files)
            question = read_question(config, out, folders, self._with_market(said, file))
            check_options(question)
            return PlayableQuestion(question, self.own)

    def _typed(self, config: Plain, files: Files) -> list[tuple[str, Any]]:
        """Paths and values that the arguments set, as the command line would have set them."""
        typed = [(path, plain(value, files)) for path, value in (self.settings or {}).items()]
        typed += [(name, plain(v)) for name, v in self.numbers.items() if v is not None]
        if isinstance(self.unknowns, Mapping):
            typed.append(("unknowns.ranges", plain(self.unknowns, files)))
        typed += [(f"experiment.{k}", plain(v, files)) for k, v in (self.options or {}).items()]
        for operator, play in (self.rivals or {}).items():
            typed += self._changed(f"rivals.{operator}", play, config["rivals"][operator], files)
        if self.strategies is not None or self.arms is not None:
            typed.append(("strategies", config["strategies"]))
        for arm, play in _named(self.strategies or ()):
            typed += self._changed(f"strategy.{arm}", play, config["strategy"][arm], files)
        return typed

    def _changed(
        self, place: str, play: Playable, composed: Plain, files: Files
    ) -> Iterator[tuple[str, Any]]:
        """What of a play its file does not say."""
        name = play if isinstance(play, str) else play.name if isinstance(play, Play) else ""
        group = "rival" if place.startswith("rivals.") else "strategy"
        if name not in files.options(group):
            yield place, composed
        elif isinstance(play, Play):
            for key in play.changes:
                yield f"{place}.{key}", composed[key]

    def _with_market(self, said: Said, file: Plain) -> Said:
        """With what a market handed over as an object says, beyond the file of its name."""
        if not isinstance(self.market, MarketSettings):
            return said
        market = said_by_market(self.market.model_dump(mode="json"), file)
        typed = {path: say for path, say in said.values.items() if say.rank is not Rank.MARKET}
        return replace(said, values={**market, **typed})

    def _choices(self, files: Files) -> dict[str, str]:
        chosen = {"experiment": self.experiment}
        if isinstance(self.market, str):
            chosen["market"] = self.market
        elif isinstance(self.market, MarketSettings) and files.has(f"market/{self.market.name}"):
            chosen["market"] = self.market.name
        if isinstance(self.unknowns, str):
            chosen["unknowns"] = self.unknowns
        for operator, play in (self.rivals or {}).items():
            name = play if isinstance(play, str) else play.name if isinstance(play, Play) else ""
            if name in files.options("rival"):
                chosen[f"rival@rivals.{operator}"] = name
        return chosen

    def _put_market(self, config: Plain) -> Plain:
        """A market of the user's own; rivals and unknowns stay those of the file of its name.

        Returns what that file says of the market; nothing if there is none.
        """
        if not isinstance(self.market, MarketSettings):
            return {}
        known = config["market"].get("name") == self.market.name
        form = config["market"].get("form")
        if known and form is not None:
            raise QuestionError(
                f"market '{self.market.name}' is of the form '{form}': give its name, and "
                "change it by settings"
            )
        file = read_market(config["market"]).model_dump(mode="json") if known else {}
        config["market"] = plain(self.market.model_dump(mode="json"))
        if not known:
            config["rivals"], config["focal"] = {}, None
            config["unknowns"] = {"ranges": {}}
        return file

    def _put_plays(self, config: Plain, files: Files) -> None:
        strategies: Plain = config["strategy"]
        fitted = dict(strategies)
        for operator, play in (self.rivals or {}).items():
            at = f"rivals: operator '{operator}'"
            inherited = config["rivals"].get(operator, {})
            config["rivals"][operator] = self._plain(play, fitted, files, at, inherited)
        if self.strategies is None and self.arms is None:
            return
        names: list[str] = []
        for arm, play in _named(self.strategies or ()):
            strategies[arm] = self._plain(play, fitted, files, f"strategy '{arm}'")
            names.append(arm)
        config["profiles"] = dict(config.get("profiles") or {})
        focal = str(config["focal"])
        for arm, profile in (self.arms or {}).items():
            others = dict(profile)
            mine = others.pop(focal, HOLD)
            strategies[arm] = self._plain(mine, fitted, files, f"arms '{arm}'")
            config["profiles"][arm] = {
                who: self._plain(play, fitted, files, f"arms '{arm}', '{who}'", first="rival")
                for who, play in others.items()
            }
            names.append(arm)
        config["strategies"] = names

    def _plain(
        self, play: Playable, fitted: Mapping[str, Plain], files: Files, where: str,
        inherited: Plain | None = None, first: str = "strategy",
    ) -> Plain:  # fmt: skip
        """What is played as plain data; a rival's file was composed already (`inherited`)."""
        if isinstance(play, str):
            play = Play(play)
        if isinstance(play, Play):
            if inherited is not None and play.name in files.options("rival"):
                return {**inherited, **plain(play.changes, files)}
            first = first if inherited is None else "rival"
            return plain_play(play, fitted, files, first)
        if isinstance(play, Settings):
            return cast("Plain", plain(play, files))
        if isinstance(play, Mapping):
            data = cast("Plain", plain(play, files))
            if "kind" not in data:
                raise QuestionError(f"{where}: plain data needs 'kind'; got {sorted(data)}")
            return data
        return self.own.add(play)


def _files(choices: Mapping[str, str]) -> list[Choice]:
    """The chosen files as the command line would have named them."""
    parts = ((key.partition("@"), name) for key, name in choices.items())
    return [
        Choice(f"{group}/{name}", package if at else None) for (group, at, package), name in parts
    ]


def _named(
    strategies: Iterable[Playable] | Mapping[str, Playable],
) -> Iterable[tuple[str, Playable]]:
    """Each option with the name it is told by; a list's options are named by what they play."""
    if isinstance(strategies, str):
        raise QuestionError(f"strategies={strategies!r}: must be a list, such as [{strategies!r}]")
    if isinstance(strategies, Mapping):
        yield from cast("Mapping[str, Playable]", strategies).items()
        return
    for play in strategies:
        if isinstance(play, str):
            yield play, play
        elif isinstance(play, Play):
            yield play.name, play
        elif isinstance(play, Mapping):
            yield str(cast("Mapping[str, Any]", play).get("kind")), play
        elif isinstance(play, Settings):
            yield str(registry.kind_of(play)), play
        else:
            yield getattr(play, "__name__", type(play).__name__).strip("<>"), play


def put(config: Plain, path: str, value: Any) -> None:
    """Set what a dotted path names, which must be there. Raises `UnknownNameError`."""
    *above, last = path.split(".")
    place = config
    for depth, step in enumerate(above):
        inner = place.get(step)
        if not isinstance(inner, dict):
            keys = [".".join((*above[:depth], key)) for key in place]
            raise unknown(f"settings: '{path}':", ".".join(above[: depth + 1]), keys)
        place = cast("Plain", inner)
    allowed = set(place)
    if isinstance(place.get("kind"), str):
        allowed |= set(registry.parameters_of(str(place["kind"])))
    if not above:
        allowed = set(RunSettings.model_fields) - {"out"}
    if last not in allowed:
        raise unknown(f"settings: '{path}':", last, allowed)
    place[last] = value
