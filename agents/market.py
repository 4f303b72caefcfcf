"""The market: the one loop everyone can recite.

Operators look and act; the regulator lets pass, delays or rejects; partners answer; subscribers
live the month; the ledger settles and the tallies are written.
"""

import copy
from functools import partial
from typing import Any, Self

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.acceptance import fade
from agents.behaviour.environment import Firm, MarketTables, Place, Surroundings
from agents.behaviour.settings import compile_behaviour
from agents.execution import carry_out as carrying_out
from agents.execution.alliances import partner_changes
from agents.execution.campaigns import CampaignBook
from agents.execution.foresight import who_leaves, who_runs_out
from agents.execution.line_watch import count_errors, file_lines
from agents.execution.offers import post_offers
from agents.execution.programmes import ProgrammeBook
from agents.execution.records import file_records
from agents.execution.settlement import open_ledger, settle_month
from agents.execution.start_stop import charge_save_desks
from agents.execution.stations import StationBook
from agents.execution.targeting import Foresight, Spending, draw_up_lists
from agents.life_cycle import NO_ENDINGS, endings_of
from agents.log import LogEntry
from agents.mechanisms.promises import FURTHER_PROMISES
from agents.observation import OfferView, Strategy
from agents.operator import Operator
from agents.partner import Alliance, Partner, Reach
from agents.population import ColumnPopulation, Population, region_blocks, settle, unsettled
from agents.prediction.archive import CustomerArchive
from agents.prediction.forecaster import Forecaster
from agents.regulator import Regulator
from agents.settings import MarketSettings
from agents.tables import (
    birth_book,
    broadband_prices,
    by_region,
    calibrated_behaviour,
    coverage_of,
    partners_of,
    per_operator,
    regions_of,
    services_of,
    starting_book,
    starting_network,
)
from agents.tallies import Counters
from sim.money import to_fen
from sim.names import unknown
from sim.records import column, fill
from sim.vocabulary import Measure, Segment


class Market(mesa.Model[Any, Any]):
    """A telecom market of subscribers, operators, partners and a regulator.

    Args:
        settings: the market as data.
        subscribers: accounts that represent the whole market.
        seed: everybody's luck; the same seed gives the same market, bit for bit.
        threads: threads for the subscribers' month; changes nothing but the time it takes.

    Raises:
        MarketError: fewer accounts than regions, or somebody finds no plan to start on.
    """

    def __init__(
        self, settings: MarketSettings, subscribers: int, seed: int, threads: int = 1
    ) -> None:
        super().__init__(rng=seed)
        self.settings = settings
        self.seed_number = seed
        self.regions = tuple(settings.regions)
        self.partner_names = tuple(settings.partners)
        self.behaviour = compile_behaviour(calibrated_behaviour(settings))
        self.book = starting_book(settings)
        self.campaigns = CampaignBook(settings.channels)
        self.network = starting_network(settings)
        self.programmes = ProgrammeBook(settings.silence)
        self.ledger = open_ledger(list(settings.operators), list(settings.partners))
        self.archive = CustomerArchive()
        self.forecaster = Forecaster(self.archive, seed)
        self.spending = Spending()
        self.log: list[LogEntry] = []
        self.queue: list[carrying_out.Pending] = []
        self.setup_fen: dict[str, int] = {}
        self.tallies: list[NDArray[np.int64]] = []
        self.moves: list[NDArray[np.int64]] = []
        self.held: list[NDArray[np.int64]] = []
        self.posted: list[list[tuple[OfferView, ...]]] = []
        self.month = self.shock_month = 0
        self.recording, self.keep_customer_records = True, False

        shares = np.array([region.people_share for region in settings.regions.values()])
        self.region_start = region_blocks(subscribers, shares)
        self.operators = [
            Operator(self, index, name, operator)
            for index, (name, operator) in enumerate(settings.operators.items())
        ]
        self.partners = [Partner(self, name, p) for name, p in settings.partners.items()]
        self.regulator = Regulator(self, settings.regulator)
        self._found_alliances()
        n_operators, n_regions = len(self.operators), len(self.regions)
        self.utilisation = np.zeros((n_operators, n_regions))
        self.stations = StationBook.new(settings.outages, seed, n_operators, n_regions)
        self.quality = self.network.base.copy()
        self.coverage = coverage_of(settings)
        self.appeal = by_region(settings, settings.calibration.region_appeal_yuan, 0.0)
        playing = settings.operators.values()
        self.reluctance = per_operator([o.acceptance.reluctance for o in playing], n_regions)
        self.advert = per_operator([o.advert_reach for o in playing], n_regions)
        self.fault_rate = per_operator([o.network.fault_rate for o in playing], n_regions)
        self._services = services_of(settings)
        self._regions = regions_of(settings, self.region_start)
        self.desks = self.campaigns.save_desks(n_operators, len(Segment))
        self.last_counters: Counters | None = None
        self.endings = NO_ENDINGS  # nothing has ended before the first month
        self.population: Population = self._populate(threads)
        self.endings = endings_of(settings, self.population.columns())
        self.scale = self._scale()
        self._size_up(subscribers)
        self.posted.append(post_offers(self))
        self.posted_before = self.posted[0]

    # --- setting up -------------------------------------------------------------------------------

    def _populate(self, threads: int) -> ColumnPopulation:
        tastes = calibrated_behaviour(self.settings)
        found = self.settings.calibration.birth_second_taste_yuan
        if found is not None:
            tastes = tastes.model_copy(update={"second_taste_yuan": found})
        behaviour = compile_behaviour(tastes)
        at_birth = self._tables_at_birth()
        columns = unsettled(at_birth, behaviour, self.settings.population)
        settle(columns, at_birth, behaviour, self.settings.churn_monthly)
        return ColumnPopulation(columns, threads)

    def _tables_at_birth(self) -> MarketTables:
        now = self.tables()
        local = self.settings.calibration.birth_region_appeal_yuan
        if local:
            now.around.places["appeal_yuan"] = by_region(self.settings, local, 0.0)
        return now._replace(offers=birth_book(self.settings, self.book).table())

    def _found_alliances(self) -> None:
        for operator in self.operators:
            for name in sorted(partners_of(self.settings, operator.name)):
                partner = self.partner(name)
                partner.alliances[operator.index] = Alliance(partner.asks_fen, False, 0)

    def _scale(self) -> float:
        """Real mobile lines that one simulated line stands for."""
        columns = self.population.columns()
        lines = int(columns.lines.sum()) + int((columns.second >= 0).sum())
        return sum(o.target.lines_million for o in self.settings.operators.values()) * 1e6 / lines

    def _size_up(self, subscribers: int) -> None:
        """Overheads by the lines there are, and how many accounts partners may sell to."""
        for partner in self.partners:
            partner.accounts = subscribers * self.scale
        columns = self.population.columns()
        main = column(self.book.table().rows, "operator")[columns.offer]
        lines = np.bincount(main, weights=columns.lines, minlength=len(self.operators))
        for operator in self.operators:
            per_line = to_fen(operator.settings.costs.overhead_yuan_per_line)
            operator.overhead_fen = int(lines[operator.index]) * per_line

    # --- names ------------------------------------------------------------------------------------

    def operator(self, name: str) -> Operator:
        """The operator called `name`. Raises `UnknownNameError`."""
        for operator in self.operators:
            if operator.name == name:
                return operator
        raise unknown("operator", name, self.settings.operators)

    def partner(self, name: str) -> Partner:
        """The partner called `name`. Raises `UnknownNameError`."""
        for partner in self.partners:
            if partner.name == name:
                return partner
        raise unknown("partner", name, self.partner_names)

    # --- the month --------------------------------------------------------------------------------

    def step(self) -> None:
        """Live one month."""
        for operator in self.operators:
            operator.clear_costs()
        self.advert[:] = np.array([o.settings.advert_reach for o in self.operators])[:, None]
        wishes = [(operator, action) for operator in self.operators for action in operator.decide()]
        for operator, action in wishes:
            carrying_out.submit(self, operator, action)
        carrying_out.carry_out_due(self)
        self._partners_review()
        self.live_month()

    def live_month(self) -> None:
        """What follows once everybody has moved: contacts, subscribers' month, the books."""
        contact = self._contacts()
        self.stations.live(self)
        self.desks = self._open_desks()
        self._hold_what_is_on()
        counters = self.population.live(self.tables(), self.behaviour, contact)
        self._after_month(counters, contact)

    def _hold_what_is_on(self) -> None:
        """Make room in everybody's state for the mechanisms that are on."""
        if self.campaigns.promise_kinds() > 1:
            self.programmes.on.add(FURTHER_PROMISES.name)
        for name in sorted(self.programmes.on):
            self.population.hold(name)

    def run(self, months: int) -> Self:
        """Live several months."""
        for _ in range(months):
            self.step()
        return self

    def fork(self, strategies: dict[str, Strategy]) -> Self:
        """An independent market in the same state, whose operators play `strategies` from now on.

        The month of the fork becomes month 0 of what strategies see. Raises `MarketError` for a
        strategy of an operator that does not exist.
        """
        return copy.deepcopy(self).play(strategies)

    def play(self, strategies: dict[str, Strategy]) -> Self:
        """Let operators play `strategies` from now on; this month becomes their month 0.

        Raises `UnknownNameError` for a strategy of an operator that does not exist.
        """
        self.shock_month = self.month
        self.posted_before = self.posted[-1]
        for name, strategy in strategies.items():
            self.operator(name).strategy = strategy
        return self

    def tables(self) -> MarketTables:
        """Everything subscribers can look up this month."""
        settings = self.settings
        years = self.month / 12.0
        around = Surroundings(
            seed=self.seed_number,
            month=self.month + 1,
            usage_growth=(1.0 + settings.usage_growth_yearly) ** years,
            allowance_growth=self.allowance_growth(),
            friends=settings.population.friends,
            acquaintances=settings.population.acquaintances,
            second_lines=int(settings.second_lines_share > 0),
            promise_kinds=self.campaigns.promise_kinds(),
            mechanisms=self.programmes.mask(),
            endings=self.endings,
            places=fill(
                Place,
                self.quality.shape,
                {
                    "quality": self.quality,
                    "fault_rate": self.fault_rate,
                    "outage": self.stations.felt,
                    "advert": self.advert,
                    "appeal_yuan": self.appeal,
                    "coverage": self.coverage,
                    "reluctance": self.reluctance,
                },
            ),
            firms=fill(
                Firm,
                (len(self.operators),),
                {
                    "broadband_fen": broadband_prices(settings),
                    "supplied": self._supplied(),
                    "friend_relief": [o.settings.acceptance.friend_relief for o in self.operators],
                    "save_desk": self.desks,
                },
            ),
            services=self._services,
            regions=self._regions,
        )
        return MarketTables(
            self.book.table(),
            self.campaigns.table(self.book),
            around,
            self.programmes.terms(len(self.operators)),
        )

    def allowance_growth(self) -> float:
        """Growth of allowances since the population's birth."""
        return (1.0 + self.settings.allowance_growth_yearly) ** (self.month / 12.0)

    def _supplied(self) -> NDArray[np.int64]:
        masks = np.zeros(len(self.operators), dtype=np.int64)
        for benefit, partner in enumerate(self.partners):
            for operator in partner.alliances:
                masks[operator] |= 1 << benefit
        return masks

    def _open_desks(self) -> NDArray[np.int64]:
        """Save desks that are open: those whose budget has something left."""
        desks = self.campaigns.save_desks(len(self.operators), len(Segment))
        for row in np.unique(desks[desks >= 0]):
            if self.spending.left_fen(int(row)) <= 0.0:
                desks[desks == row] = -1
        return desks

    def _contacts(self) -> NDArray[np.int16]:
        for row in self.campaigns.active.values():
            budget = self.campaigns.rows[row].campaign.budget_yuan
            self.spending.allow(row, budget, self.scale)
        contact = draw_up_lists(
            self.population.columns(),
            self.population.record,
            self.book.table(),
            self.campaigns,
            self.spending,
            self.forecaster,
            self.month,
            self.allowance_growth(),
            self.seed_number,
            self.regions,
            Foresight(partial(who_leaves, self), partial(who_runs_out, self), count_errors(self)),
        )
        attempts = np.bincount(contact[contact >= 0], minlength=len(self.campaigns.rows))
        for row, count in enumerate(attempts):
            running = self.campaigns.rows[row]
            fen = int(count) * to_fen(running.channel.cost_yuan)
            if running.campaign.when == "fault_expected":
                self.operators[running.operator].repair_fen += fen
            else:
                self.operators[running.operator].contact_fen += fen
        return contact

    def reach_of(self, benefit: int) -> tuple[dict[int, Reach], float]:
        """A partner's users last month, real accounts: by operator, and those who pay directly."""
        counters = self.last_counters
        if counters is None:
            return {}, 0.0
        given = counters.benefits[:, benefit, :] * self.scale
        users = {
            operator: Reach(float(given[operator, 0]), float(given[operator, 1]))
            for operator in self.partners[benefit].alliances
        }
        return users, float(counters.direct[benefit]) * self.scale

    def _partners_review(self) -> None:
        if self.last_counters is None:
            return
        for benefit, partner in enumerate(self.partners):
            users, direct = self.reach_of(benefit)
            for change in partner.review(self.month, users, direct):
                partner_changes(self, partner, change, users)

    def _after_month(self, counters: Counters, contact: NDArray[np.int16]) -> None:
        charge_save_desks(self, counters)
        self.campaigns.note_month(contact, counters.campaigns[:, 0])
        file_lines(self)
        settle_month(self, counters)
        for operator in self.operators:
            operator.keep_books(counters.measures[operator.index])
        traffic = counters.measures[:, :, :, Measure.TRAFFIC_MB].sum(axis=2) / 1000.0
        if self.month == 0:
            target = [o.network.utilisation for o in self.settings.operators.values()]
            self.network.build_for(traffic, np.array(target))
        self.network.grow((1.0 + self.settings.usage_growth_yearly) ** (1.0 / 12.0))
        self.network.deliver(self.month)
        self.utilisation = self.network.utilisation(traffic)
        self.quality = self.network.quality(traffic)
        fade(self.reluctance, self.settings, self.book.table().rows)
        self.last_counters = counters
        if self.recording:
            self.tallies.append(counters.measures)
            self.moves.append(counters.moves)
            self.held.append(counters.held)
        file_records(self)
        self.month += 1
        self.posted.append(post_offers(self))
