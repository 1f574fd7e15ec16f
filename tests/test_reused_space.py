"""F2: what a cut left in the ring's file must not come back when the log grows up to it again, though it still fits its places.

At level "process" recovery zeroes it; at the others it stays in the file until it is written over, and only the incarnation tells.
"""

import shutil

import layout
from helpers import small_log

B1 = (1, 1)


def image_of(path, fresh_path):
    image = fresh_path("image")
    shutil.copytree(path, image)
    return image


def test_votes_behind_a_cut_stay_away_while_new_ones_take_their_places(fresh_path):
    path = fresh_path()
    with small_log(path, durability="accept", lazy_sync_ms=60_000) as log:
        for slot in range(20):
            log.accept(slot, B1, b"", wait=False)
        log.sync()  # one group
        path = image_of(path, fresh_path)
    vote = layout.ring_frame(path, "vote", 5)
    for frame in layout.ring_frames(path):  # as if the power had failed before that group was under a mark
        if frame.kind == "sync" and frame.slot > vote.address:
            layout.overwrite(f"{path}/ring", frame.offset, bytes(frame.length))
    layout.overwrite(f"{path}/ring", vote.offset, bytes(vote.length))
    layout.pretend_power_loss(path)
    expected = set(range(5))
    for turn in range(8):  # every frame has one size, so new ones end where old ones began
        with small_log(path, durability="accept", lazy_sync_ms=60_000) as log:
            assert {entry.slot for entry in log.scan_uncommitted()} == expected, f"in turn {turn}"
            log.accept(100 + turn, B1, b"")
            expected.add(100 + turn)
            path = image_of(path, fresh_path)
        layout.pretend_power_loss(path)
