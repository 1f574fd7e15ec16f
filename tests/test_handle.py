"""Waits: they time out, let other threads run, and answer Ctrl-C."""

import os
import signal
import sys
import threading
import time

import pytest
from helpers import run_threads

from fasterlog import (
    Ballot,
)

B1, B2 = Ballot(1, 1), Ballot(2, 1)


def answers_ctrl_c(test):
    traced = pytest.mark.skipif(sys.gettrace() is not None, reason="the signal would hit the tracer's own code")
    return traced(pytest.mark.thread_unsafe(reason="sends a signal to the process")(test))


def test_waiting_calls_release_the_interpreter(fresh_log):
    with fresh_log() as log:
        ticks = 0

        def follow():
            with pytest.raises(TimeoutError):
                next(log.follow(0, timeout=0.5))

        def count():
            nonlocal ticks
            deadline = time.monotonic() + 0.4
            while time.monotonic() < deadline:
                ticks += 1
                time.sleep(0.001)

        run_threads(follow, count)
        assert ticks > 10


@answers_ctrl_c
def test_follow_answers_ctrl_c(fresh_log):
    with fresh_log() as log:
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            next(log.follow(0, timeout=30))
        timer.join()
        log.accept(0, B1, b"the log goes on")


@answers_ctrl_c
def test_waiting_for_ring_space_answers_ctrl_c(fresh_log):
    with fresh_log(full_timeout=30) as log:
        timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            for slot in range(10_000):
                log.accept(slot, B1, b"x" * 1000)
        timer.join()
        log.discard(0)
        log.accept(0, B2, b"the log goes on")
