"""Reading the ring back: where the log ends, what is torn and what is rotten, and the state that its frames add up to."""
from libc.stdint cimport uint16_t, uint64_t

from fasterlog._core cimport log_core

cdef struct hole:
    uint64_t begin, end
    uint16_t incarnation           # in force there
    uint16_t incarnation_behind    # another one: the RESTART between them is lost

cdef struct damaged_frame:
    uint64_t address, slot, ballot_id, ballot_node

cdef struct replay_state:
    log_core *core
    # In:
    uint64_t begin, limit          # frames lie in [begin, limit): what the file holds, at most one lap
    uint64_t lap_end               # [end, lap_end) of the file is not the log
    uint64_t known_end             # a clean close says where the log ends; 0: it has to be found out
    uint16_t incarnation           # of the frame at `begin`; then of the last one passed
    uint16_t incarnation_last      # the highest that any frame can bear
    bint same_boot                 # the page cache that this file was written through is still there
    bint shared                    # the file was the ring's memory: space that was never reserved is zero
    bint salvage
    # Out:
    uint64_t end
    uint64_t mark                  # everything below was on disk: the highest SYNC
    uint64_t bytes_cut
    uint64_t cut_end               # what lay in [end, cut_end) may look like frames of the log
    bint rotten                    # damage below the mark; `rot_at` is the first
    uint64_t rot_at
    hole *holes                    # to be filled with PADs or a RESTART, in order
    uint64_t hole_count, hole_room
    damaged_frame *damaged         # votes and decisions that a damaged frame's header still names
    uint64_t damaged_count, damaged_room
    uint64_t unknown               # damaged places that do not even tell what was there
    bint searched                  # all frames behind the first bad place have been looked at
    uint64_t last_good             # end of the last good frame among them
    uint64_t last_whole            # the same of all frames that are known to be one, torn or never published though they may be
    bint two_values                # two different chosen values for conflict_slot
    uint64_t conflict_slot

# Scans and replays into core's index, promise and mapping; writes nothing.  0 or -errno; a verdict of rotten or two_values is in `state`.
cdef int replay_run(replay_state *state) noexcept nogil
# Whether a damaged vote or decision is really lost: nothing that lies behind it stands for it.
cdef bint damage_counts(replay_state *state, const damaged_frame *damaged) noexcept nogil
cdef void replay_free(replay_state *state) noexcept nogil
# After a good verdict: fills the holes and zeroes [end, zero_until), in the ring's memory.
cdef void replay_tidy(replay_state *state, uint64_t zero_until) noexcept nogil
