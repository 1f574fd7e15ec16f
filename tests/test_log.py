"""FasterLog as a whole: figures, syncing, space, opening and closing."""

import copy
import os
import pickle
import subprocess
import sys

import pytest
from helpers import KIB, as_tuple, committed_log, small_log, tree, view

from fasterlog import (
    Ballot,
    Config,
    FasterLog,
    FasterLogError,
    LogClosedError,
)

LEVELS = ("process", "accept", "commit")
B1, B2, B3 = Ballot(1, 1), Ballot(2, 1), Ballot(3, 1)


# ---- properties


def test_properties_of_an_empty_log(fresh_log):
    with fresh_log() as log:
        assert log.committed_range() == (None, None, 0)
        assert (log.committed_through, log.first_slot, log.last_slot) == (-1, 0, -1)
        assert (log.floor, log.promised) == (None, None)
        assert (len(log), log.meta, log.poisoned) == (0, {}, None)


def test_properties_of_an_empty_log_with_a_first_slot(fresh_log):
    with fresh_log(first_slot=10) as log:
        assert log.committed_range() == (None, None, 0)
        assert (log.committed_through, log.first_slot, log.last_slot) == (9, 10, 9)


def test_committed_through_is_the_end_of_the_contiguous_prefix(fresh_log):
    with fresh_log() as log:
        committed_log(log, [0, 1, 3, 4])
        assert log.committed_through == 1
        assert log.committed_range() == (0, 4, 4)
        committed_log(log, [2])
        assert log.committed_through == 4
        log.checkpoint()
        assert log.committed_through == 4
        assert log.committed_range() == (0, 4, 5)


def test_committed_through_passes_over_a_prefix_longer_than_a_leaf(fresh_log):
    with fresh_log() as log:
        for slot in reversed(range(1, 300)):
            log.learn(slot, B1, b"x")
        assert log.committed_through == -1
        log.learn(0, B1, b"x")
        assert log.committed_through == 299


def test_last_slot_counts_votes_and_commits(fresh_log):
    with fresh_log() as log:
        log.accept(5, B1, b"five")
        assert log.last_slot == 5
        log.learn(9, B1, b"nine")
        assert log.last_slot == 9


def test_ballot_max_is_the_highest_ballot_seen(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
        assert log.ballot_max == B1
        log.learn(1, B3, b"one")
        assert (log.ballot_max, log.promised) == (B3, B1)
    with small_log(path) as log:
        assert (log.ballot_max, log.promised) == (B3, B1)


def test_config_is_the_effective_one_and_the_stored_sizes_stand(fresh_path):
    path = fresh_path()
    with small_log(path, first_slot=3, identity=b"node-1") as log:
        config = log.config
        assert isinstance(config, Config)
        assert (config.mutable_size, config.segment_size, config.first_slot) == (64 * KIB, 64 * KIB, 3)
    with FasterLog(path, mutable_size=128 * KIB, segment_size=256 * KIB, first_slot=9, identity=b"node-1") as log:
        config = log.config
        assert (config.mutable_size, config.segment_size, config.first_slot) == (64 * KIB, 64 * KIB, 3)
        assert (config.durability, log.first_slot) == ("accept", 3)


# ---- sync, checkpoint, space


@pytest.mark.parametrize("level", LEVELS)
def test_sync_covers_everything_returned_before_it(fresh_log, level):
    with fresh_log(durability=level) as log:
        lsns = [log.accept(slot, B1, b"x", wait=False) for slot in range(50)]
        log.sync()
        assert log.durable_lsn >= lsns[-1]
        assert log.durable_lsn <= log.published_lsn


@pytest.mark.parametrize("level", LEVELS)
def test_wait_durable_makes_its_ticket_durable(fresh_log, level):
    with fresh_log(durability=level) as log:
        lsn = log.accept(0, B1, b"zero", wait=False)
        log.wait_durable(lsn, timeout=10)
        assert log.durable_lsn >= lsn
        log.wait_durable(lsn)


def test_wait_durable_beyond_what_is_published_does_not_hang(fresh_log):
    with fresh_log() as log, pytest.raises((TimeoutError, ValueError)):
        log.wait_durable(log.published_lsn + 4096, timeout=0.05)


def test_checkpoint_drains_the_ring_to_the_tail(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(100))
        log.accept(100, B1, b"vote")
        used = log.used_space
        log.checkpoint()
        assert log.used_space < used // 4
        assert log.available_space > 0
        assert [entry.slot for entry in log.iter_committed()] == list(range(100))
        assert [entry.slot for entry in log.scan_uncommitted()] == [100]


def test_used_and_available_space_share_the_ring(fresh_log):
    with fresh_log() as log:
        used, available = log.used_space, log.available_space
        assert 0 < available <= 64 * KIB
        assert used + available <= 64 * KIB
        log.accept(0, B1, b"x" * 1000)
        assert log.used_space >= used + 1000
        assert log.available_space <= available - 1000


def test_checkpoint_of_nothing_is_fine(fresh_log):
    with fresh_log() as log:
        log.checkpoint()
        log.checkpoint()
        assert len(log) == 0


def test_stats_is_an_immutable_record(fresh_log):
    with fresh_log() as log:
        committed_log(log, range(10))
        log.checkpoint()
        stats = log.stats()
        name = next(name for name in dir(stats) if not name.startswith("_"))
        with pytest.raises((AttributeError, TypeError)):
            setattr(stats, name, 1)
        assert "\n" not in repr(stats)


# ---- opening, closing


def test_path_may_be_any_path_like_and_config_does_the_same(fresh_path):
    import pathlib

    path = pathlib.Path(fresh_path())
    with FasterLog(path, mutable_size=64 * KIB) as log:
        log.accept(0, B1, b"zero")
        config = log.config
    with FasterLog(config=config) as log:
        assert log.read(0).value == b"zero"


def test_close_is_idempotent_and_later_calls_say_so(fresh_log):
    log = fresh_log()
    with log:
        log.learn(0, B1, b"zero")
        follower = log.follow(0)
        iterator = log.iter_committed()
    log.close()
    log.close()
    for call in (
        lambda: log.promise(B3),
        lambda: log.accept(1, B3, b"one"),
        lambda: log.commit(0, B1),
        lambda: log.learn(0, B1, b"zero"),
        lambda: log.discard(0),
        lambda: log.batch().__enter__(),
        lambda: log.set_meta({}),
        lambda: log.meta,
        lambda: log.read(0),
        lambda: log.read_committed(0),
        lambda: log.get(0),
        lambda: 0 in log,
        lambda: len(log),
        lambda: log.scan_uncommitted(),
        lambda: next(iter(log.iter_committed())),
        lambda: next(log.follow(0)),
        lambda: next(follower),
        lambda: next(iterator),
        lambda: log.committed_range(),
        lambda: log.committed_through,
        lambda: log.promised,
        lambda: log.sync(),
        lambda: log.wait_durable(0),
        lambda: log.durable_lsn,
        lambda: log.checkpoint(),
        lambda: log.used_space,
        lambda: log.stats(),
        lambda: log.__enter__(),
    ):
        with pytest.raises(LogClosedError) as caught:
            call()
        assert isinstance(caught.value, ValueError)


def test_with_closes_also_when_the_body_raises(fresh_log):
    log = fresh_log()
    with pytest.raises(RuntimeError), log:
        raise RuntimeError
    with pytest.raises(LogClosedError):
        log.read(0)


@pytest.mark.thread_unsafe(reason="looks for a warning, which is process-wide")
def test_an_unclosed_log_warns_and_gives_back_its_lock(fresh_path):
    path = fresh_path()
    log = small_log(path)
    log.accept(0, B1, b"zero")
    with pytest.warns(ResourceWarning, match="log"):
        del log
    with small_log(path) as log:
        assert 0 in log


def test_an_unclosed_log_is_closed_where_warnings_are_errors_too(fresh_path):
    """The warning must not keep the log from being closed: its memory goes away with the object (STYLE: pitfall 7)."""
    code = (
        "import sys, fasterlog\n"
        "for turn in range(20):\n"
        "    log = fasterlog.FasterLog(sys.argv[1], mutable_size=65536)\n"
        "    log.accept(turn, (1, 1), b'x')\n"
        "    del log\n"
        "with fasterlog.FasterLog(sys.argv[1]) as log: print(len(log.scan_uncommitted()))"
    )
    command = [sys.executable, "-P", "-W", "error", "-c", code, fresh_path()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/")
    assert (done.returncode, done.stdout) == (0, "20\n"), done.stderr
    assert "unclosed log" in done.stderr


def test_a_log_refuses_pickle_and_copy_and_has_a_short_repr(fresh_log):
    with fresh_log() as log:
        for refuse in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                refuse(log)
        assert "\n" not in repr(log)
        assert "log" in repr(log)
    assert "closed" in repr(log)


def test_reports_pickle_and_have_short_reprs(fresh_log):
    with fresh_log() as log:
        log.accept(0, B1, b"zero")
        report = log.promise(B2)
        again = pickle.loads(pickle.dumps(report))
        assert (again.ballot, again.lsn, list(map(as_tuple, again.entries))) == (
            report.ballot,
            report.lsn,
            list(map(as_tuple, report.entries)),
        )
        recovery = pickle.loads(pickle.dumps(log.recovery))
        assert recovery == log.recovery
        assert "\n" not in repr(report) + repr(recovery) + repr(log.config)


def test_closing_writes_nothing_that_opening_again_does_not_undo(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        committed_log(log, range(20))
        log.accept(20, B2, b"vote")
        log.set_meta({"term": b"1"})
        before = view(log)
    for _ in range(3):
        with small_log(path) as log:
            assert view(log) == before


def test_every_error_is_a_fasterlog_error(fresh_log):
    with fresh_log() as log, pytest.raises(FasterLogError):
        log.read(0)


def test_nothing_is_written_outside_the_directory(fresh_path):
    path = fresh_path("inside")
    with small_log(path) as log:
        committed_log(log, range(10))
        log.checkpoint()
    assert os.listdir(os.path.dirname(path)) == ["inside"]
    assert tree(path)
