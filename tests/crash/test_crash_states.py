"""Power cuts and kill -9 after every call: workloads are recorded on the simulated disk, and each state that a crash may leave is opened.

FASTERLOG_CRASH_STATES is about how many states there are in all; FASTERLOG_CRASH_SEED chooses workloads and states, so that a long
run is many short ones with seeds of their own.  A failure names seed, workload and state, and leaves the state's directory.
"""

import contextlib
import functools
import itertools
import os
import random
import shutil

import pytest
from crash_oracle import Expected, events_of
from crash_workloads import Run, mixed, rotating, threaded
from helpers import ends_poisoned, small_log, value_of, view

from fasterlog import DiskFullError, LogClosedError, LogPoisonedError
from fasterlog.testing import SimulatedDisk, another_boot, crash_states

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="one table of system calls")]

STATES = int(os.environ.get("FASTERLOG_CRASH_STATES", "2000"))
SEED = int(os.environ.get("FASTERLOG_CRASH_SEED", "1"))
LEVELS = ("process", "accept", "commit")
AGAIN_EVERY = 100  # of so many states one is worked on, recorded and crashed again
AGAIN_STATES = 40


def failing(run, seed):
    """A disk that fails in the middle: the log is poisoned, what was acknowledged stays."""
    rng = random.Random(seed)
    run.disk.fail(rng.choice((5, 28)), kinds=("pwrite", "fdatasync"), after=rng.randrange(10, 60), times=rng.choice((1, 3, None)))
    try:
        with contextlib.suppress(OSError):
            mixed(run, seed)
    finally:
        run.disk.mend()
    with contextlib.suppress(LogPoisonedError, LogClosedError):  # it may have failed in the middle of a reopening
        run.sync()


WORKLOADS = {"mixed": mixed, "rotating": rotating, "threaded": threaded, "failing": failing}
SHARE = max(20, STATES // (len(WORKLOADS) * len(LEVELS)))


def record(workload, folder, level, seed, events=()):
    """The workload's run and its recording; the log is in `folder`/log."""
    with SimulatedDisk(folder) as disk:
        run = Run(disk, f"{folder}/log", level, events)
        run.open()
        with ends_poisoned(run.log):
            workload(run, seed)
            with contextlib.suppress(LogPoisonedError, DiskFullError):
                run.close()
    return run, disk.recording()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_what_was_acknowledged_is_there_after_any_crash(scratch, tmp_path, workload, level):
    # Another seed for each kind, or the levels would see the same workload.
    seed = SEED * 1000 + list(itertools.product(WORKLOADS, LEVELS)).index((workload, level))
    run, recording = record(WORKLOADS[workload], f"{scratch}/first", level, seed)
    checked = 0
    for number, state in enumerate(crash_states(recording, count=SHARE, seed=seed)):
        check = StateCheck(scratch, level, number, f"{workload} at {level}, FASTERLOG_CRASH_SEED={SEED}, state {number}: {state}")
        expected = expected_of(run, state.marks, state.kind, level)
        with kept_on_failure(check, state, tmp_path):
            checked += check.run(state, expected.check)
            if number % AGAIN_EVERY == AGAIN_EVERY // 2 and state.style != "torn" and not check.seen["damaged"]:
                checked += crash_again(scratch, level, seed + number, state, run, recording, check)
    assert checked >= SHARE // 2, f"only {checked} states"
    print(f"{workload} at {level}: {checked} states of {len(recording.calls)} calls, seed {SEED}")


def crash_again(scratch, level, seed, state, run, recording, check):
    """The log is opened in that state and worked with, and another crash comes: in recovery or later.  How many states."""
    folder = f"{scratch}/second"
    shutil.rmtree(folder, ignore_errors=True)
    state.write_to(folder)
    with another_boot(None if state.kind == "power" else 0) as boot:
        again, later = record(mixed_shorter, folder, level, seed)
    seen = check.seen
    again.before = events_of(seen)
    if state.kind == "kill":
        # What the first process had not synced is still in doubt.
        whole = recording.then(state.prefix, later)
        states = crash_states(whole, count=AGAIN_STATES, seed=seed, first_prefix=state.prefix)
        marks_before = state.marks
    else:
        states = crash_states(later, count=AGAIN_STATES, seed=seed)
        marks_before = 0
    count = 0
    for number, second in enumerate(states):
        opened = second.marks - marks_before
        if opened:
            expect = expected_of(again, opened, second.kind, level).check
        elif second.kind == "kill" or state.kind == "power":
            expect = functools.partial(same_view, seen)  # R4: recovery, cut short anywhere, gives the same
        else:
            expect = expected_of(run, state.marks, "power", level).check
        inner = StateCheck(scratch, level, number, f"{check.name}; then {second}", boot)
        count += inner.run(second, expect)
    shutil.rmtree(folder)
    return count


def expected_of(run, marks, kind, level):
    """kill -9 at level "process" takes nothing that has returned; a power cut there can take a value and leave its mark."""
    process = level == "process"
    return Expected(run.noted(marks), lasting=kind == "kill" and process, may_miss=kind == "power" and process)


def mixed_shorter(run, seed):
    mixed(run, seed, steps=25)


def everything(log):
    return view(log, skip_errors=bool(log.recovery.damaged_slots)) | {"damaged": log.recovery.damaged_slots}


def same_view(seen, log):
    assert everything(log) == seen


class StateCheck:
    """One state: opened, checked, and opened again in one of several ways."""

    def __init__(self, scratch, level, number, name, boot=0):
        self.folder, self.copy = f"{scratch}/state", f"{scratch}/copy"
        self.level, self.number, self.name = level, number, name
        self.seen = None  # what the first opening showed
        self.boot = boot  # the one in which the crash comes

    def run(self, state, expect):
        try:
            state.write_to(self.folder)
            with another_boot(None if state.kind == "power" else self.boot):
                self._open(expect)
        except BaseException as failure:
            failure.add_note(self.name)
            raise
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.rmtree(self.copy, ignore_errors=True)
        return 1

    def _open(self, expect):
        # A log may be opened at another level each time.
        level = LEVELS[self.number // 7 % 3] if self.number % 7 == 0 else self.level
        with small_log(f"{self.folder}/log", durability=level) as log:
            expect(log)
            last = self.seen = everything(log)
            if self.number % 3 == 0:  # killed right after its opening
                shutil.copytree(self.folder, self.copy)
                with small_log(f"{self.copy}/log", durability=level) as other:
                    assert everything(other) == self.seen
            elif self.number % 3 == 1:  # it goes on
                slot, ballot = 2**45, (2**40, 0)
                log.accept(slot, ballot, value_of(slot, ballot))
                log.commit(slot, ballot)
                last = everything(log)
        with small_log(f"{self.folder}/log", durability=level) as log:
            assert everything(log) == last
            assert (log.recovery.clean or log.recovery.damaged_slots) and not log.recovery.tail_uncertain


@contextlib.contextmanager
def kept_on_failure(check, state, tmp_path):
    try:
        yield
    except BaseException as failure:
        kept = tmp_path / "state"
        state.write_to(kept)
        failure.add_note(f"its files are in {kept}")
        raise
