"""Opening: after a clean close, after the end of the process at any moment, after a power cut, over damage (PROTOCOL: R1-R4).

The files of an open log that nobody writes to are what kill -9 leaves: the tests copy them and open the copy.  (Their rings are so large
that no checkpoint starts by itself meanwhile.)  After a power cut the machine has another boot id and may have lost what was not synced:
the tests change the one in the copy, and zero the other.
"""

import ctypes
import errno
import os
import random
import shutil
from pathlib import Path

import layout
import pytest
from cython_build import build_extension
from helpers import KIB, copytree_sparse, eventually, small_log, tree, value_of, view

from fasterlog import Ballot, CorruptedEntryError, CorruptedLogError, DiskFullError, FasterLogError

B1, B2, B3 = Ballot(1, 1), Ballot(2, 1), Ballot(3, 1)
LEVELS = ("process", "accept", "commit")
FALLOC_FL_KEEP_SIZE = 1


@pytest.fixture
def image_of(fresh_path):
    """Copies the files of an open log, as the end of its process would leave them."""

    def copy(path):
        image = fresh_path("image")
        shutil.copytree(path, image)
        while contents(image) != contents(path):  # a background checkpoint came in between
            shutil.rmtree(image)
            shutil.copytree(path, image)
        return image

    return copy


def contents(path):
    found = {}
    for folder, _, names in os.walk(path):
        for name in names:
            with open(f"{folder}/{name}", "rb") as file:
                found[os.path.relpath(file.name, path)] = file.read()
    return found


def accept_new(log, slots, ballot=B1, **options):
    for slot in slots:
        log.accept(slot, ballot, value_of(slot, (ballot.id, ballot.node)), **options)


def commit_new(log, slots, ballot=B1):
    for slot in slots:
        accept_new(log, [slot], ballot)
        log.commit(slot, ballot)


def votes_of(log):
    return [entry.slot for entry in log.scan_uncommitted()]


def assert_refused_untouched(path, error=CorruptedLogError, **options):
    def files():
        return {name: data for name, data in tree(path).items() if name != "LOCK"}

    before = files()
    for _ in range(2):
        with pytest.raises(error) as caught:
            small_log(path, **options).close()
        assert files() == before
    return caught.value


# ---- after a clean close


def test_a_new_log_reports_that_it_is_new(fresh_log):
    with fresh_log() as log:
        report = log.recovery
        assert (report.clean, report.entries, report.votes, report.bytes_cut) == (True, 0, 0, 0)
        assert (report.damaged_slots, report.tail_uncertain) == ((), False)
        assert report.duration >= 0
        assert report.incarnation >= 1


@pytest.mark.parametrize("level", LEVELS)
def test_a_clean_close_loses_nothing_and_leaves_nothing_ambiguous(fresh_path, level):
    path = fresh_path()
    with small_log(path, durability=level) as log:
        commit_new(log, range(30))
        log.checkpoint()
        commit_new(log, range(30, 40))
        accept_new(log, [45, 50], wait=False)
        log.learn(60, B2, b"sixty", wait=False)
        log.promise(B3)
        log.set_meta({"term": b"3"})
        before = view(log)
    with small_log(path, durability=level) as log:
        report = log.recovery
        assert view(log) == before
        assert (report.clean, report.tail_uncertain, report.bytes_cut) == (True, False, 0)
        assert (report.entries, report.votes) == (41, 2)


def test_the_incarnation_rises_at_every_opening(fresh_path, image_of):
    path = fresh_path()
    seen = []
    for _ in range(3):
        with small_log(path) as log:
            seen.append(log.recovery.incarnation)
    with small_log(path) as log:
        image = image_of(path)
        seen.append(log.recovery.incarnation)
    with small_log(image) as log:
        seen.append(log.recovery.incarnation)
    assert seen == list(range(seen[0], seen[0] + 5))


def test_a_log_may_be_opened_at_another_level(fresh_path):
    path = fresh_path()
    expected = []
    for number, level in enumerate(LEVELS * 2):
        with small_log(path, durability=level) as log:
            assert votes_of(log) == expected
            accept_new(log, [number])
            expected.append(number)


def test_the_promise_outlives_its_frame(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.promise(B3)
        for slot in range(2000):  # several times around the ring
            log.learn(slot, B1, bytes(100))
    with small_log(path) as log:
        assert log.promised == B3
        assert log.ballot_max == B3


# ---- after the end of the process


def test_every_returned_call_survives_at_level_process(fresh_path, image_of):
    path = fresh_path()
    with small_log(path) as log:
        for call in (
            lambda: accept_new(log, [0, 1, 7]),
            lambda: log.commit(0, B1),
            lambda: log.learn(3, B1, b"three"),
            lambda: log.promise(B2),
            lambda: log.discard(7),
            lambda: log.set_meta({"term": b"2"}),
            lambda: log.accept(1, B2, b"one, once more"),
            lambda: log.checkpoint(),
            lambda: log.accept(8, B2, b"eight", under=B3),
        ):
            call()
            image = image_of(path)
            with small_log(image) as copy:
                assert view(copy) == view(log)


@pytest.mark.parametrize("level", ["accept", "commit"])
def test_every_call_that_was_waited_for_survives(fresh_path, image_of, level):
    path = fresh_path()
    with small_log(path, durability=level, lazy_sync_ms=60_000) as log:
        accept_new(log, [0, 1])
        with small_log(image_of(path)) as copy:
            assert (votes_of(copy), copy.promised) == ([0, 1], B1)
        log.promise(B2)
        with small_log(image_of(path)) as copy:
            assert copy.promised == B2
        log.commit(0, B1, wait=True)
        log.learn(5, B1, b"five", wait=True)
        log.set_meta({"term": b"2"}, wait=True)
        with small_log(image_of(path)) as copy:
            assert view(copy) == view(log)
        log.discard(9, wait=False)
        log.accept(9, B2, b"nine", wait=False)
        log.sync()
        with small_log(image_of(path)) as copy:
            assert view(copy) == view(log)


def test_level_commit_waits_for_every_call(fresh_path, image_of):
    path = fresh_path()
    with small_log(path, durability="commit", lazy_sync_ms=60_000) as log:
        for call in (
            lambda: accept_new(log, [0, 1, 2]),
            lambda: log.commit(0, B1),
            lambda: log.learn(1, B1, value_of(1, (1, 1))),
            lambda: log.discard(2),
            lambda: log.set_meta({"term": b"1"}),
        ):
            call()
            with small_log(image_of(path)) as copy:
                assert view(copy) == view(log)


def test_recovery_twice_gives_the_same(fresh_path, image_of):
    path = fresh_path()
    with small_log(path, mutable_size=256 * KIB) as log:
        commit_new(log, range(200))
        accept_new(log, range(300, 320))
        log.checkpoint()
        commit_new(log, range(200, 220))
        expected = view(log)
        image = image_of(path)
    for _ in range(4):  # each opening is cut short in its turn
        with small_log(image) as log:
            assert view(log) == expected
            image = image_of(image)


def test_a_long_life_is_recovered_at_every_step(fresh_path, image_of):
    """Turns of everything, more than once around the ring, and after each turn a copy is opened."""
    rng = random.Random(5)
    path = fresh_path()
    with small_log(path, mutable_size=256 * KIB) as log:
        following = 0
        for turn in range(150):
            ballot = Ballot(turn + 1, 1)
            log.promise(ballot)
            for _ in range(rng.randrange(40)):
                slot = following + rng.randrange(6)
                entry = log.get(slot)
                if entry is None or (entry.ballot < ballot and not entry.committed):
                    size = rng.choice((0, 1, 8, 100, 1000))
                    log.accept(slot, ballot, value_of(slot, (ballot.id, 1), size))
                else:
                    log.commit(slot, entry.ballot)
                while following in log and log.read(following).committed:
                    following += 1
            if rng.random() < 0.3:
                log.discard(max(following, (log.committed_range()[1] or -1) + 1))
            if rng.random() < 0.3:
                log.checkpoint()
            if rng.random() < 0.3:
                log.set_meta({f"key {turn % 3}": b"%d" % turn})
            image = image_of(path)
            with small_log(image) as copy:
                assert view(copy) == view(log)
                assert copy.recovery.damaged_slots == ()
            shutil.rmtree(image)
        assert log.published_lsn > 256 * KIB


# ---- holes, tears and rot


@pytest.fixture
def voted_image(fresh_path, image_of):
    """An image of a log whose 20 votes have not been synced, and a way to spoil one of them."""

    def make(spoil, slot=10, size=None):
        path = fresh_path()
        with small_log(path) as log:
            for number in range(20):
                log.accept(number, B1, value_of(number, (1, 1), size))
            image = image_of(path)
        frame = layout.ring_frame(image, "vote", slot)
        spoils = {
            "absent": lambda: layout.overwrite(f"{image}/ring", frame.offset, bytes(frame.length)),
            "pending": lambda: layout.overwrite(f"{image}/ring", frame.offset + 4, b"\1"),
            "value": lambda: layout.flip(f"{image}/ring", frame.value_offset),
            "header": lambda: layout.flip(f"{image}/ring", frame.offset + 24),
        }
        spoils[spoil]()
        return image

    return make


@pytest.mark.parametrize("hole", ["absent", "pending"])
def test_a_hole_is_skipped_when_only_the_process_ended(voted_image, hole):
    """R1: a writer died between reserve and publish; calls that returned lie behind it."""
    image = voted_image(hole)
    for _ in range(2):
        with small_log(image) as log:
            assert votes_of(log) == [slot for slot in range(20) if slot != 10]
            assert log.recovery.bytes_cut == 0


@pytest.mark.parametrize("spoil", ["absent", "pending", "value", "header"])
def test_after_a_power_cut_the_log_ends_at_the_first_hole_or_bad_frame(voted_image, spoil):
    image = voted_image(spoil)
    layout.pretend_power_loss(image)
    with small_log(image) as log:
        assert votes_of(log) == list(range(10))
        assert log.recovery.clean is False
        assert log.recovery.bytes_cut > 0
        assert log.recovery.damaged_slots == ()
    with small_log(image) as log:
        assert votes_of(log) == list(range(10))
        assert log.recovery.clean is True


@pytest.mark.parametrize("spoil", ["value", "header"])
def test_a_published_frame_that_does_not_verify_is_rot_when_only_the_process_ended(voted_image, spoil):
    image = voted_image(spoil)
    assert_refused_untouched(image)
    with small_log(image, recovery="salvage") as log:
        assert votes_of(log) == [slot for slot in range(20) if slot != 10]
        assert log.recovery.clean is False


@pytest.mark.parametrize("spoil", ["absent", "pending", "value", "header"])
@pytest.mark.parametrize("power_loss", [False, True])
def test_damage_below_what_was_synced_is_rot_whatever_the_boot_id(fresh_path, image_of, spoil, power_loss):
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        accept_new(log, range(10))
        log.sync()
        accept_new(log, range(10, 20))
        path = image_of(path)
    frame = layout.ring_frame(path, "vote", 5)
    if spoil == "absent":
        layout.overwrite(f"{path}/ring", frame.offset, bytes(frame.length))
    elif spoil == "pending":
        layout.overwrite(f"{path}/ring", frame.offset + 4, b"\1")
    else:
        layout.flip(f"{path}/ring", frame.value_offset if spoil == "value" else frame.offset + 24)
    if power_loss:
        layout.pretend_power_loss(path)
    assert_refused_untouched(path)
    with small_log(path, recovery="salvage") as log:
        assert votes_of(log) == [slot for slot in range(20) if slot != 5]
        assert log.recovery.clean is False


def test_only_the_last_two_groups_are_ambiguous(fresh_path, image_of):
    """P6: damage of the last groups after a power cut may be a tear, and is called uncertain; before them it is rot."""
    path = fresh_path()
    with small_log(path, durability="commit", lazy_sync_ms=60_000) as log:  # the idle timer would bring all under a mark
        accept_new(log, range(10))  # each its own group
        image = image_of(path)
    refused = []
    for slot in range(10):
        copy = fresh_path("copy")
        shutil.copytree(image, copy)
        layout.flip(f"{copy}/ring", layout.ring_frame(copy, "vote", slot).value_offset)
        layout.pretend_power_loss(copy)
        try:
            with small_log(copy) as log:
                assert log.recovery.tail_uncertain
                assert not log.recovery.clean
                assert log.recovery.bytes_cut > 0
                assert votes_of(log) == list(range(slot))
        except CorruptedLogError:
            refused.append(slot)
    assert refused == list(range(8)) or refused == list(range(9))


@pytest.mark.parametrize("durability", ["accept", "commit"])
def test_an_idle_log_leaves_nothing_ambiguous(fresh_path, image_of, durability):
    """P6: the idle timer brings the last group under a mark."""
    path = fresh_path()
    with small_log(path, durability=durability, lazy_sync_ms=1) as log:
        accept_new(log, range(10))
        end = layout.ring_frame(path, "vote", 9)
        eventually(lambda: layout.ring_frames(path)[-1].slot > end.address)  # a mark that covers it
        image = image_of(path)
    layout.flip(f"{image}/ring", layout.ring_frame(image, "vote", 9).value_offset)
    layout.pretend_power_loss(image)
    assert_refused_untouched(image)


def test_what_was_cut_never_comes_back(voted_image):
    """F2: space that is reused after a cut must not revive what was cut, though old frames still fit their places."""
    image = voted_image("absent", slot=5, size=0)  # every frame has one size, so new ones end where old ones began
    layout.pretend_power_loss(image)
    for turn in range(1, 15):
        with small_log(image) as log:
            assert votes_of(log) == list(range(5)) + list(range(100, 99 + turn))
            log.accept(99 + turn, B1, b"")


def test_the_cut_itself_is_on_disk_before_anything_new(voted_image, image_of):
    """R3: opened after a power cut, then the power fails again at once."""
    image = voted_image("absent", slot=5, size=0)
    layout.pretend_power_loss(image)
    log = small_log(image)
    again = image_of(image)
    log.close()
    layout.pretend_power_loss(again)
    with small_log(again) as log:
        assert votes_of(log) == list(range(5))


def test_a_chosen_mark_without_its_vote_is_a_missing_value_and_learn_repairs_it(fresh_path, image_of):
    path = fresh_path()
    with small_log(path) as log:
        commit_new(log, range(3))
        image = image_of(path)
    frame = layout.ring_frame(image, "vote", 1)
    layout.overwrite(f"{image}/ring", frame.offset + 4, b"\1")  # a hole
    with small_log(image) as log:  # R2
        assert log.recovery.damaged_slots == (1,)
        for read in (log.read, log.read_committed):
            with pytest.raises(CorruptedEntryError):
                read(1)
        assert log.read(2).committed
        report = log.promise(B2)
        assert 1 in report.unknown
        assert 1 not in [entry.slot for entry in report.entries]
        log.learn(1, B1, value_of(1, (1, 1)))
        assert log.committed_through == 2
    with small_log(image) as log:
        assert log.read(1).value == value_of(1, (1, 1))
        assert log.recovery.damaged_slots == ()


def test_two_chosen_values_for_one_slot_are_refused(fresh_path, image_of):
    path = fresh_path()
    with small_log(path) as log:
        commit_new(log, range(5))
        log.checkpoint()
    one, other = image_of(path), image_of(path)
    with small_log(one) as log:
        log.learn(7, B1, b"one value")
        log.checkpoint()
        one = image_of(one)
    with small_log(other) as log:
        log.learn(7, B1, b"another")
        other = image_of(other)
    shutil.rmtree(f"{other}/tail")
    shutil.copytree(f"{one}/tail", f"{other}/tail")
    assert_refused_untouched(other, FasterLogError)


# ---- the tail


@pytest.fixture
def many_segments(fresh_path):
    """A closed log with several sealed segments."""

    def make():
        path = fresh_path()
        with small_log(path) as log:
            for slot in range(3000):
                log.learn(slot, B1, value_of(slot, (1, 1), 100))
            log.checkpoint()
        assert len(layout.segments(path)) >= 4
        return path

    return make


@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_missing_segment_is_noticed(many_segments, which):
    path = many_segments()
    missing = layout.segments(path)[which]
    slots = {frame.slot for frame in layout.entries(missing)}
    os.rename(missing, path + ".missing")
    assert_refused_untouched(path)
    with small_log(path, recovery="salvage") as log:
        assert log.recovery.clean is False
        assert set(log.recovery.damaged_slots) <= slots
        left = [entry.slot for entry in log.iter_committed(gaps="skip", skip_errors=True)]
        assert set(left) >= set(range(3000)) - slots


@pytest.mark.parametrize("part", ["header", "trailer", "footer"])
def test_damage_of_a_sealed_segments_frame_is_noticed_at_opening(many_segments, part):
    path = many_segments()
    name = layout.segments(path)[1]
    offset = {
        "header": 20,
        "trailer": os.path.getsize(name) - 100,
        "footer": sum(frame.length for frame in layout.entries(name)) + layout.SEGMENT_HEADER_SIZE + 4,
    }[part]
    layout.flip(name, offset)
    error = assert_refused_untouched(path)
    assert os.path.basename(name) in str(error)


def test_a_torn_end_of_the_open_segment_is_cut_when_the_ring_still_has_its_entries(fresh_path, image_of):
    """A checkpoint that was cut short: what it had written is written again from the ring."""
    path = fresh_path()
    with small_log(path) as log:
        commit_new(log, range(50))
        before = image_of(path)
        log.checkpoint()
        after = image_of(path)
        expected = view(log)
    shutil.rmtree(f"{before}/tail")
    shutil.copytree(f"{after}/tail", f"{before}/tail")
    (segment,) = layout.segments(before)
    last = list(layout.entries(segment))[-1]
    layout.overwrite(segment, last.offset + 20, bytes(last.length - 20))
    layout.pretend_power_loss(before)
    with small_log(before) as log:
        assert view(log) == expected
    with small_log(before) as log:
        assert view(log) == expected


@pytest.mark.parametrize("synced", [False, True])
def test_an_open_segment_is_read_to_its_end(fresh_path, image_of, synced):
    """It is read in a mebibyte at a time: an entry across such a border counted as the torn end, and it and all behind it as cut."""
    path = fresh_path()
    with small_log(path, mutable_size=2 * 1024 * KIB, segment_size=8 * 1024 * KIB, durability="process") as log:
        for slot in range(60):
            log.learn(slot, B1, bytes([slot]) * 60_000)
        if synced:
            log.sync()
        log.checkpoint()
        image, expected = image_of(path), view(log)
    (segment,) = layout.segments(image)
    assert len(list(layout.entries(segment))) == 60
    with small_log(image) as log:
        assert view(log) == expected
        assert log.recovery.bytes_cut == 0


# ---- hostile and half-made folders


@pytest.mark.parametrize("name", ["MANIFEST", "SUPER", "ring"])
@pytest.mark.parametrize("fate", ["missing", "empty", "short", "noise", "folder"])
def test_a_spoilt_file_is_an_error_and_not_a_new_log(fresh_path, name, fate):
    path = fresh_path()
    with small_log(path, durability="commit") as log:
        commit_new(log, range(20))
        accept_new(log, range(20, 30))
    target = f"{path}/{name}"
    with open(target, "rb") as file:
        data = file.read()
    os.unlink(target)
    if fate == "folder":
        os.mkdir(target)
    elif fate != "missing":
        spoilt = {"empty": b"", "short": data[:40], "noise": random.Random(1).randbytes(len(data))}[fate]
        with open(target, "wb") as file:
            file.write(spoilt)
    assert_refused_untouched(path, (OSError, ValueError))


def test_a_torn_superblock_leaves_the_other(fresh_path):
    """C6: they alternate, so the one that was being written is never the one that counts."""
    path = fresh_path()
    with small_log(path) as log:
        commit_new(log, range(100))
        expected = view(log)
    other = 1 - layout.superblock(path).index
    layout.overwrite(f"{path}/SUPER", other * layout.SUPERBLOCK_STRIDE + 16, b"torn")
    with small_log(path) as log:
        assert view(log) == expected


def test_a_folder_whose_making_was_cut_short_is_made_again(fresh_path, image_of):
    """Kill -9 while a log is created: the next opening makes it, whatever had been made."""
    path = fresh_path()
    small_log(path).close()
    made = sorted(tree(path))
    for kept in ([], ["LOCK"], ["LOCK", "tail"]):
        image = image_of(path)
        for name in made:
            if name not in kept:
                target = f"{image}/{name}"
                if os.path.isdir(target):
                    shutil.rmtree(target)
                elif os.path.exists(target):
                    os.unlink(target)
        with small_log(image) as log:
            commit_new(log, range(3))
            assert len(log) == 3


@pytest.mark.parametrize("size", [64 * KIB, 128 * KIB])
def test_a_spare_file_in_the_folder_does_no_harm(fresh_path, size):
    path = fresh_path()
    with small_log(path, mutable_size=size) as log:
        commit_new(log, range(10))
    for name in ("notes.txt", "tail/notes.txt", ".hidden"):
        with open(f"{path}/{name}", "w") as file:
            file.write("mine")
    with small_log(path, mutable_size=size) as log:
        assert len(log) == 10
    assert tree(path)["notes.txt"] == b"mine"


def test_a_ring_that_was_cut_off_is_refused(fresh_path, image_of):
    path = fresh_path()
    with small_log(path, durability="accept") as log:
        accept_new(log, range(20))
        image = image_of(path)
    os.truncate(f"{image}/ring", 0)
    assert_refused_untouched(image)


def test_salvage_goes_on_behind_a_lost_restart(fresh_path, image_of):
    path = fresh_path()
    small_log(path).close()
    with small_log(path, durability="accept") as log:
        log.promise(B2)
        accept_new(log, range(10), B2)
        image = image_of(path)
    for frame in layout.ring_frames(image):
        if frame.kind == "restart":
            layout.overwrite(f"{image}/ring", frame.offset + 20, b"\xff")
    assert_refused_untouched(image)
    with small_log(image, recovery="salvage") as log:
        assert votes_of(log) == list(range(10))
        assert log.promised == B2


@pytest.mark.parametrize("name", ["SUPER", "ring"])
def test_a_missing_file_is_damage(fresh_path, name):
    path = fresh_path()
    small_log(path).close()
    os.unlink(f"{path}/{name}")
    with pytest.raises(CorruptedLogError, match=f"{name} is missing"):
        small_log(path)


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    source = Path(__file__).parent / "cython" / "fault_probe.pyx"
    probe = build_extension("fault_probe", source, tmp_path_factory.mktemp("fault_probe"))
    yield probe
    probe.restore()


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_overwritten_before_the_superblock_in_force_is_durable(tmp_path, faults, level):
    """Killed between writing a superblock and syncing it, a process leaves it in the page cache.

    An opening that zeroes the ring or writes the next superblock over an older one first would, after a power cut, be left with a
    superblock whose log is gone.  Found by tests/models/spin/log.pml and super.pml.
    """
    left = tmp_path / "left"
    with small_log(tmp_path / "log", durability=level) as log:
        log.accept(1, B1, b"one")  # nothing in the tail: the opening's first fdatasync is the superblock's
        shutil.copytree(tmp_path / "log", left)
    before = [(left / name).read_bytes() for name in ("SUPER", "ring")]
    faults.reset()
    faults.fail("fdatasync", errno.EIO)
    try:
        with pytest.raises(OSError):
            small_log(left, durability=level)
    finally:
        faults.reset()
        faults.restore()
    assert [(left / name).read_bytes() for name in ("SUPER", "ring")] == before
    with small_log(left, durability=level) as log:
        assert log.read(1).value == b"one"


# ------------------------------------------------------------------------------------------ a ring whose file has holes (cp --sparse)


def first_hole(name):
    """Where the file's first hole is; its size: it has none."""
    fd = os.open(name, os.O_RDONLY)
    try:
        return os.lseek(fd, 0, os.SEEK_HOLE)
    finally:
        os.close(fd)


def with_blocks_behind_the_end(name):
    """So that the file has as many blocks as it needs, although there are holes in it."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    fd = os.open(name, os.O_RDWR)
    try:
        size = os.fstat(fd).st_size
        if libc.fallocate(fd, FALLOC_FL_KEEP_SIZE, size, size) != 0:
            pytest.skip(f"not run: this file system gives no blocks behind the end of a file: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(fd)


@pytest.fixture
def sparse_copy(fresh_path):
    """A killed log of level "process", copied with holes: (what it holds, the copy)."""

    def make():
        path, copy = fresh_path(), fresh_path("copy")
        with small_log(path, mutable_size=256 * KIB) as log:
            for slot in range(400):  # over the end of the ring, so that its file is whole
                log.learn(slot, B1, value_of(slot, B1, 1000))
            log.checkpoint()
            for slot in range(400, 410):
                log.learn(slot, B1, value_of(slot, B1, 1000))
            copytree_sparse(path, copy)
            expected = view(log)
        assert os.path.getsize(f"{copy}/ring") == 256 * KIB
        if first_hole(f"{copy}/ring") == 256 * KIB:
            pytest.skip("not run: this file system has no holes")
        return expected, copy

    return make


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("hidden", [False, True])
def test_a_sparse_ring_gets_its_blocks_where_it_is_mapped(sparse_copy, hidden, level):
    """A store into a hole needs a block, and on a full disk that is a SIGBUS."""
    expected, path = sparse_copy()
    if hidden:
        with_blocks_behind_the_end(f"{path}/ring")
    with small_log(path, mutable_size=256 * KIB, durability=level) as log:
        if level == "process":
            found = os.stat(f"{path}/ring")
            assert found.st_blocks * 512 >= found.st_size == first_hole(f"{path}/ring")
        assert view(log) == expected
    with small_log(path, mutable_size=256 * KIB) as log:
        assert view(log) == expected


@pytest.mark.thread_unsafe(reason="changes the process's table of system calls")
def test_a_sparse_ring_that_cannot_be_filled_is_left_as_it_is(sparse_copy, faults):
    expected, path = sparse_copy()
    small_log(path, durability="accept", mutable_size=256 * KIB).close()  # makes LOCK and gives all other files their bytes
    before = tree(path)
    if first_hole(f"{path}/ring") == 256 * KIB:
        pytest.skip("not run: no hole is left")
    faults.reset()
    faults.fail("pwrite", errno.ENOSPC, after=1)  # the first one goes to LOCK
    try:
        with pytest.raises(DiskFullError):
            small_log(path, mutable_size=256 * KIB)
    finally:
        faults.reset()
        faults.restore()
    assert tree(path) == before
    with small_log(path, mutable_size=256 * KIB) as log:
        assert view(log) == expected
        assert first_hole(f"{path}/ring") == 256 * KIB
