"""Every byte of every file of a log damaged, every length, sectors lost, torn, swapped and stale, files lost and mixed up (P3-P6, P12).

How, and what must hold, is told in corruption.py.  FASTERLOG_CORRUPTION says how much:

    sample  (the default) faults of all kinds in random order, a second or so for each log and way of opening
    all     on the logs of level "accept": every byte flipped once, every length, all sectors and files; samples of the others, and of
            what salvage makes of the tail.  In regions that nothing reads (holes, free space) only every 16th length
    full    the ten patterns for every byte, every length, on all logs

FASTERLOG_CORRUPTION_SEED is the seed of what is random, FASTERLOG_CORRUPTION_SECONDS the time of one sample.
"""

import os
import random
import shutil
import tempfile

import corruption
import pytest
import reference_logs

MODE = os.environ.get("FASTERLOG_CORRUPTION", "sample")
SEED = int(os.environ.get("FASTERLOG_CORRUPTION_SEED", "1"))
SECONDS = float(os.environ.get("FASTERLOG_CORRUPTION_SECONDS", "0.6"))

LOGS = [(level, closed) for level in ("process", "accept", "commit") for closed in (True, False)]
NAMES = [f"{level}-{'closed' if closed else 'killed'}" for level, closed in LOGS]

pytestmark = [
    pytest.mark.thread_unsafe(reason="starts processes"),
    *(() if MODE == "sample" else (pytest.mark.slow, pytest.mark.timeout(6 * 3600))),
]


@pytest.fixture(scope="module")
def scratch():
    """Memory where there is some: what is on the disk is not the point here."""
    path = tempfile.mkdtemp(prefix="fasterlog-corruption-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def references(scratch):
    """Each log, and another one of its kind to take files from."""
    made = {}

    def get(name):
        if name not in made:
            level, closed = LOGS[NAMES.index(name)]
            one = reference_logs.build(f"{scratch}/reference", level, closed, SEED)
            other = reference_logs.build(f"{scratch}/reference", level, closed, SEED + 1)
            made[name] = one, other.files
        return made[name]

    return get


def faults_of(reference, name):
    """All faults of one file."""
    found = list(corruption.flips(reference, name, SEED, 10 if MODE == "full" else 1))
    found += corruption.cuts(reference, name, 1 if MODE == "full" else 16)
    found += corruption.sectors(reference, name, SEED)
    found += corruption.whole_files(reference, name)
    return found


def check(record_property, scratch, references, log, wanted, salvage, sample=False):
    """Damages the files of the log that `wanted` chooses, and shows what became of it."""
    reference, foreign = references(log)
    names = [name for name in reference.files if wanted(name)]
    if MODE == "full" or (MODE == "all" and log.startswith("accept") and not sample):
        faults, seconds = [fault for name in names for fault in faults_of(reference, name)], None
    else:
        faults, seconds = [fault for name in names for fault in corruption.sampled(reference, name, SEED, 500)], SECONDS
        random.Random(SEED).shuffle(faults)
    total = corruption.run(scratch, reference, foreign, faults, salvage, seconds=seconds)
    line = f"{log}, {'salvage' if salvage else 'strict'}, seed {SEED}: {total.line()}"
    record_property("corruption", line)
    print(line)
    assert not total.findings, "\n".join([line, *total.findings])
    assert total.counts["refused"] + total.counts["told"] + total.counts["cut"] > 0, "the faults did nothing"
    if seconds is None and not salvage and not reference.closed:
        assert total.counts["cut"] > 0, "no fault met the last group"
    assert total.memory < 256 << 20


@pytest.mark.parametrize("log", NAMES)
def test_damage_is_refused_or_harmless_or_told(record_property, scratch, references, log):
    check(record_property, scratch, references, log, lambda name: True, salvage=False)


@pytest.mark.parametrize("log", NAMES)
def test_salvage_tells_what_is_lost_of_the_ring(record_property, scratch, references, log):
    check(record_property, scratch, references, log, lambda name: not name.startswith("tail/"), salvage=True)


# Each fault makes salvage write a segment anew: the most of all that is to be had by far, so only "full" has all of them.
@pytest.mark.parametrize("log", NAMES)
def test_salvage_tells_what_is_lost_of_the_tail(record_property, scratch, references, log):
    check(record_property, scratch, references, log, lambda name: name.startswith("tail/"), salvage=True, sample=True)


@pytest.mark.parametrize("data", [b"", b"x", b"\xff" * 300, bytes(5000), b"1 2 3\n", "99999999999999999999 höst".encode()])
def test_the_lock_file_may_hold_anything(scratch, references, data):
    reference, _ = references("accept-closed")
    path = f"{scratch}/lock"
    reference_logs.write_files(path, reference.files)
    with open(f"{path}/LOCK", "wb") as file:
        file.write(data)
    with reference_logs.small_log(path, **reference.options()) as log:
        assert reference_logs.view(log) == reference.view
        assert log.recovery.clean
