"""The fuzzers' corpus as an ordinary test, without a sanitizer (ci/test-asan.sh runs it with one): each input through the target it
was found for, and what the fuzzers have found so far by name.  The probe aborts when something does not hold, so it runs in processes
of its own."""

import dataclasses
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from cython_build import build_extension

from fasterlog import CorruptedLogError, FasterLog
from fasterlog.manifest import Manifest

HERE = Path(__file__).parent
TARGETS = ("replay", "tail", "open")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="not run: the probe's ring lies in a memfd, which Linux alone has"),
    pytest.mark.thread_unsafe(reason="a process at a time is enough"),
]

RUN = """
import sys, pathlib
folder, target = sys.argv[1:3]
sys.path.insert(0, folder)
import recovery_probe
recovery_probe.start(f"{folder}/files-{target}")
for name in sys.stdin.read().split():
    print(name, end=" ", flush=True)
    print(*recovery_probe.run(target, pathlib.Path(name).read_bytes()), sep="|", flush=True)
recovery_probe.stop()
"""

spec = importlib.util.spec_from_file_location("make_seeds", HERE / "make_seeds.py")
make_seeds = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_seeds)
Ring, whole, word = make_seeds.Ring, make_seeds.whole, make_seeds.word
SAME_BOOT, SHARED, SALVAGE, CLEAN, PROCESS = 1, 2, 4, 8, 16


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recovery_probe")
    build_extension("recovery_probe", HERE / "recovery_probe.pyx", folder)
    return folder


def run(built, target, names):
    """(reason, entries, error) of each input; the last line names the one that ended the process."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", RUN, str(built), target], input="\n".join(map(str, names)), capture_output=True, text=True, timeout=240
    )
    for leftover in built.glob("files-*/log/tail/*"):
        leftover.unlink()
    for leftover in ("log/tail", "log", ""):
        (built / f"files-{target}" / leftover).rmdir()
    assert done.returncode == 0, f"{done.stdout[-400:]}\n{done.stderr[-4000:]}"
    outcomes = [line.split(" ", 1)[1].split("|", 2) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(names)
    return [(int(reason), int(entries), error) for reason, entries, error in outcomes]


@pytest.fixture
def outcome(built, tmp_path):
    """Runs one recipe."""

    def run_one(target, recipe):
        name = tmp_path / "input"
        name.write_bytes(bytes(recipe if isinstance(recipe, bytes) else recipe.data))
        return run(built, target, [name])[0]

    return run_one


@pytest.mark.parametrize("target", TARGETS)
def test_corpus(built, target):
    names = sorted((HERE / "corpus" / target).iterdir())
    assert len(names) > 10
    run(built, target, names)


def test_the_recipe_of_a_real_log_has_its_entries(outcome):
    """Else the recipes are of another format, and the fuzzers look at nothing."""
    reason, entries, error = outcome("open", whole(make_seeds.real_ring()))
    assert (reason, error) == (0, "")
    assert entries == make_seeds.REAL_ENTRIES


def test_sound_recipes_are_opened(outcome):
    ring = Ring().vote(0).commit(0).learn(1).vote(2).batch(("vote", 3), ("learn", 4))
    assert outcome("replay", ring) == (0, 5, "")
    assert outcome("open", whole(ring, make_seeds.Tail().segment().slot(7).entries(3).seal())) == (0, 8, "")


# --- what the fuzzers found -----------------------------------------------------------------------------------------------


def test_a_frame_that_begins_within_a_lost_header_is_not_covered_by_a_pad(outcome):
    """The PAD for a hole takes 56 bytes: found 8 bytes behind the bad place, a forged frame was overwritten while the index named it."""
    ring = Ring(SALVAGE | CLEAN).gap(1).vote(5).vote(6).op(20)
    assert outcome("replay", ring) == (1, 1, "")


def test_entries_behind_a_lost_restart_stay_when_the_log_is_opened_again(outcome):
    """Salvage filled the place of the RESTART with a PAD: at the next opening nothing told the incarnation of the rest."""
    ring = Ring(SALVAGE, raises=1).vote(0).restart().poke(8, 1).vote(1).vote(2).marked(250)
    assert outcome("open", whole(ring)) == (0, 3, "")


@pytest.mark.parametrize("field", [5, 7])
def test_a_superblock_with_an_odd_address_is_refused(outcome, field):
    """Frames were looked for at odd places, and values of any length read from there."""
    begin = make_seeds.word(515)
    ring = Ring(CLEAN).vote(0).op(20)
    reason, _, error = outcome("open", whole(ring, superblock=b"\1" + bytes([field]) + begin))
    assert reason == 1
    assert "CorruptedLogError" in error


def test_a_begin_near_the_end_of_all_addresses_is_refused(outcome):
    reason, _, error = outcome("open", whole(Ring().vote(0), superblock=b"\1" + bytes([5]) + make_seeds.word(2**64 - 4096)))
    assert reason == 1
    assert "CorruptedLogError" in error


@pytest.mark.parametrize(("field", "value"), [(3, 2**64 - 1), (4, 2**63), (6, 9)])
def test_a_superblock_with_a_number_that_no_log_has_is_refused(outcome, field, value):
    """A sequence that wrapped: the block stayed above those written after it, and the second opening did not know of the first."""
    reason, _, error = outcome("open", whole(Ring().vote(0), superblock=b"\1" + bytes([field]) + word(value)))
    assert reason == 1
    assert "CorruptedLogError" in error


def test_a_batch_in_a_batch_is_damage(outcome):
    """Its frames were looked at by nobody; the checkpoint walked into it, and on one of length 0 for ever."""
    nested = Ring(SALVAGE).op(13).op(13).gap(8).op(14).op(14).vote(1)
    assert outcome("open", whole(nested)) == (0, 1, "")
    strict = Ring().op(13).op(13).gap(8).op(14).op(14).vote(1)
    reason, _, error = outcome("open", whole(strict))
    assert reason == 1
    assert "CorruptedLogError" in error


def test_the_checkpoint_does_not_walk_through_a_batch_with_a_damaged_frame(outcome):
    """Salvage passed it over and left it in the ring."""
    ring = Ring(SALVAGE).op(13).vote(0).gap(8).op(14).vote(1)
    assert outcome("open", whole(ring)) == (0, 2, "")  # slot 0 as a lost one


def test_a_frame_of_an_opening_that_the_superblock_does_not_know_is_damage(outcome):
    """It was cut like a torn end; the RESTART of the next opening, of the same number, then stood before the rest of what had been cut."""
    ring = Ring().op(19, word(2, 2)).frame("restart").vote(1)
    reason, _, error = outcome("open", whole(ring))
    assert reason == 1
    assert "CorruptedLogError" in error
    ring.data[0] |= SALVAGE
    assert outcome("open", whole(ring)) == (0, 1, "")


def pending_batch(ring):
    """A batch whose inner frames are there, and which was never published."""
    return ring.batch(("vote", 7), ("learn", 8)).poke(4, make_seeds.KIND["batch"] ^ make_seeds.KIND["pending"])


def test_a_batch_that_was_never_published_stays_out_behind_another_hole(outcome):
    """Killed at level "process" with two writers on the way: the search behind the first hole took the batch's frames one by one."""
    ring = pending_batch(Ring(SAME_BOOT | SHARED | PROCESS).vote(0).frame("pending", size=40)).vote(1)
    assert outcome("replay", ring) == (0, 2, "")
    assert outcome("open", whole(ring)) == (0, 2, "")


def test_salvage_takes_nothing_out_of_a_torn_batch_behind_another_bad_place(outcome):
    ring = Ring(SALVAGE).vote(0).vote(1).poke(16, 8).batch(("vote", 7), ("learn", 8)).poke(56 + 60, 1).vote(2).marked(700)
    assert outcome("open", whole(ring)) == (0, 4, "")  # 7 and 8 as lost ones


def test_what_salvage_cuts_off_a_clean_end_does_not_come_back(outcome):
    """tests/test_salvage.py has it with a real log."""
    ring = Ring(SALVAGE | CLEAN | SAME_BOOT | SHARED | PROCESS).vote(0).gap(1).vote(1).poke(8, 1).vote(2).poke(60, 1)
    assert outcome("open", whole(ring)) == (0, 2, "")  # slot 2 as a lost one


@pytest.mark.parametrize("bits", [11, 36, 64, 2**32 - 1])
def test_a_manifest_with_a_span_that_no_log_has_is_refused(fresh_path, bits):
    """Salvage shifted by it before anybody had looked at it."""
    path = fresh_path()
    FasterLog(path).close()
    with open(f"{path}/MANIFEST", "r+b") as file:
        manifest = Manifest.unpack(file.read(), path)
        file.seek(0)
        file.write(dataclasses.replace(manifest, span_bits=bits).pack())
    for recovery in ("strict", "salvage"):
        with pytest.raises(CorruptedLogError, match=rf"2\*\*{bits} addresses"):
            FasterLog(path, recovery=recovery)
