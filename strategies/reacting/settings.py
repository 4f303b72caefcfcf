"""The parameters of a reaction, which any strategy takes beside its own."""

from typing import Annotated, Literal

from pydantic import Field

from agents.causes import MoveKind
from sim.schema import Settings

Reaction = Literal["none", "match", "escalate", "copy", "profit_rule", "punish_then_return"]

ALL_KINDS: tuple[MoveKind, ...] = (
    "price", "newcomers", "data", "benefits", "new_plan", "exclusive",
)  # fmt: skip


class ReactionSettings(Settings):
    """The `reaction` keys, and `gives_up_after`, that any strategy takes."""

    reaction: Reaction = "none"
    """`match`: the same in kind, never deeper; `escalate`: prices a step deeper; `copy`: what is no
    price and worked; `profit_rule`: match if the own estimate says it pays;
    `punish_then_return`: match prices for some months, then return and forgive."""
    reaction_to: Annotated[tuple[MoveKind, ...], Field(min_length=1)] = ALL_KINDS
    """Which moves are answered, each in kind."""
    reaction_delay_months: Annotated[int, Field(ge=0, le=60)] = 0
    """Months between seeing a move and answering it, on top of the market monitor's lag."""
    reaction_follow: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of a move that is followed."""
    reaction_limit: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Deepest cut that a reaction makes, as a share of the own price before. Never below cost."""
    reaction_memory_months: Annotated[int, Field(ge=1, le=60)] = 12
    """For how long a move is remembered as the cause of what others do after it. An answer that
    outlives its cause by more is a move of its own."""
    reaction_patience_months: Annotated[int, Field(ge=0, le=60)] = 6
    """How long an own attack that is matched in full goes on before it is taken back, if it earns
    less than before (`match`, `profit_rule`, `punish_then_return`)."""
    reaction_step: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    """`escalate`: by which share of the other's price it is undercut, and of the own price an own
    attack is deepened that was matched in full."""
    reaction_copy_months: Annotated[int, Field(ge=0, le=60)] = 3
    """`copy`: months after which a move is judged, and copied if it worked."""
    reaction_success_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    """`copy`: growth of a rival's lines since its move from which on it has worked."""
    reaction_punish_months: Annotated[int, Field(ge=1, le=60)] = 6
    """`punish_then_return`: for how long prices are matched."""
    reaction_horizon_months: Annotated[int, Field(ge=1, le=60)] = 12
    """`profit_rule`: months over which loss and revenue given away are compared."""
    reaction_stops_share: Annotated[float, Field(ge=0, le=1)] = 0.7
    """`profit_rule`: share of the lines being lost that an answer is believed to keep."""
    gives_up_after: Annotated[float, Field(ge=0, le=120)] = 0.0
    """Months after which an own attack is taken back if it earns less than the months before.
    0: never."""

    @property
    def wait_months(self) -> int:
        """Months from seeing a move that is no price to answering it."""
        copies = self.reaction == "copy"
        return self.reaction_copy_months if copies else self.reaction_delay_months
