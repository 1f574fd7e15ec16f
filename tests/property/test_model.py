"""A log against a plain dict: any sequence of calls, closings, kills and reopenings gives what the dict says.

One machine has the log in this process and closes it; the other has it in a child that is killed, also in the midst of a call.
"""

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
import traceback

import pytest
from helpers import KIB, small_log
from hypothesis import given, settings, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from property_model import Model, perform

pytestmark = pytest.mark.thread_unsafe(reason="hypothesis machines are not made for parallel threads; one forks")

VALUE_LIMIT = 64 * KIB // 16 - 64


class Filled(bytes):
    """A long value that is short in a report."""

    def __new__(cls, byte, size):
        return super().__new__(cls, byte * size)

    def __repr__(self):
        return f"Filled({self[:1]!r}, {len(self)})"

    def __reduce__(self):
        return Filled, (self[:1], len(self))


slots = strategies.one_of(
    strategies.integers(0, 8),
    strategies.integers(60, 68),  # around the end of a leaf
    strategies.sampled_from([2**40, 2**64 - 1]),
)
ballots = strategies.tuples(strategies.integers(1, 6), strategies.integers(1, 2))
# Few different ones, so that equal and contradicting values meet; the long ones use the ring up.
values = strategies.sampled_from([b"", b"a", b"b", b"c" * 7, b"d" * 8, Filled(b"e", 600), Filled(b"f", 601)])
long_values = values | strategies.just(Filled(b"g", VALUE_LIMIT))
too_long = strategies.just(Filled(b"h", VALUE_LIMIT + 1))
changes = strategies.dictionaries(strategies.sampled_from(["", "term", "vote", "größe"]), strategies.none() | values, max_size=3)
bounds = strategies.none() | slots

accepts = strategies.tuples(strategies.just("accept"), slots, ballots, values)
changes_in_batch = strategies.one_of(
    accepts,
    strategies.tuples(strategies.just("commit"), slots, ballots),
    strategies.tuples(strategies.just("learn"), slots, ballots, values),
    strategies.tuples(strategies.just("discard"), slots),
    strategies.tuples(strategies.just("set_meta"), changes),
)


class LogMachine(RuleBasedStateMachine):
    """The rules; `ask` and `reopen` come from the machine that has the log."""

    level = "process"

    def __init__(self):
        super().__init__()
        self.folder = tempfile.mkdtemp()
        self.path = f"{self.folder}/log"
        self.model = Model(VALUE_LIMIT)
        self.open()

    def change(self, *command):
        """Does a command on both sides; the log's outcome must be one that the model allows."""
        name, *arguments = command
        right = getattr(self.model, name)(*arguments)
        kind, outcome = self.ask(command)
        got = None if kind == "returned" else outcome
        assert got in (right or {None}), f"{command}: {got}, not {right or 'success'}"

    def look(self, *command):
        name, *arguments = command
        right, expected = getattr(self.model, name)(*arguments)
        kind, outcome = self.ask(command)
        if right:
            assert (kind, outcome in right) == ("raised", True), f"{command}: {outcome}, not {right}"
        else:
            assert (kind, outcome) == ("returned", expected), f"{command}"

    def compare(self, **how):
        kind, seen = self.ask(("view",))
        assert kind == "returned", seen
        assert self.model.differences(seen, **how) == {}

    @invariant()
    def shows_what_the_model_says(self):
        self.compare()

    @rule(ballot=ballots)
    def promise(self, ballot):
        self.look("promise", ballot)

    @rule(slot=slots, ballot=ballots, value=values | too_long, under=strategies.none() | ballots)
    def accept(self, slot, ballot, value, under):
        self.change("accept", slot, ballot, value, None if under is None else max(under, ballot))

    @rule(slot=slots, ballot=ballots, value=values)
    def accept_above_the_promise(self, slot, ballot, value):
        self.change("accept", slot, max(ballot, self.model.promised or ballot), value, None)

    @rule(slot=slots, ballot=strategies.none() | ballots)
    def commit(self, slot, ballot):
        self.change("commit", slot, ballot)

    @precondition(lambda self: self.model.slots)
    @rule(data=strategies.data())
    def commit_a_vote(self, data):
        slot = data.draw(strategies.sampled_from(sorted(self.model.slots)))
        self.change("commit", slot, self.model.slots[slot][0])

    @rule(slot=slots, ballot=ballots, value=long_values)
    def learn(self, slot, ballot, value):
        held = self.model.slots.get(slot)
        if held is not None and held[2]:
            value = held[1]  # a contradiction poisons: test_log has it
        self.change("learn", slot, ballot, value)

    @rule(start=slots)
    def discard(self, start):
        self.change("discard", start)

    @rule(changes=changes)
    def set_meta(self, changes):
        self.change("set_meta", changes)

    @rule(commands=strategies.lists(changes_in_batch, max_size=5), ballot=ballots, fails=strategies.booleans())
    def batch(self, commands, ballot, fails):
        after = self.model.copy()
        expected, kept = [], []
        for name, *arguments in commands:
            if name == "accept":
                arguments = [arguments[0], max(ballot, after.promised or ballot), arguments[2]]
                right = after.accept(*arguments, None)
            else:
                right = getattr(after, name)(*arguments)
            if "SafetyViolationError" not in right:
                kept.append((name, *arguments))
                expected.append(right or {None})
        kind, outcomes = self.ask(("batch", kept, fails))
        assert kind == "returned", outcomes
        got = [None if outcome == "returned" else outcome for outcome in outcomes]
        assert len(got) == len(expected), f"{kept}: {got}"
        for command, outcome, right in zip(kept, got, expected, strict=True):
            assert outcome in right, f"{command} in a batch: {outcome}, not {right}"
        if not fails:
            self.model = after

    @rule(slot=slots)
    def read(self, slot):
        self.look("read", slot)
        self.look("read_committed", slot)

    @rule(start=bounds, stop=bounds)
    def scan(self, start, stop):
        self.look("scan", start, stop)

    @rule(start=bounds, stop=bounds, gaps=strategies.sampled_from(["raise", "stop", "skip"]))
    def iterate(self, start, stop, gaps):
        self.look("iterate", start, stop, gaps)

    @rule()
    def checkpoint(self):
        assert self.ask(("checkpoint",)) == ("returned", None)

    @rule()
    def sync(self):
        assert self.ask(("sync",)) == ("returned", None)

    def teardown(self):
        self.end()
        shutil.rmtree(self.folder)


class ClosingMachine(LogMachine):
    """The log lives in this process; every end of it is a clean close."""

    def open(self):
        self.log = small_log(self.path, durability=self.level)
        assert self.log.recovery.clean
        assert self.log.recovery.votes + self.log.recovery.entries == len(self.model.slots)

    def end(self):
        self.log.close()

    def ask(self, command):
        return perform(self.log, command)

    @rule(level=strategies.sampled_from(["process", "accept", "commit"]))
    def close_and_reopen(self, level):
        self.end()
        self.level = level
        self.open()
        self.compare(after_crash=True)


class KillingMachine(LogMachine):
    """The log lives in a child, at a level at which nothing that returned may be lost."""

    @initialize(level=strategies.sampled_from(["process", "commit"]))
    def choose_level(self, level):
        self.kill()
        self.level = level
        self.open()

    def open(self):
        self.pipe, other = multiprocessing.Pipe()
        self.child = os.fork()
        if self.child == 0:
            try:
                self.pipe.close()
                serve(other, self.path, self.level)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(0)
        other.close()
        assert self.pipe.recv() == ("returned", "open")

    def ask(self, command):
        self.pipe.send(command)
        return self.pipe.recv()

    def kill(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        self.pipe.close()

    end = kill

    @rule()
    def kill_and_reopen(self):
        self.kill()
        self.open()
        self.compare(after_crash=True)

    @rule(slot=slots, ballot=ballots, value=long_values, delay_us=strategies.integers(0, 1000))
    def kill_in_the_midst_of_a_call(self, slot, ballot, value, delay_us):
        """P2: the call has taken effect, or it has not."""
        held = self.model.slots.get(slot)
        if held is not None and held[2]:
            return
        after = self.model.copy()
        after.learn(slot, ballot, value)
        self.pipe.send(("learn", slot, ballot, value))
        time.sleep(delay_us / 1e6)
        self.kill()
        self.open()
        _, seen = self.ask(("view",))
        if self.model.copy().differences(seen, after_crash=True):
            self.model = after
        self.compare(after_crash=True)
        self.change("learn", slot, ballot, value)  # from here on the example does not depend on who won


def serve(pipe, path, level):
    """The child: opens the log, then answers commands until it is killed."""
    log = small_log(path, durability=level)
    pipe.send(("returned", "open"))
    while True:
        pipe.send(perform(log, pipe.recv()))


@pytest.mark.slow
def test_any_sequence_of_calls_and_closings_gives_what_the_model_says():
    run_state_machine_as_test(ClosingMachine)


@pytest.mark.slow
@pytest.mark.crash
def test_any_sequence_of_calls_and_kills_gives_what_the_model_says():
    # A fork and an opening take more than a hundred calls: fewer examples.
    run_state_machine_as_test(KillingMachine, settings=settings(max_examples=max(10, settings.default.max_examples // 5)))


@settings(max_examples=100)
@given(values=strategies.lists(strategies.binary(max_size=200), max_size=30))
def test_every_value_comes_back_byte_for_byte(values):
    with tempfile.TemporaryDirectory() as folder:
        with small_log(f"{folder}/log") as log:
            for slot, value in enumerate(values):
                log.learn(slot, (1, 1), value)
        with small_log(f"{folder}/log") as log:
            assert [entry.value for entry in log.iter_committed()] == values
