"""What the corruption of every byte has found, one test a finding."""

import os

import layout
import pytest
import reference_logs
from helpers import small_log

from fasterlog import CorruptedLogError

pytestmark = pytest.mark.thread_unsafe(reason="starts processes, and its folders are one test's")


@pytest.fixture
def killed(fresh_path):
    """The files of a log of level "accept" whose process was killed, in a directory of their own."""
    path = fresh_path()
    reference = reference_logs.build(path, "accept", False, 1)
    return path, reference


def last_group(reference):
    """Where the late part begins in the ring file."""
    mark = max(frame.slot for frame in reference.frames if frame.kind == "sync")
    return mark % reference_logs.RING_BYTES, (reference.end - mark)


def test_a_last_group_that_vanished_is_reported_as_uncertain(killed):
    """Zeros where the last group was look like a group that was never written: opened on the same boot, the report said nothing at all,
    while acknowledged votes were gone (P6)."""
    path, reference = killed
    offset, length = last_group(reference)
    layout.overwrite(f"{path}/ring", offset, bytes(length))
    with small_log(path, **reference.options()) as log:
        assert reference_logs.LATE + 5 not in log
        assert log.recovery.tail_uncertain


def test_a_clean_close_is_not_uncertain(killed):
    path, reference = killed
    with small_log(path, **reference.options()) as log:
        assert log.recovery.tail_uncertain
    with small_log(path, **reference.options()) as log:
        assert not log.recovery.tail_uncertain


def test_a_skipped_hole_is_reported_as_uncertain(fresh_path):
    """Level "process": a frame whose kind has rotted to "pending" passes for a writer that was killed there."""
    path = fresh_path()
    reference = reference_logs.build(path, "process", False, 1)
    frame = next(f for f in reference.frames if (f.kind, f.slot) == ("vote", reference_logs.LATE))
    layout.overwrite(f"{path}/ring", frame.offset + 4, b"\1")
    with small_log(path, **reference.options()) as log:
        assert reference_logs.LATE not in log
        assert log.recovery.tail_uncertain


def test_a_ring_file_that_was_cut_short_after_its_first_lap_is_damage(killed):
    """It was taken for a first lap that had not got further, and everything behind its new end was dropped without a word."""
    path, reference = killed
    assert reference.begin > reference_logs.RING_BYTES
    os.truncate(f"{path}/ring", reference.begin % reference_logs.RING_BYTES + 4096)
    with pytest.raises(CorruptedLogError):
        small_log(path, **reference.options())
    with small_log(path, **reference.options(recovery="salvage")) as log:
        assert not log.recovery.clean
