"""The month from where subscribers stand: read-only tables, the same for everybody."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from sim.offers import OfferTable
from sim.records import Records


class Place(Protocol):
    """One operator in one region."""

    quality: float  # felt, congestion included, 0 to 1
    fault_rate: float
    outage: float  # share of people whom a failed base station leaves without service this month
    advert: float  # chance to notice its advertising
    appeal_yuan: float  # how much it is liked here beyond what its offers show
    coverage: float  # share of people who can use it: network where they live, a device for it
    reluctance: float  # odds against taking its lines at all; 0: everybody would


class Firm(Protocol):
    """One operator."""

    broadband_fen: int  # stand-alone price; -1: sells none
    supplied: int  # bit mask of benefits its partners deliver
    friend_relief: float  # share by which a friend there lowers one's odds against it
    save_desk: Sequence[int]  # by segment: campaign offered to who gives notice, or -1


class Service(Protocol):
    """One partner's service."""

    retail_yuan: float  # price when bought directly
    liking_yuan: Sequence[float]  # by segment: mean willingness to pay


class Region(Protocol):
    """One region."""

    income: float
    regional_usage: float
    start: int  # first account that lives there
    end: int


class CampaignRow(Protocol):
    """What a campaign offers to one subscriber; a row stays while anybody enjoys its promise."""

    operator: int
    running_low: int  # 1: tells of this month's data, before it runs out
    repairs: int  # 1: a technician's visit to a broadband line, before it fails
    wakes: int  # 1: calls who has not used the line for months
    kind: int  # promises of different kinds run side by side, see `mechanisms/promises.py`
    discount_fen: int  # per line and month
    months: int
    benefits: int  # bit mask granted for `months`
    gb: float  # extra data per line and month
    pack_fen: int  # price per line and month of what is granted
    contract_months: int  # commitment asked in return
    target_offer: int  # plan the customer is invited to, or -1: stay on the present one
    reach: float
    persuasion: float
    irritation: float
    care: float  # lift of satisfaction through an expert's call, 0 to 1
    credit_fen: int  # one-off compensation per line


class Endings(NamedTuple):
    """How likely lines are to end though nobody chooses another operator (`life_cycle`)."""

    chance: float  # a month, of a main line without a contract; 0: no line lapses
    second_factor: float
    contract_factor: float
    replaced_share: float
    dormant_months: float


class Surroundings(NamedTuple):
    """The month as subscribers meet it; record arrays, the same for everybody."""

    seed: int
    month: int  # counts from the population's birth: part of every draw's address
    usage_growth: float  # traffic per line relative to the population's birth
    allowance_growth: float
    friends: int
    acquaintances: int  # met anew every month
    second_lines: int  # 0: nobody holds a second SIM
    promise_kinds: int  # kinds of promise that campaigns have made so far, at least 1
    mechanisms: int  # bit mask of the optional mechanisms that are on
    endings: Endings
    places: Any  # [operator, region] of Place
    firms: Records[Firm]
    services: Records[Service]
    regions: Records[Region]


class MarketTables(NamedTuple):
    """Everything a subscriber can look up: offers, campaigns, surroundings."""

    offers: OfferTable
    campaigns: Records[CampaignRow]
    around: Surroundings
    terms: Any
    """By mechanism: a record an operator (see `Mechanism.terms`), none where it is off."""
