"""What a pilot's plan can be asked: which answer, which option, which designs, in which noise."""

from typing import Annotated, Literal

from pydantic import Field

from experiments.analysis.pilot.search import LONGEST
from sim.schema import Settings

Size = Annotated[float, Field(ge=0, le=2)]
Measure = Literal[
    "revenue_per_line", "revenue", "churn", "gross_adds", "lines", "customer_bill", "customer_kept",
]  # fmt: skip


class NoiseSettings(Settings):
    """The stated model of what regions do for no reason; relative sizes over months."""

    churn_shock: Size = 0.16
    """Standard deviation of a region's churn, at a share of 20 % of its lines."""
    gross_adds_shock: Size = 0.16
    """Of its gross adds."""
    revenue_shock: Size = 0.01
    """Of its revenue per line."""
    persistence: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Correlation of a region's shock with last month's."""
    bill_spread: Size = 0.8
    """Standard deviation of bills between lines over their mean."""
    bill_known: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Share of that variance that a customer's earlier bills explain."""


class PilotSettings(Settings):
    """Options of `experiment=pilot`."""

    answer: str | None = None
    """Folder of a stored comparison; none: the question is asked first."""
    option: str | None = None
    """What is piloted; none: what the comparison recommends, or what comes nearest."""
    choices: Annotated[list[Literal["matched", "stratified"]], Field(max_length=2)] = [
        "matched", "stratified",
    ]  # fmt: skip
    """How pilot regions are chosen."""
    regions: list[str] = []
    """A set of your own, tried beside the others."""
    counts: Annotated[list[Annotated[int, Field(ge=2, le=50)]], Field(max_length=12)] = [2, 3, 4, 6]
    """How many regions."""
    samples: Annotated[
        list[Annotated[int, Field(ge=100, le=100_000_000)]], Field(max_length=6)
    ] = [50_000, 500_000]  # fmt: skip
    """Customers in each of two groups drawn inside regions, one left without; none: never."""
    lengths: Annotated[
        list[Annotated[int, Field(ge=1, le=LONGEST)]], Field(min_length=1, max_length=12)
    ] = [3, 6, 9, 12]
    """Months from the launch."""
    measures: Annotated[list[Measure], Field(min_length=1)] = [
        "revenue_per_line", "revenue", "churn", "gross_adds", "lines", "customer_bill",
        "customer_kept",
    ]  # fmt: skip
    """What may be measured; the last two of customers drawn at random, the others of regions."""
    history: str | None = None
    """CSV of region, month, measure, value that the noise comes from; none: the stated model."""
    noise: NoiseSettings = NoiseSettings()
    pilots: Annotated[int, Field(ge=100, le=20_000)] = 1_000
    """Pilots without an effect that every rate is counted on."""
    noise_seed: Annotated[int, Field(ge=0)] = 1
    """Of their draws: the same whatever the seed of the market's runs."""
    before: Annotated[int, Field(ge=3, le=36)] = 12
    """Months ahead of the launch that regions are compared over."""
    per_region_yuan: Annotated[float, Field(ge=0, le=1e12)] = 1_000_000.0
    """Spend on setting up and measuring in one region."""
    reading_months: Annotated[int, Field(ge=0, le=12)] = 1
    """From the last month until figures are there and it is decided."""
    extend_within: Annotated[float, Field(ge=0, le=3)] = 0.5
    """Estimates so many standard errors from the break-even are extended; 0: never."""
