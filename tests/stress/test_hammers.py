"""Many threads on one log, on every build: nothing wrong is ever seen, nothing hangs, and the files say the same as the memory did.

FASTERLOG_STRESS_SECONDS sets how long each runs; a second of many threads finds what a million calls of one do not.
"""

import os

import pytest
from stress import hammers

pytestmark = pytest.mark.stress

SECONDS = float(os.environ.get("FASTERLOG_STRESS_SECONDS", "2"))


@pytest.mark.parametrize("threads", [2, 4, 8, 16, 64])
def test_every_committed_slot_returns_exactly_the_value_of_its_ballot(fresh_path, threads):
    assert hammers.everything(fresh_path(), SECONDS, threads) > 0


@pytest.mark.parametrize("threads", [4, 8])
def test_readers_never_see_reused_memory(fresh_path, threads):
    assert hammers.recycle(fresh_path(), SECONDS, threads) > 0


FORKS = [
    pytest.mark.crash,
    pytest.mark.skipif(os.environ.get("FASTERLOG_SANITIZER") == "thread", reason="ThreadSanitizer allows a forked child no threads"),
]
END = pytest.mark.parametrize("end", ["close", pytest.param("kill -9", marks=FORKS)])


@END
@pytest.mark.parametrize("threads", [2, 8])
def test_competing_votes_are_in_the_log_as_they_are_in_the_index(fresh_path, threads, end):
    assert hammers.contend(fresh_path(), SECONDS, threads, kill=end != "close") > 0


@END
@pytest.mark.parametrize("threads", [2, 4, 8])
def test_a_discard_and_the_accepts_beside_it_are_recovered_as_they_were_seen(fresh_path, threads, end):
    assert hammers.discard(fresh_path(), SECONDS, threads, kill=end != "close") > 0


@pytest.mark.parametrize("threads", [2, 4, 8])
def test_a_promise_reports_every_accept_that_it_did_not_refuse(fresh_path, threads):
    assert hammers.promise(fresh_path(), SECONDS, threads) > 0


@pytest.mark.parametrize("threads", [4, 32])
def test_waiting_for_space_is_fair_enough_for_everybody(fresh_path, threads):
    assert hammers.fill(fresh_path(), SECONDS, threads) > 0


@pytest.mark.parametrize("threads", [pytest.param(2, marks=FORKS)])
def test_kills_around_checkpoints_lose_nothing(fresh_path, threads):
    assert hammers.kill(fresh_path(), SECONDS, threads) > 0
