"""Power cuts that the disk itself does not survive unharmed: any subset of the block writes since the last flush, torn (P1, P2, P4).

A log runs on ext4 on a disk that records every block write and every flush (block_recorder.py).  It lives several times on one
recording: between two lives the process is killed, or the power cut.  Then come the images: for a position in the recording, all that
was flushed and some of the rest.  Each is mounted, which has ext4 replay its journal, and the log in it is opened, under the id of
another boot, and compared with what had been acknowledged at that position.

FASTERLOG_BLOCK_IMAGES is the number of images, FASTERLOG_SEED makes the same choices again (not the same timing of the recording).
"""

import os
import random
import signal
import time

import block_recorder
import disks
import pytest
from helpers import KIB, MIB, Child, small_log
from killing import Acknowledged, settle, use

pytestmark = [pytest.mark.crash, pytest.mark.thread_unsafe(reason="forks")]

IMAGES = int(os.environ.get("FASTERLOG_BLOCK_IMAGES", "60"))
FROM_ONE_RECORDING = 50
LIVES = 3
ZEROS = bytes(64 * KIB)
SIZE = 16 * MIB
LEVELS = ("process", "accept", "commit")


def live(send, path, level, options, number, position):
    disks.die_with_parent()

    def send_with_position(message):
        send((position(), message))

    try:
        log = small_log(path, durability=level, lazy_sync_ms=1, **options)
        last = Acknowledged(level).check(log)  # the images are compared with more
    except BaseException as failure:
        send((position(), ("failed", None, f"{type(failure).__name__}: {failure}"[:2000])))
        raise
    if number == 2:
        settle(log, 0, last + 1)
    use(log, send_with_position, 1 + 2 * number, last, number, sync=True)
    signal.pause()


def make_recording(folder, level, options, rng, lives, spoil):
    """The recorder, closed, and [(position, message)]; None as the message is the end of a life."""
    recorder = block_recorder.Recorder(f"{folder}/fuse", disks.make_image("ext4", SIZE))
    disk = disks.Disk(f"{folder}/disk", image=recorder.file)
    messages = []
    for number in range(lives):
        if spoil:
            spoil()
        child = Child(live, f"{disk.folder}/log", level, options, number, recorder.position)
        messages += child.at_least(1, 60)
        end = time.monotonic() + rng.uniform(0.01, 0.08)
        while time.monotonic() < end and not child.ended:  # the kernel may write pages at any time
            messages += child.collect(0.005)
            disks.write_back(f"{disk.folder}/log", rng, 5)
        disks.stop(child)
        messages += child.collect(0)
        how = rng.choice(("kill", "cut", "cut")) if number < lives - 1 else "cut"
        if how == "cut":
            disk.cut(rng.choice((disks.LOSE_JOURNAL, disks.FLUSH_JOURNAL)))
        os.kill(child.pid, signal.SIGKILL)
        messages += child.finish()
        for _, message in messages:
            assert message is None or message[0] != "failed", message
        assert child.status == signal.SIGKILL, f"the child ended by itself with status {child.status}"
        messages.append((recorder.position(), None))
        if how == "cut":
            disk.start_again()
    disk.close()
    recorder.close()
    return recorder, messages


def check_image(folder, image, level, acknowledged, twice):
    fd = os.memfd_create("image")
    for at in range(0, len(image), len(ZEROS)):  # holes stay holes: that is quicker
        piece = image[at : at + len(ZEROS)]
        if piece != ZEROS:
            os.pwrite(fd, piece, at)
    os.ftruncate(fd, len(image))
    disk = disks.Disk(folder, image=fd)
    disks.new_boot()
    for _ in range(1 + twice):
        with small_log(f"{folder}/log", durability=level) as log:
            acknowledged.check(log)
    disk.close()


def choose_positions(trace, count, rng):
    """All may be drawn, and those the sooner where more is in doubt."""
    weights, in_doubt = [1], 0
    for record in trace:
        in_doubt = 0 if record is block_recorder.FLUSH else in_doubt + 1
        weights.append(1 + 3 * in_doubt)
    return sorted(rng.choices(range(len(trace) + 1), weights, k=count))


def run(folder, level, count, seed, lives=LIVES, spoil=None):
    """Records and checks until there are `count` images; returns (images, acknowledged things checked, writes in doubt, seconds)."""
    done = checked = doubtful = recordings = 0
    seconds = 0.0
    while done < count:
        rng = random.Random(f"{seed}/{recordings}")
        recordings += 1
        disks.new_boot()
        options = {"mutable_size": rng.choice((64 * KIB, 64 * KIB, 256 * KIB))}
        recorder, messages = make_recording(folder, level, options, rng, lives, spoil)
        trace = recorder.trace()
        images = block_recorder.Images(recorder.start, trace)
        started = time.monotonic()
        for position in choose_positions(trace, min(FROM_ONE_RECORDING, count - done), rng):
            image, in_doubt = images.cut_at(position, rng)
            acknowledged = Acknowledged(level, power=True)
            for at, message in messages:
                if message is None:
                    acknowledged.died()
                elif at <= position:
                    acknowledged.add(message)
            try:
                check_image(f"{folder}/image", image, level, acknowledged, rng.random() < 0.3)
            except BaseException as failure:
                failure.add_note(
                    f"seed {seed}, recording {recordings - 1}, position {position} of {len(trace)}, {in_doubt} writes in doubt"
                )
                raise
            done += 1
            checked += acknowledged.count
            doubtful += in_doubt
        seconds += time.monotonic() - started
    return done, checked, doubtful, seconds


def need_recorder():
    disks.need("ext4")
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        pytest.skip(f"not run: /dev/fuse: {error}")


@pytest.mark.slow
@pytest.mark.timeout(300 + IMAGES)
@pytest.mark.parametrize("level", LEVELS)
def test_what_was_durable_is_in_every_image_of_the_disk(tmp_path, level):
    need_recorder()
    seed = os.environ.get("FASTERLOG_SEED") or f"1/{level}"
    print(f"seed {seed}")
    images, checked, doubtful, seconds = disks.in_private_mounts(run, tmp_path, level, max(1, IMAGES // len(LEVELS)), seed)
    print(f"{level}: {images} images, {checked} acknowledged things looked for in them, {doubtful} writes in doubt, {seconds:.1f} s")
    assert checked and doubtful


@pytest.mark.parametrize("fault", ["no fdatasync", "no flush"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_images_catch_a_log_that_does_not_sync(tmp_path, break_it, level, fault):
    """Or one whose writes get to the disk, but no further than the disk's own memory."""
    need_recorder()
    with pytest.raises(AssertionError, match=r"Corrupted|are gone|was chosen|older vote|went back"):
        disks.in_private_mounts(run, tmp_path, level, 500, "1", 1, lambda: break_it(fault))
