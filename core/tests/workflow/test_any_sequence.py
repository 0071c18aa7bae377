"""Whatever people do, in whatever order: one end, and a move exactly if it was approved."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenon_core.entities import ApprovalRequest
from tenon_sdk.errors import TenonError

FINAL = {"approved", "rejected", "withdrawn", "lapsed"}
DEEDS = (
    "approve", "approve", "approve", "reject", "before", "after", "parallel", "hand_on",
    "back_a_step", "back_to_submitter", "withdraw", "resubmit", "change", "guard", "execute",
    "cancel",
)  # fmt: skip
ORDER = st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 1000)), max_size=14)


class Walk:
    """One quotation on its way; each deed is done if it is legal now, and refused if not."""

    def __init__(self, company, says):
        self.company, self.says = company, says
        self.says["guard"] = None
        self.record, self.request = company.request()
        self.cancelled = False

    def do(self, deed, dice):
        try:
            getattr(self, deed)(dice)
        except TenonError:
            return False
        return True

    def someone(self, dice):
        waiting = self.company.waits_for(self.request)
        return waiting[dice % len(waiting)] if waiting else "lin"

    def other(self, dice):
        return ("boss", "mia", "lin", "fay", "finn", "sam")[dice % 6]

    def approve(self, dice):
        self.company.decide(self.someone(dice), self.request)

    def reject(self, dice):
        self.company.decide(self.someone(dice), self.request, approve=False)

    def before(self, dice):
        self.company.add_signer(self.someone(dice), self.request, [self.other(dice)], "before")

    def after(self, dice):
        self.company.add_signer(self.someone(dice), self.request, [self.other(dice)], "after")

    def parallel(self, dice):
        self.company.add_signer(self.someone(dice), self.request, [self.other(dice)], "parallel")

    def hand_on(self, dice):
        self.company.hand_on(self.someone(dice), self.request, self.other(dice))

    def back_a_step(self, dice):
        keys = [key for key, _state in self.company.steps(self.request)]
        self.company.send_back(self.someone(dice), self.request, keys[dice % len(keys)])

    def back_to_submitter(self, dice):
        self.company.send_back(self.someone(dice), self.request)

    def withdraw(self, dice):
        if dice % 3 == 0:
            self.company.withdraw("sam", self.request)

    def resubmit(self, dice):
        self.company.resubmit("sam", self.request)

    def change(self, dice):
        if self.company.record(self.record).state == "draft":
            self.company.change(self.record, amount=Decimal(dice))

    def guard(self, dice):
        self.says["guard"] = None if self.says["guard"] else "Not now."

    def execute(self, dice):
        self.company.execute("sam", self.request)

    def cancel(self, dice):
        if dice % 5 == 0:
            self.company.send(self.record, name="cancel")
            self.cancelled = True

    def check(self):
        with self.company.site.system("test") as ctx:
            request = ctx.session.get(ApprovalRequest, self.request)
            state = request.state
            running = [s for s in request.steps if s.state == "running"]
            pending = [a for s in request.steps for a in s.assignments if a.pending_id]
        moves = [one for one in self.says["moves"] if one[0] == self.record]
        assert len(moves) == (state == "approved")
        assert (self.company.record(self.record).state == "sent") <= (state == "approved")
        assert len(running) == (state == "running")
        assert bool(pending) == (state == "running")
        return state

    def end(self):
        """Everybody agrees from here on."""
        self.says["guard"] = None
        for _n in range(60):
            state = self.check()
            if state in FINAL:
                return state
            if state == "blocked" and self.do("execute", 0) and self.check() == "approved":
                continue
            if state == "blocked":
                self.company.withdraw("sam", self.request)
            elif state == "returned" or not self.do("approve", 0):
                self.company.resubmit("sam", self.request)
        raise AssertionError("it never ends")


@pytest.fixture
def prepared(company):
    company.flow(
        {"kind": "manager"},
        {"approvers": {"kind": "role", "role": "finance"}, "mode": "any"},
        {"kind": "user", "users": ["fay", "boss"]},
        rules={"repeated": "once"},
    )
    return company


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=ORDER)
def test_one_end(prepared, says, finished, order):
    walk = Walk(prepared, says)
    for deed, dice in order:
        walk.do(deed, dice)
        walk.check()
    end = walk.end()
    for deed in ("approve", "reject", "resubmit", "execute", "after", "back_to_submitter"):
        assert not walk.do(deed, 0)
    assert walk.check() == end
    ends = [event.outcome for event in finished if event.request_id == walk.request]
    assert ends == [end]
    moved = prepared.record(walk.record).state
    assert (moved == "sent") == (end == "approved" and not walk.cancelled)
