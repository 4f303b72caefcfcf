"""The words every floor shares: segments, events and the measures that are tallied."""

from enum import IntEnum


class Segment(IntEnum):
    """Who an account is. Personal types differ in how their tastes are distributed; no clones."""

    EXPERIENCE = 0
    PRICE = 1
    BENEFIT = 2
    HOUSEHOLD = 3
    ENTERPRISE = 4


SEGMENTS = tuple(segment.name.lower() for segment in Segment)
N_SEGMENTS = len(SEGMENTS)
PERSONAL = (Segment.EXPERIENCE, Segment.PRICE, Segment.BENEFIT)
# What an operator can tell apart at the counter: a private person, a family, a firm. Tastes it
# cannot see.
CUSTOMER_CLASSES = {
    "personal": tuple(int(s) for s in PERSONAL),
    "household": (int(Segment.HOUSEHOLD),),
    "enterprise": (int(Segment.ENTERPRISE),),
}


class Scene(IntEnum):
    """What data is used for."""

    COMMUTE = 0
    VIDEO = 1
    CREATING = 2
    GAMING = 3
    LEARNING = 4
    HOME = 5


SCENES = tuple(scene.name.lower() for scene in Scene)
N_SCENES = len(SCENES)

NOBODY = -1
"""No operator, no offer, no campaign."""
MAX_REGIONS = 62
MAX_OPERATORS = 12
"""Friends are counted by operator, four bits each, in one number of 63."""
MAX_BENEFITS = 15


class Event(IntEnum):
    """What happened to a subscriber in a month: bits of one number.

    Plain integers, since compiled code has no flags.
    """

    LOOKED = 1
    FAULT = 2
    RAN_OUT = 4
    BILL_SHOCK = 8
    LEFT = 16
    CHANGED_PLAN = 32
    SECOND_ADDED = 64
    SECOND_DROPPED = 128
    CONTACTED = 256
    ACCEPTED = 512
    COMPLAINED = 1024
    REDEEMED = 2048
    SAVE_DESK = 4096
    CONTRACT_END = 8192
    RETURNED = 16384
    LAPSED = 32768


class Measure(IntEnum):
    """What is added up, each month, by operator, region and segment. Whole numbers only.

    Sums of integers do not depend on the order of addition, so not on threads or chunks. Money is
    in fen, traffic in megabytes, satisfaction in ten-thousandths.
    """

    ACCOUNTS = 0
    LINES = 1
    SECOND_LINES = 2
    ACTIVE_LINES = 3
    GROSS_ADDS = 4
    CHURNED_LINES = 5
    SECOND_ADDS = 6
    SECOND_DROPS = 7
    MOBILE_FEN = 8
    OVERAGE_FEN = 9
    BROADBAND_FEN = 10
    EXIT_FEE_FEN = 11
    DISCOUNT_FEN = 12
    CREDIT_FEN = 13
    TRAFFIC_MB = 14
    SATISFACTION = 15
    PROMOTERS = 16
    DETRACTORS = 17
    COMPLAINTS = 18
    FAULTS = 19
    LOOKED = 20
    CONTACTS = 21
    ACCEPTED = 22
    BROADBAND_LINES = 23
    CONVERGED = 24
    WITH_BENEFIT = 25
    POINTS_EARNED = 26
    POINTS_REDEEMED = 27
    CONTRACT_LINES = 28
    PLAN_CHANGES = 29
    RAN_OUT = 30
    PACK_FEN = 31
    BILL_SHOCKS = 32
    GROSS_ADDS_SECOND = 33
    LAPSED_LINES = 34
    PORTED_IN = 35
    PORTED_OUT = 36


N_MEASURES = len(Measure)
