"""What is planned for the next weeks, what is overdue, and the trade fairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from attrs import evolve, frozen

from tenon_core.demo.activities import NOON, ActivityMaker
from tenon_core.demo.activity_rows import Meeting
from tenon_core.demo.circle import Circle
from tenon_core.demo.company import Person
from tenon_core.demo.scenes import Scene, choose, scenes, stage_of

# The share of customers of a tier with something planned, and with something more.
SHARE = {"A": (0.95, 0.6), "B": (0.7, 0.25), "C": (0.4,), "D": (0.22,)}
KINDS = {"visit": 40, "call": 25, "task": 20, "meeting": 8, "demonstration": 5, "email": 2}
OVERDUE = {"A": 0.7, "B": 0.5, "C": 0.36, "D": 0.24}
TASKS, OVERDUE_DAYS = 0.8, {"task": 25, "visit": 6}
# Name, month and first day, and the branches that go there.
FAIRS = (
    ("春季橡塑工业展（广州）", 4, 15, ("SC", "CC")),
    ("中西部模具与注塑展（重庆）", 6, 11, ("SW", "CC")),
    ("秋季塑料机械展（苏州）", 9, 16, ("EC", "NC")),
    ("Asia Plastics Machinery Fair, Bangkok", 8, 20, ("OS",)),
)
NEIGHBOURS = frozenset({"VN", "TH", "IN"})
FAIR_DAYS, CREW, VISITORS = 3, 3, 12
ORGANISER = "wenkexin"


@frozen
class Fair:
    name: str
    dates: Sequence[date]
    units: Sequence[str]


class Planner:
    def __init__(self, maker: ActivityMaker) -> None:
        self.maker, self.dice, self.days = maker, maker.dice, maker.days
        self.staff, self.diary = maker.staff, maker.diary

    def ahead(self, circle: Circle) -> None:
        """What the owner has planned with a customer, from today on, and what she forgot."""
        customer = circle.customer
        if customer.owner is None or customer.quiet_since is not None:
            return
        for share in SHARE[customer.tier]:
            if self.dice.chance(share):
                self._plan(circle)
        if self.dice.chance(OVERDUE[customer.tier]):
            self._overdue(circle)

    def _scene(self, circle: Circle, kind: str) -> Scene | None:
        stage = stage_of(circle.customer, ended=False)
        scene = choose(self.dice, circle.customer, kind, stage)
        return None if scene is None or scene.boss or scene.tech else scene

    def _plan(self, circle: Circle) -> None:
        kind = self.dice.weighted(list(KINDS.items()), lambda each: each[1])[0]
        scene = self._scene(circle, kind)
        span = (self.days.end - self.days.today).days
        first = self.days.today + timedelta(days=int(span * self.dice.random.random() ** 1.7))
        for later in range(7 if scene is not None else 0):
            day = first + timedelta(days=later)
            country = circle.customer.place.country
            if day > self.days.end or not self.staff.works(day, country) or scene is None:
                continue
            meeting = self.maker.arrange(circle, scene, self._owner(circle, day), day)
            if meeting is not None:
                self._write(meeting)
                return

    def _owner(self, circle: Circle, day: date) -> Person:
        return self.staff.on_duty(circle.customer.owner or ORGANISER, day)

    def _overdue(self, circle: Circle) -> None:
        """A task that should be done by now, sometimes a visit that nobody reported on."""
        customer = circle.customer
        kind = "task" if self.dice.chance(TASKS) else "visit"
        scene = self._scene(circle, kind)
        day = self.days.today - timedelta(days=self.dice.whole(1, OVERDUE_DAYS[kind]))
        early = day <= customer.stays[-1].since.date() + timedelta(days=20)
        if scene is None or early or not self.staff.works(day, customer.place.country):
            return
        meeting = self.maker.arrange(circle, scene, self._owner(circle, day), day)
        if meeting is not None:
            self._write(meeting)

    def _write(self, meeting: Meeting) -> None:
        """Notes a plan down, some days before."""
        day = min(meeting.slot.day, self.days.today) - timedelta(days=self.dice.whole(1, 9))
        day = max(day, meeting.customer.stays[-1].since.date() + timedelta(days=1))
        at = min(self.days.at(day, self.dice.whole(520, 1080)), self.days.now)
        theirs, told = self.maker.tell(meeting)
        row = self.maker.writer.planned(meeting, told, at)
        where, kind = meeting.circle.where, meeting.scene.kind
        self.diary.book(meeting.person.id, meeting.slot, kind, where)
        self.maker.writer.add(row, [meeting.person], theirs, told)

    # --------------------------------------------------------------------------------- fairs

    def fairs(self, circles: Mapping[UUID, Circle]) -> None:
        """The fairs of two years, with whom we met on the stand."""
        for year in range(self.days.start.year, self.days.end.year + 1):
            for name, month, first, units in FAIRS:
                day = date(year, month, first)
                fair = Fair(name, [day + timedelta(days=n) for n in range(FAIR_DAYS)], units)
                inside = self.days.start < day and fair.dates[-1] < self.days.today
                if inside and all(self.staff.works(each, "CN") for each in fair.dates):
                    self._attend(fair, circles)

    def _attend(self, fair: Fair, circles: Mapping[UUID, Circle]) -> None:
        crew = self._crew(fair)
        self._stand(fair, crew)
        logins = {person.login for person in crew}
        near = [circle for circle in circles.values() if self._comes(circle, fair, logins)]
        for circle in self.dice.some(near, VISITORS):
            self._meet(fair, circle)
        for person in crew:
            for day in fair.dates:
                self.diary.close(person.id, day)

    def _crew(self, fair: Fair) -> list[Person]:
        company = self.staff.company
        crew = [company.people[ORGANISER]]
        for unit in fair.units:
            crew += self.dice.some(company.sellers(unit, fair.dates[0]), CREW)
        return [p for p in crew if not any(self.diary.is_closed(p.id, d) for d in fair.dates)]

    def _comes(self, circle: Circle, fair: Fair, logins: set[str]) -> bool:
        customer, day = circle.customer, fair.dates[0]
        moment = self.days.at(day, NOON)
        alive = customer.quiet_since is None or day < customer.quiet_since
        known = customer.created < self.days.at(day, 0) and not self.maker.resting(customer, day)
        near = not customer.foreign or customer.place.country in NEIGHBOURS
        return alive and known and near and customer.owner_on(moment) in logins

    def _meet(self, fair: Fair, circle: Circle) -> None:
        day = self.dice.pick(fair.dates)
        owner = circle.customer.owner_on(self.days.at(day, NOON)) or ORGANISER
        language = "en" if circle.english else "zh"
        scene = self.dice.pick([s for s in scenes(language) if s.kind == "exhibition"])
        meeting = self.maker.arrange(circle, scene, self.staff.on_duty(owner, day), day)
        if meeting is not None:
            self.maker.record(evolve(meeting, fair=fair.name))

    def _stand(self, fair: Fair, crew: Sequence[Person]) -> None:
        """The fair itself, for all who stand there."""
        days, person, dates = self.days, self.staff.company.people[ORGANISER], fair.dates
        at = days.at(dates[-1], 18 * 60 + 20)
        start, end = days.at(dates[0], 9 * 60), days.at(dates[-1], 17 * 60)
        english = fair.name.isascii()
        row = {
            "id": self.dice.new_id(at),
            "created_at": at,
            "created_by": person.id,
            "kind": "exhibition",
            "subject": fair.name,
            "status": "done",
            "owner_id": person.id,
            "unit_id": self.staff.company.unit_id(person),
            "all_day": True,
            "planned_start": start,
            "planned_end": end,
            "actual_start": start,
            "actual_end": end,
            "result": "good",
            "outcome": self._report(english=english),
            "next_step": "Distribute the leads" if english else "线索分到各分公司",
        }
        self.maker.writer.add(row, crew, [], None)

    def _report(self, *, english: bool) -> str:
        cards, leads = self.dice.whole(140, 420), self.dice.whole(18, 60)
        if english:
            return f"{cards} visitors registered on the stand, {leads} leads with a concrete need."
        return f"展台登记客户{cards}位，其中有明确需求的线索{leads}条，样机现场演示三天无故障。"
