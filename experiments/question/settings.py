"""The schema of `conf/config.yaml`: how the question is put, without the market it is put to."""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from sim.schema import Settings

Arm = Annotated[str, Field(pattern=r"^\w(?:[\w -]{0,62}[\w-])?$")]
MOST_SUBSCRIBERS = 50_000_000


class ExperimentSettings(Settings):
    """Which experiment, and its own options beside."""

    model_config = ConfigDict(extra="allow")

    name: str
    """Kind of experiment; each is a file in `conf/experiment`."""


class RangeSettings(Settings):
    """What is not known about one parameter: bounds, or words to choose from."""

    low: float | None = None
    high: float | None = None
    scale: Literal["factor", "value", "whole"] = "value"
    """`factor`: multiplies the market's value(s); `value`: replaces it; `whole`: by a whole one."""
    options: tuple[str | int | float, ...] = ()
    """Instead of bounds: words or numbers one of which is drawn; written twice, twice as often."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if self.options:
            if self.low is not None or self.high is not None or self.scale != "value":
                raise ValueError("give either low and high, or options")
        elif self.low is None or self.high is None:
            raise ValueError("low and high are both needed (or options, a list to choose from)")
        elif self.low > self.high:
            raise ValueError(f"low = {self.low:g} exceeds high = {self.high:g}")
        elif self.scale == "whole" and (self.low % 1 or self.high % 1):
            raise ValueError(f"low = {self.low:g}, high = {self.high:g}: must be whole numbers")
        return self


class UnknownsSettings(Settings):
    """What nobody knows; drawn once for each world."""

    ranges: dict[str, Any] = {}
    """By dotted path below the market (`*`: every name), or below `rivals`."""


class RunSettings(Settings):
    """Everything at the top of the configuration."""

    market: dict[str, Any]
    rivals: dict[str, dict[str, Any]] = {}
    """What each operator plays while it is a rival."""
    strategy: dict[str, dict[str, Any]]
    """Every composed strategy by name; `strategies` chooses among them."""
    unknowns: UnknownsSettings
    history: dict[str, Any] = {}
    """What happened: only where a market of the past is backtested."""
    experiment: ExperimentSettings

    focal: str
    """The operator whose question it is."""
    strategies: tuple[Arm, ...]
    """The options compared; `hold` is always among them."""
    profiles: dict[Arm, dict[str, dict[str, Any]]] = {}
    """What other operators play under an option, by option and operator, instead of `rivals`."""
    subscribers: Annotated[int, Field(ge=1, le=MOST_SUBSCRIBERS)]
    """Accounts simulated; they stand for the whole market."""
    months: Annotated[int, Field(ge=1, le=600)]
    """Length of the experiment."""
    burn_in: Annotated[int, Field(ge=1, le=120)]
    """Months lived before month 0, the same in all arms."""
    worlds: Annotated[int, Field(ge=1, le=10_000)]
    """How many draws of what nobody knows."""
    seeds: Annotated[int, Field(ge=1, le=1000)]
    """Repetitions with other luck in each world."""
    seed: Annotated[int, Field(ge=0, le=1_000_000_000)]
    """The first seed; the same seed gives the same answer."""
    jobs: Literal["auto"] | Annotated[int, Field(ge=0, le=1024)]
    """Worker processes; 0 or `auto`: as many as there are cores."""
    out: Annotated[str, Field(min_length=1, max_length=4000)]
    """Folder for the answer."""
    resume: bool
    """Take over finished cells of an interrupted run of the same question."""
    language: Literal["en", "zh"]
    """Of memo, slides and workbook: English or 中文."""
    detail: Literal["margins", "full"]
    """Rows of `results.parquet`: totals by region and by segment, or every pair of them."""
