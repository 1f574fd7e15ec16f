"""Salvage: what can be read is served, what cannot is listed until it is learned, and nothing is voted on again."""

import errno
import os
import shutil
import signal
from pathlib import Path

import layout
import pytest
from helpers import Child, committed_log, small_log, tree, value_of

from fasterlog import Ballot, CorruptedEntryError, CorruptedLogError, DiskFullError
from fasterlog.testing import SimulatedDisk

SLOTS = range(3000)
B1 = Ballot(1, 1)


@pytest.fixture
def tail_path(fresh_path):
    """A closed log with several sealed segments and an unsealed one; 1000 slots wide gaps there are none."""

    def make():
        path = fresh_path()
        with small_log(path, durability="accept") as log:
            committed_log(log, SLOTS)
            log.checkpoint()
        assert len(layout.segments(path)) >= 4
        return path

    return make


def slots_of(segment):
    return [frame.slot for frame in layout.entries(segment)]


def readable(log):
    found = {}
    for entry in log.iter_committed(gaps="skip", skip_errors=True):
        assert entry.value == value_of(entry.slot, (1, 1))
        found[entry.slot] = entry
    return set(found)


def refused(path, match=None, **options):
    before = tree(path)
    with pytest.raises(CorruptedLogError, match=match):
        small_log(path, **options)
    after = tree(path)
    before.pop("LOCK", None), after.pop("LOCK", None)
    assert after == before


def salvaged(path, lost):
    """Opens with salvage and checks that exactly `lost` is listed, and all else served; then the same by a plain opening."""
    lost = sorted(lost)
    for recovery in ("salvage", "strict", "salvage"):
        with small_log(path, recovery=recovery) as log:
            assert list(log.recovery.damaged_slots) == lost
            assert len(log.recovery.damaged_ballots) == len(lost)
            assert readable(log) == set(SLOTS) - set(lost)
            report = log.promise(Ballot(9, 9))
            assert [slot for slot in report.unknown if slot in SLOTS] == lost
            for slot in lost[:3]:
                with pytest.raises(CorruptedEntryError):
                    log.read(slot)
                with pytest.raises(CorruptedEntryError, match="is lost"):  # this node may have decided it: it does not vote again
                    log.accept(slot, Ballot(9, 9), b"another value")
    assert log.recovery.clean is not bool(lost)


def learned(path, lost):
    with small_log(path) as log:
        for slot in lost:
            log.learn(slot, B1, value_of(slot, (1, 1)))
        assert log.committed_through == SLOTS[-1]
        log.checkpoint()
    with small_log(path) as log:
        assert log.recovery.clean
        assert log.recovery.damaged_slots == ()
        assert readable(log) == set(SLOTS)
    assert not os.path.exists(f"{path}/LOST")


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_a_missing_segment(tail_path, which):
    path = tail_path()
    name = layout.segments(path)[{"first": 0, "middle": 1, "last": -1}[which]]
    lost = slots_of(name)
    os.unlink(name)
    refused(path)
    salvaged(path, lost)
    learned(path, lost)


def test_all_segments_missing(tail_path):
    path = tail_path()
    for name in layout.segments(path):
        os.unlink(name)
    refused(path)
    salvaged(path, SLOTS)
    learned(path, SLOTS)


@pytest.mark.parametrize("part", ["header", "trailer", "runs"])
def test_a_segment_whose_frames_are_whole(tail_path, part):
    path = tail_path()
    name = layout.segments(path)[1]
    *_, last = layout.entries(name)
    offset = {"header": 17, "trailer": os.path.getsize(name) - 100, "runs": last.offset + last.length + 3}[part]
    before = Path(name).read_bytes()
    layout.flip(name, offset)
    spoilt = Path(name).read_bytes()
    refused(path)
    salvaged(path, ())
    after = Path(name).read_bytes()
    assert after[64 : last.offset + last.length] == before[64 : last.offset + last.length]
    assert Path(name + ".damaged").read_bytes() == spoilt
    learned(path, ())


@pytest.mark.parametrize("part", ["value", "slot", "length"])
def test_a_rotten_entry_of_a_sealed_segment(tail_path, part):
    path = tail_path()
    name = layout.segments(path)[1]
    frame = list(layout.entries(name))[7]
    layout.flip(name, {"value": frame.value_offset + 1, "slot": frame.offset + 24, "length": frame.offset}[part])
    # An ordinary opening does not read the tail; the read notices.
    with small_log(path) as log, pytest.raises(CorruptedEntryError):
        log.read(frame.slot)
    salvaged(path, [frame.slot])
    with small_log(path) as log:
        ballot = log.recovery.damaged_ballots[0]
        assert ballot == (B1 if part == "value" else None)
    learned(path, [frame.slot])


def test_rot_in_the_middle_of_an_unsealed_segment(tail_path):
    path = tail_path()
    name = layout.segments(path)[-1]
    frames = list(layout.entries(name))
    layout.flip(name, frames[3].value_offset)
    refused(path)
    salvaged(path, [frames[3].slot])
    learned(path, [frames[3].slot])


def test_a_torn_segment_that_the_ring_still_has(fresh_path):
    """What is damaged in the tail and still whole in the ring is not lost."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="commit", mutable_size=1 << 20) as log:
        committed_log(log, range(500))
        shutil.copytree(path, image)  # all in the ring
        log.checkpoint()
        name = layout.segments(path)[0]
        shutil.copy(name, f"{image}/tail")  # as if the crash had come before the superblock
    layout.flip(f"{image}/tail/{os.path.basename(name)}", next(layout.entries(name)).value_offset)
    with small_log(image, recovery="salvage") as log:
        assert log.recovery.damaged_slots == ()
        assert len(readable(log)) == 500


def test_a_stale_copy_of_a_segment(fresh_path):
    """A segment from an older backup: it verifies, but its successor names another checksum."""
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        committed_log(log, range(100))
        log.checkpoint()
        name = layout.segments(path)[0]
        stale = Path(name).read_bytes()
        committed_log(log, SLOTS[100:])
        log.checkpoint()
    lost = set(slots_of(name)) - set(range(100))
    Path(name).write_bytes(stale)
    refused(path)
    salvaged(path, lost)
    learned(path, lost)


def test_salvage_is_taken_up_again_after_a_crash(tail_path):
    """The list is durable before a file is replaced: with the list there and the files still damaged, the outcome is the same."""
    path = tail_path()
    one, two = layout.segments(path)[1:3]
    lost = [*slots_of(one), next(layout.entries(two)).slot]
    os.unlink(one)
    layout.flip(two, next(layout.entries(two)).value_offset)
    damaged = path + ".damaged"
    shutil.copytree(path, damaged)
    small_log(path, recovery="salvage").close()
    shutil.copy(f"{path}/LOST", damaged)
    shutil.copy(two, damaged + "/tail")  # one file replaced, the other not yet
    refused(damaged)
    salvaged(damaged, lost)
    learned(damaged, lost)


def test_a_vote_that_rots_is_not_forgotten(fresh_path, fresh_log):
    """The older vote of a slot is still there when the newer one rots: to report it would be to forget the newer."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        log.accept(0, (1, 1), b"older")
        log.accept(0, (2, 2), b"newer")
        log.accept(1, (2, 2), b"next")
        log.sync()
        shutil.copytree(path, image)
    layout.flip(f"{image}/ring", layout.ring_frame(image, "vote", 0).value_offset)
    for recovery in ("salvage", "strict"):
        with small_log(image, recovery=recovery) as log:
            assert log.recovery.damaged_slots == (0,)
            assert log.recovery.damaged_ballots == (Ballot(2, 2),)
            assert [entry.slot for entry in log.scan_uncommitted()] == [1]
            report = log.promise((3, 3))
            assert report.unknown == (0,)
            with pytest.raises(CorruptedEntryError, match="is lost"):
                log.accept(0, (3, 3), b"another")
    with small_log(image) as log:
        log.learn(0, (3, 3), b"chosen by the others")
        assert log.read_committed(0).value == b"chosen by the others"


def test_a_vote_that_rots_beneath_a_newer_one_is_no_loss(fresh_path):
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        log.accept(0, (1, 1), b"older")
        log.accept(0, (2, 2), b"newer")
        log.sync()
        shutil.copytree(path, image)
    older = next(frame for frame in layout.ring_frames(image) if frame.kind == "vote")
    layout.flip(f"{image}/ring", older.value_offset)
    with small_log(image, recovery="salvage") as log:
        assert log.recovery.damaged_slots == ()
        assert log.recovery.clean is False
        assert log.read(0).value == b"newer"


def test_damage_that_names_no_slot_is_counted(fresh_path):
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        for slot in range(10):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
        log.sync()
        shutil.copytree(path, image)
    layout.flip(f"{image}/ring", layout.ring_frame(image, "vote", 5).offset + 24)
    with small_log(image, recovery="salvage") as log:
        assert log.recovery.damaged_slots == ()
        assert log.recovery.damaged_unknown == 1
        assert "damaged, unknown   1" in str(log.recovery)


def rotten_at_the_end(path, places):
    """A closed log of level "process" with ten votes; `places` are the offsets of a flip in the frames of the last ones."""
    with small_log(path, durability="process") as log:
        for slot in range(10):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
    for slot, place in zip(range(10 - len(places), 10), places, strict=True):
        layout.flip(f"{path}/ring", layout.ring_frame(path, "vote", slot).offset + place)


IN_HEADER, IN_VALUE = 24, layout.FRAME.size


def test_what_the_headers_behind_an_unreadable_one_tell_is_told(fresh_path):
    """The search for the next good frame passed over torn ones: the loss of their slots was not listed, and they were voted on again."""
    for places in ([IN_HEADER, IN_VALUE, IN_VALUE], [IN_HEADER, IN_VALUE, IN_HEADER, IN_VALUE, IN_VALUE]):
        path = fresh_path()
        rotten_at_the_end(path, places)
        lost = tuple(slot for slot, place in zip(range(10 - len(places), 10), places, strict=True) if place == IN_VALUE)
        refused(path)
        for recovery in ("salvage", "strict"):
            with small_log(path, durability="process", recovery=recovery) as log:
                assert log.recovery.damaged_slots == lost
                assert log.recovery.damaged_unknown == 1  # and stays
                assert log.recovery.damaged_ballots == (B1,) * len(lost)
                assert [entry.slot for entry in log.scan_uncommitted()] == list(range(10 - len(places)))
                for slot in lost:
                    with pytest.raises(CorruptedEntryError, match="is lost"):
                        log.accept(slot, (2, 2), b"another")


@pytest.mark.parametrize("durability", ["process", "accept"])
def test_what_salvage_cuts_off_a_clean_end_does_not_come_back(fresh_path, durability):
    """The ring behind the new end was taken for space that a clean close had left zeroed: the next opening found the damage again."""
    path = fresh_path()
    rotten_at_the_end(path, [IN_HEADER] * 3)

    def open_and_die(send):
        log = small_log(path, durability=durability, recovery="salvage")
        send((log.recovery.damaged_unknown, len(list(log.scan_uncommitted()))))
        os.kill(os.getpid(), signal.SIGKILL)

    assert Child(open_and_die).finish() == [(1, 7)]
    with small_log(path, durability=durability) as log:
        assert [entry.slot for entry in log.scan_uncommitted()] == list(range(7))
        assert (log.recovery.damaged_unknown, log.recovery.damaged_slots, log.recovery.bytes_cut) == (1, (), 0)


@pytest.mark.thread_unsafe(reason="one table of system calls")
@pytest.mark.parametrize("durability", ["process", "accept"])
def test_a_salvage_that_is_cut_short_loses_nothing_more(fresh_path, durability):
    """Over a clean end the superblock of the new opening, with a low mark, came before the PADs that replace the damage: the next opening
    ended the log at the damage, and took that for a torn end."""
    folder = fresh_path()
    path = f"{folder}/log"
    os.mkdir(folder)
    with small_log(path, durability="accept") as log:
        for slot in range(10):
            log.accept(slot, (7, 2), value_of(slot, (7, 2)))
        log.promise((9, 1))
    layout.flip(f"{path}/ring", layout.ring_frame(path, "vote", 3).value_offset)
    with SimulatedDisk(folder) as disk:
        disk.fail(errno.ENOSPC, kinds=["pwrite"], path="ring")
        with pytest.raises(DiskFullError):
            small_log(path, durability=durability, recovery="salvage")
    if durability == "accept":  # at the other level the PAD is in the file already
        refused(path)
    with small_log(path, durability=durability, recovery="salvage" if durability == "accept" else "strict") as log:
        assert log.recovery.damaged_slots == (3,)
        assert [entry.slot for entry in log.scan_uncommitted()] == [0, 1, 2, 4, 5, 6, 7, 8, 9]
        assert log.promised == Ballot(9, 1)


@pytest.mark.thread_unsafe(reason="one table of system calls")
def test_a_slot_is_on_the_list_until_its_replacement_is_on_disk(fresh_path):
    """LOST went first, and a power cut could take the learned entry with it: the slot was voted on again."""
    folder, image = fresh_path(), fresh_path("image")
    path = f"{folder}/log"
    os.mkdir(folder)
    with small_log(path, durability="accept") as log:
        for slot in range(6):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
        log.sync()
    layout.flip(f"{path}/ring", layout.ring_frame(path, "vote", 3).value_offset)
    with small_log(path, recovery="salvage") as log:
        assert log.recovery.damaged_slots == (3,)
        log.learn(3, (2, 1), b"what was chosen", wait=False)
        log.sync()
        shutil.copytree(folder, image)  # as kill -9 leaves it: in the page cache, for all that anybody knows
    with SimulatedDisk(image) as disk:
        with small_log(f"{image}/log") as log:
            assert log.recovery.damaged_slots == ()
        names, calls = {}, []
        for call in disk.calls:
            if call.kind == "open":
                names[call.result] = call.path
            calls.append((call.kind, os.path.basename(call.path or names.get(call.fd, ""))))
    gone = calls.index(("unlink", "LOST"))
    written = max(place for place in range(gone) if calls[place] == ("pwrite", "ring"))
    assert ("fdatasync", "ring") in calls[written:gone] or ("fsync", "ring") in calls[written:gone]


@pytest.mark.parametrize("inner", ["meta", "discard"])
def test_what_a_torn_batch_held_beside_its_entries_is_counted(fresh_path, inner):
    """Only its votes and decisions were told: a mapping went back to its older state without a word."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        log.set_meta({"vote": b"for node 1"})
        with log.batch() as batch:
            batch.accept(10, (7, 2), b"in the batch")
            if inner == "meta":
                batch.set_meta({"vote": b"for node 2"})
            else:
                batch.discard(15)
        log.accept(12, (8, 2), b"later")
        log.sync()
        shutil.copytree(path, image)
    layout.flip(f"{image}/ring", layout.ring_frame(image, "batch", 0).value_offset + layout.FRAME.size)
    for recovery in ("salvage", "strict"):
        with small_log(image, recovery=recovery) as log:
            assert log.recovery.damaged_slots == (10,)
            assert log.recovery.damaged_unknown == 1
            assert not log.recovery.clean


def test_a_ring_that_ends_before_the_log_is_counted(fresh_path):
    """Salvage went on with an empty ring and said that nothing was lost."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        committed_log(log, range(100))
        log.checkpoint()
        for slot in range(100, 120):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
        log.sync()
        shutil.copytree(path, image)
    for where in (image, path):  # killed, closed
        os.truncate(f"{where}/ring", 5000)
        refused(where)
        for recovery in ("salvage", "strict"):
            with small_log(where, recovery=recovery) as log:
                assert log.recovery.damaged_unknown > 0
                assert not log.recovery.clean
                assert readable(log) >= set(range(100))


@pytest.mark.parametrize("durability", ["process", "accept"])
@pytest.mark.parametrize("closed", [False, True])
def test_an_older_superblock_beside_newer_files_is_damage(fresh_path, durability, closed):
    """It ended the log where it had once been closed: what a later opening had promised and voted for was gone, and all was "clean"."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability=durability) as log:
        log.accept(0, (3, 1), b"before")
    shutil.copy(f"{path}/SUPER", f"{path}-SUPER")
    with small_log(path, durability=durability) as log:
        log.promise((7, 2))
        for slot in range(1, 9):
            log.accept(slot, (7, 2), b"after")
        log.sync()
        if not closed:
            shutil.copytree(path, image)
    image = path if closed else image
    shutil.copy(f"{path}-SUPER", f"{image}/SUPER")
    refused(image)
    with small_log(image, durability=durability, recovery="salvage") as log:
        assert log.recovery.damaged_unknown > 0
        if durability == "accept" or not closed:  # a clean close at the other level zeroes what the checkpoint has carried
            assert log.incarnation == 3
            assert log.promised == Ballot(7, 2)
            assert [entry.slot for entry in log.scan_uncommitted()] == list(range(9))


def test_rot_behind_a_hole_is_not_a_part_of_it(fresh_path):
    """Killed at level "process": from the hole to the next good frame everything became a PAD, published frames too."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="process") as log:
        for slot in range(10):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
        shutil.copytree(path, image)
    hole, rotten = layout.ring_frame(image, "vote", 4), layout.ring_frame(image, "vote", 5)
    layout.overwrite(f"{image}/ring", hole.offset, bytes(hole.length))
    shutil.copytree(image, f"{image}-hole")
    layout.flip(f"{image}/ring", rotten.value_offset)
    with small_log(f"{image}-hole", durability="process") as log:
        assert [entry.slot for entry in log.scan_uncommitted()] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    refused(image)
    with small_log(image, durability="process", recovery="salvage") as log:
        assert log.recovery.damaged_slots == (5,)


def test_more_lost_slots_than_can_be_listed_are_refused_before_anything_is_changed(fresh_path):
    """The list and the segment were written first; even the good segment, put back, was refused afterwards."""
    path, image = fresh_path(), fresh_path("image")
    with small_log(path, durability="accept") as log:
        for slot in (0, 1, 2, 5, 10**12):
            log.learn(slot, (1, 1), value_of(slot, (1, 1)))
        log.checkpoint()
        shutil.copytree(path, image)
    (segment,) = layout.segments(image)
    rotten = next(frame for frame in layout.entries(segment) if frame.slot == 5)
    layout.flip(segment, rotten.value_offset)
    refused(image, "start this node anew", recovery="salvage")
    layout.flip(segment, rotten.value_offset)
    with small_log(image) as log:
        assert len(log) == 5


@pytest.mark.parametrize("recovery", ["strict", "salvage"])
def test_a_log_without_manifest_and_superblock_is_no_new_log(tail_path, recovery):
    """The ring was made anew, and salvage opened an empty log."""
    path = tail_path()
    os.unlink(f"{path}/MANIFEST")
    os.unlink(f"{path}/SUPER")
    for gone in (None, "tail"):
        if gone:
            shutil.rmtree(f"{path}/{gone}")
            with open(f"{path}/ring", "r+b") as ring:
                ring.write(b"x")
        refused(path, "MANIFEST", recovery=recovery)


def test_a_tail_folder_that_is_gone(tail_path):
    path = tail_path()
    shutil.rmtree(f"{path}/tail")
    refused(path)
    with small_log(path, recovery="salvage") as log:
        assert log.recovery.damaged_slots == tuple(SLOTS)


def test_salvage_changes_nothing_where_the_ring_cannot_be_had(tail_path):
    """The tail was put right first, and then the log refused."""
    path = tail_path()
    os.unlink(layout.segments(path)[1])
    os.truncate(f"{path}/ring", 64 * 65536)
    refused(path, "more than the ring's", recovery="salvage")


def test_too_many_lost_slots_are_refused(fresh_path):
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        for slot in range(0, 3000 << 20, 1 << 20):
            log.accept(slot, (1, 1), value_of(slot, (1, 1)))
            log.commit(slot)
        log.checkpoint()
    os.unlink(layout.segments(path)[1])
    with pytest.raises(CorruptedLogError, match="start this node anew"):
        small_log(path, recovery="salvage")
