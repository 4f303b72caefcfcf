"""The market's log: who did what when, why, with what outcome; fields only, text is made later."""

from dataclasses import dataclass

from agents.causes import Ground, Outcome, Why


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What an action changes. What does not belong to its kind is empty or `None`."""

    target: str = ""
    """Whom it concerns: the partner that is asked, the operator that a partner deals with."""
    offer: str = ""
    """Full name of the offer that changes, or that a campaign invites to."""
    campaign: str = ""
    """Name of a campaign, or of a mechanism that is switched on."""
    regions: tuple[str, ...] = ()
    """Where; empty: everywhere."""
    old_price_fen: float | None = None
    """Monthly price before, on average over own lines in these regions; what newcomers pay for a
    newcomers' discount, a beneficiary's fee for an alliance."""
    new_price_fen: float | None = None
    months: int | None = None
    """For how long: a newcomers' discount, a promise."""
    gb: float | None = None
    """Data a month: of a new plan, added to a plan, promised."""
    services: tuple[str, ...] = ()
    """Partners' services that a plan or a promise includes from now on."""
    services_out: tuple[str, ...] = ()
    """Services that a plan includes no more."""
    cost_fen: float | None = None
    """What it costs the actor a month, net of tax, if nobody does anything else for it; negative:
    what it brings. Real money; a campaign's is its budget."""


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """An action and what became of it, or what a partner did by itself."""

    month: int
    """When it came into force, or was refused."""
    decided: int
    """Month of the decision: regulator and lead time lie between."""
    actor: str
    action: str
    """Name of the action's class; `leave` and `reprice` for partners."""
    why: Why
    outcome: Outcome
    ground: Ground | None = None
    """Of regulator, partner or market, where they had a say."""
    remark: str = ""
    """Theirs, with figures, for people."""
    wait_months: int = 0
    """Of an action that is delayed."""
    what: Facts = Facts()
