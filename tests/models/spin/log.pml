/* The durability protocol: ring, group commit, checkpoint and reclaim, a crash at any step, recovery (itself crashed), and on.
 *
 * Mirrors _phases, _control (promise), _sync, _checkpoint, _recovery and _replay.  What the litmus tests show about memory order is taken
 * as given here: a step is atomic where the code has one atomic instruction or holds `control`.  A frame is one cell and the ring has N;
 * addresses grow to at most AMAX, so the ring wraps.  Two slots; a vote's value is its ballot.
 *
 *     memory (mem) -> page cache (pc) -> disk:   kill -9 keeps the page cache; a power cut leaves of each cell that was not synced the old
 *                                                 bytes, the new ones, or (-DGARBAGE, one cell) neither
 *
 * At level "process" (-DPROCESS) mem is pc.  The superblock's three places have a model of their own (super.pml): here it is one, whole.
 *
 * Shown after every recovery:  what was acknowledged is there (votes, commits, promises);  a committed value never changes;  nothing
 * comes back that an earlier recovery did not find;  nothing is taken for rot, since there is none.
 *
 * Mutants, by -D: see MUTANTS in run_spin.py. */
#ifndef N
#define N 5
#endif
#ifndef AMAX
#define AMAX 8
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
/* Cells that votes leave free; control frames and marks; carried votes.  RESTART leaves one: the log's end is never followed at once by
 * what lay before its begin. */
#define KEEP_VOTES 2
#define KEEP_CONTROL 2
#define KEEP_RESTART 2

#define NONE 0
#define PENDING 1
#define PAD 2
#define VOTE 3
#define CHOSEN 4
#define PROMISE 5
#define SYNC 6
#define RESTART 7
#define TORN 16384
#define FRAME(kind, what, slot, address, inc) ((kind) | ((what) << 3) | ((slot) << 7) | ((address) << 8) | ((inc) << 12))
#define KIND(f) ((f) & 7)
#define WHAT(f) (((f) >> 3) & 15)           /* ballot; of SYNC the durable address */
#define SLOT(f) (((f) >> 7) & 1)
#define ADDRESS(f) (((f) >> 8) & 15)
#define INC(f) (((f) >> 12) & 3)

#define ABSENT 0
#define VOTED 1
#define MISSING 2
#define RING 3
#define TAIL 4

#ifdef PROCESS
#define mem pc
#else
short mem[N];
#endif
short pc[N];
short disk[N];
byte reserved, published, reclaimed, synced, durable, marked;
byte inc = 1;
byte promised;
byte state[2], place[2];        /* the index words */
byte tail_pc[2], tail_disk[2];  /* slot -> value */
byte tail_noted;                /* superblock.tail_end: slots that are in the tail on disk */
byte begin_inc = 1;

typedef super { byte begin; byte begin_inc; byte inc; byte promised; byte durable; byte tail; byte boot }
super super_pc;
super super_disk;

/* Threads: program counters, and what they carry. */
byte w_at[2], w_address[2], w_slot[2], w_ballot[2], w_won[2];     /* accepts */
byte m_at, m_address, m_slot, m_relies;                           /* commit */
byte p_at, p_address, p_ballot;                                   /* promise */
bool control;
byte l_at, l_target, l_want;                                              /* group commit, or sync() */
byte c_at, c_end, c_address, c_copy, c_list, c_relied;            /* checkpoint */
bool c_full, c_leans;
bool checkpointing;
byte r_at;                                                        /* recovery: 0 while the log runs */
byte crashes;
byte boot;                      /* of the machine: rises with a power cut; a superblock bears that of its writer */

/* What has been promised to callers: [0] holds after kill -9, [1] after a power cut. */
typedef acks { byte vote[2]; byte chosen[2]; byte promise }
acks ack[2];
acks snapshot;                  /* what had returned when sync() began */
byte alive[2];                  /* per slot, bit per ballot: written since, or found by, the last recovery */

/* Scratch of recovery, reset after use. */
short f;
byte x, y, mark, now_inc, ends, holes, from;
byte rstate[2], rplace[2];
bool torn;

/* -DTRACE prints the way to a failed check, line by line with what mattered then: Spin's own trails do not follow steps this large. */
#ifdef TRACE
c_code {
    extern long depth;
    static char trace_text[110000][256];
    static void trace_note(int line) {
        int i, n = 0;
        char *t = trace_text[depth];
        for (i = 1; i < 40; i++) trace_text[depth + i][0] = 0;      /* left by a branch that was given up */
        n += sprintf(t + n, "line %d  [%d %d %d] synced %d durable %d  states %d@%d %d@%d tail %d%d/%d%d super %d/%d  mem", line, now.reclaimed, now.published, now.reserved, now.synced, now.durable, now.state[0], now.place[0], now.state[1], now.place[1], now.tail_pc[0], now.tail_pc[1], now.tail_disk[0], now.tail_disk[1], now.super_pc.begin, now.super_disk.begin);
        for (i = 0; i < N; i++) n += sprintf(t + n, " %d.%d@%d", now.mem[i] & 7, (now.mem[i] >> 3) & 15, (now.mem[i] >> 8) & 15);
        n += sprintf(t + n, "  disk");
        for (i = 0; i < N; i++) n += sprintf(t + n, " %d.%d@%d", now.disk[i] & 7, (now.disk[i] >> 3) & 15, (now.disk[i] >> 8) & 15);
    }
    static void trace_dump(void) { for (int i = 0; i <= depth; i++) if (trace_text[i][0]) printf("%s\n", trace_text[i]); }
}
#define STEP c_code { trace_note(__LINE__); };
#define CHECK(c) if :: !(c) -> c_code { trace_dump(); }; assert(c) :: else fi
#else
#define STEP
#define CHECK(c) assert(c)
#endif

#define HERE(a) mem[(a) % N]
#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define ROOM(keep) (reserved + 1 + keep <= reclaimed + N && reserved + 1 < AMAX)

inline reserve(into) {
    CHECK(HERE(reserved) == NONE);          /* it lies in zeroed space */
    into = reserved;
    HERE(reserved) = PENDING;
    reserved++
}
inline help() {
    do
    :: published < reserved && HERE(published) != TORN && KIND(HERE(published)) >= PAD -> published++
    :: else -> break
    od
}
inline sync_ring() {
    x = 0;
    do
    :: x < N -> disk[x] = pc[x]; x++
    :: else -> break
    od;
    x = 0
}
inline sync_tail() { tail_disk[0] = tail_pc[0]; tail_disk[1] = tail_pc[1] }
inline super_copy(to, source) {
    to.begin = source.begin; to.begin_inc = source.begin_inc; to.inc = source.inc; to.promised = source.promised;
    to.durable = source.durable; to.tail = source.tail; to.boot = source.boot
}
inline super_write(begins) {
    super_pc.begin = begins; super_pc.begin_inc = begin_inc; super_pc.inc = inc; super_pc.durable = durable; super_pc.tail = tail_noted; super_pc.boot = boot;
#ifdef NO_PROMISE_IN_SUPER
    super_pc.promised = 0
#else
    super_pc.promised = promised
#endif
}
inline acknowledge_vote(level, slot, ballot) {
    ack[level].vote[slot] = MAX(ack[level].vote[slot], ballot)
}
#define SUPER_SYNCED (super_pc.begin == super_disk.begin && super_pc.inc == super_disk.inc && super_pc.promised == super_disk.promised && super_pc.durable == super_disk.durable && super_pc.tail == super_disk.tail && super_pc.begin_inc == super_disk.begin_inc)
#define BALLOT_IN(slot) WHAT(HERE(place[slot]))
#define RUNS (r_at == 0)

/* A good frame at address x, incarnation aside: repeats its address, and is of this log. */
#define FITS(fr, a) ((fr) != TORN && KIND(fr) >= PAD && ADDRESS(fr) == (a))
#define INC_FITS(fr, cur, last) (INC(fr) == (cur) || (KIND(fr) == RESTART && INC(fr) > (cur) && INC(fr) <= (last)))

inline apply(a) {
    f = pc[(a) % N];
    if
    :: KIND(f) == RESTART -> now_inc = INC(f)
    :: KIND(f) == SYNC -> mark = MAX(mark, WHAT(f))
    :: KIND(f) == PROMISE -> promised = MAX(promised, WHAT(f))
    :: KIND(f) == VOTE ->
        promised = MAX(promised, WHAT(f));
        if
        :: rstate[SLOT(f)] == ABSENT || rstate[SLOT(f)] == VOTED -> rstate[SLOT(f)] = VOTED; rplace[SLOT(f)] = a
        :: rstate[SLOT(f)] == MISSING && WHAT(pc[rplace[SLOT(f)] % N]) == WHAT(f) -> rstate[SLOT(f)] = RING; rplace[SLOT(f)] = a
        :: else
        fi
    :: KIND(f) == CHOSEN ->
        if
        :: rstate[SLOT(f)] == TAIL -> CHECK(tail_pc[SLOT(f)] == WHAT(f))                         /* two values: refused */
        :: rstate[SLOT(f)] == RING || rstate[SLOT(f)] == MISSING -> CHECK(WHAT(pc[rplace[SLOT(f)] % N]) == WHAT(f))
        :: rstate[SLOT(f)] == VOTED && WHAT(pc[rplace[SLOT(f)] % N]) == WHAT(f) -> rstate[SLOT(f)] = RING
        :: else -> rstate[SLOT(f)] = MISSING; rplace[SLOT(f)] = a
        fi
    :: else
    fi;
    f = 0
}

/* Replays pc from super_pc.begin on; finds `ends` and `mark`; holes become PADs in pc. */
inline replay() {
    now_inc = super_pc.begin_inc;
    mark = super_pc.durable;
    promised = super_pc.promised;
    y = super_pc.begin;
    holes = 0;
    rstate[0] = (tail_pc[0] != 0 -> TAIL : ABSENT);
    rstate[1] = (tail_pc[1] != 0 -> TAIL : ABSENT);
    CHECK((super_pc.tail & 1) == 0 || tail_pc[0] != 0);          /* "the tail was on disk up to here": refused */
    CHECK((super_pc.tail & 2) == 0 || tail_pc[1] != 0);
    do
    :: y < super_pc.begin + N && FITS(pc[y % N], y) && INC_FITS(pc[y % N], now_inc, super_pc.inc) -> apply(y); y++
    :: y < super_pc.begin + N && !(FITS(pc[y % N], y) && INC_FITS(pc[y % N], now_inc, super_pc.inc)) ->
        /* A bad place: the next good frame behind it, and the highest mark there is. */
        x = y + 1;
        from = 0;
        do
        :: x < super_pc.begin + N ->
            f = pc[x % N];
            if
            :: FITS(f, x) && INC(f) >= now_inc && INC(f) <= super_pc.inc ->
                if
                :: from == 0 -> from = x
                :: else
                fi;
                if
                :: KIND(f) == SYNC -> mark = MAX(mark, WHAT(f))
                :: else
                fi
            :: else
            fi;
            x++
        :: else -> break
        od;
        x = 0; f = 0;
        CHECK(y >= mark);                                        /* rot, of which there is none: refused */
        if
#if defined(PROCESS) && !defined(HOLE_ENDS)
        :: super_pc.boot == boot && from != 0 ->
            CHECK(pc[y % N] == NONE || KIND(pc[y % N]) == PENDING);
            CHECK(pc[y % N] != TORN);
            do
            :: y < from -> pc[y % N] = FRAME(PAD, 0, 0, y, now_inc); y++
            :: else -> break
            od;
            holes = 1
        :: super_pc.boot == boot && from == 0 ->
            CHECK(pc[y % N] == NONE || KIND(pc[y % N]) == PENDING);
            break
        :: super_pc.boot != boot -> break
#else
        :: true -> break
#endif
        fi
    :: else -> break
    od;
    ends = y;
    CHECK(ends >= mark);
    from = 0; y = 0
}

/* The promises; a power cut has made ack[0] the same as ack[1]. */
inline check() {
    x = 0;
    do
    :: x < 2 ->
        y = (rstate[x] == TAIL -> tail_pc[x] : (rstate[x] == ABSENT -> 0 : WHAT(pc[rplace[x] % N])));
        /* votes: there with at least that ballot, or the slot is committed */
        CHECK(ack[0].vote[x] == 0 || rstate[x] >= RING || (rstate[x] == VOTED && y >= ack[0].vote[x]));
        /* commits: there, with that value */
        CHECK(ack[0].chosen[x] == 0 || (rstate[x] >= RING && y == ack[0].chosen[x]));
        /* whatever is there was written since the last recovery, or found by it */
        CHECK(y == 0 || (alive[x] & (1 << y)) != 0);
        /* R2: value missing only where a vote's writer was killed before it published; nobody was told */
        CHECK(rstate[x] != MISSING || (ack[0].vote[x] == 0 && ack[0].chosen[x] == 0));
        x++
    :: else -> break
    od;
    CHECK(promised >= ack[0].promise);
    x = 0; y = 0
}

init {
    d_step { super_pc.inc = 1; super_pc.begin_inc = 1; super_copy(super_disk, super_pc) }
end:
    do
    /* ------------------------------------------------------------------------------------ accept, by either of two threads */
#define ACCEPT(t) \
    :: d_step { RUNS && w_at[t] == 0 && promised > 0 && ROOM(KEEP_VOTES) \
        && (state[0] == ABSENT || (state[0] == VOTED && BALLOT_IN(0) < promised)) -> STEP \
        w_slot[t] = 0; w_ballot[t] = promised; reserve(w_address[t]); w_won[t] = state[0] + (place[0] << 3); w_at[t] = 1 } \
    :: d_step { RUNS && w_at[t] == 0 && promised > 0 && ROOM(KEEP_VOTES) \
        && (state[1] == ABSENT || (state[1] == VOTED && BALLOT_IN(1) < promised)) -> STEP \
        w_slot[t] = 1; w_ballot[t] = promised; reserve(w_address[t]); w_won[t] = state[1] + (place[1] << 3); w_at[t] = 1 } \
    /* body, then the CAS of the word */ \
    :: d_step { RUNS && w_at[t] == 1 -> STEP \
        alive[w_slot[t]] = alive[w_slot[t]] | (1 << w_ballot[t]); \
        if \
        :: w_won[t] == state[w_slot[t]] + (place[w_slot[t]] << 3) -> \
            state[w_slot[t]] = VOTED; place[w_slot[t]] = w_address[t]; w_won[t] = 1; \
            /* the body, readable through the index from here on; the publish word is still PENDING */ \
            HERE(w_address[t]) = FRAME(PENDING, w_ballot[t], w_slot[t], w_address[t], inc) \
        :: else -> w_won[t] = 0 \
        fi; \
        w_at[t] = 2 } \
    :: d_step { RUNS && w_at[t] == 2 -> STEP \
        HERE(w_address[t]) = (w_won[t] -> FRAME(VOTE, w_ballot[t], w_slot[t], w_address[t], inc) : FRAME(PAD, 0, 0, w_address[t], inc)); \
        help(); w_at[t] = (w_won[t] -> 3 : 0) } \
    :: d_step { RUNS && w_at[t] == 3 && WAITED(w_address[t] + 1) -> STEP \
        acknowledge_vote(0, w_slot[t], w_ballot[t]); ACK_POWER(acknowledge_vote(1, w_slot[t], w_ballot[t])) \
        w_at[t] = 0; w_address[t] = 0; w_slot[t] = 0; w_ballot[t] = 0; w_won[t] = 0 }
#ifdef PROCESS
#define WAITED(lsn) (published >= (lsn) || true)
#define ACK_POWER(what)
#else
#define WAITED(lsn) (durable >= (lsn))
#define ACK_POWER(what) what;
#endif
    ACCEPT(0)
#ifndef ONE_ACCEPTOR
    ACCEPT(1)
#endif
    /* ----------------------------------------------------------------------------------------------------------- commit */
#define COMMIT(s) \
    :: d_step { RUNS && m_at == 0 && ROOM(KEEP_CONTROL) && state[s] == VOTED -> STEP \
        m_slot = s; m_relies = BALLOT_IN(s); reserve(m_address); m_at = 1 }
    COMMIT(0)
    COMMIT(1)
    :: d_step { RUNS && m_at == 1 -> STEP /* the CAS; again if the vote was only carried */
        if
        :: state[m_slot] == VOTED && BALLOT_IN(m_slot) == m_relies -> state[m_slot] = RING; m_at = 2
        :: else -> HERE(m_address) = FRAME(PAD, 0, 0, m_address, inc); help(); m_at = 0; m_address = 0; m_slot = 0; m_relies = 0
        fi }
    :: d_step { RUNS && m_at == 2 -> STEP HERE(m_address) = FRAME(CHOSEN, m_relies, m_slot, m_address, inc); help(); m_at = 3 }
    /* W4: it returns once the vote's frame is published too, which lies below ours */
    :: d_step { RUNS && m_at == 3 && WAITED(m_address + 1) && (published > m_address || state[m_slot] == TAIL || published > place[m_slot]) -> STEP
        ack[0].chosen[m_slot] = m_relies; ACK_POWER(ack[1].chosen[m_slot] = m_relies)
        m_at = 0; m_address = 0; m_slot = 0; m_relies = 0 }
    /* ---------------------------------------------------------------------------------------------------------- promise */
    :: d_step { RUNS && p_at == 0 && promised < 2 && !control && ROOM(KEEP_CONTROL) -> STEP
        control = true; p_ballot = promised + 1; reserve(p_address); p_at = 1 }
    :: d_step { RUNS && p_at == 1 -> STEP HERE(p_address) = FRAME(PROMISE, p_ballot, 0, p_address, inc); help(); p_at = 2
#ifdef PROMISE_OUTSIDE_CONTROL
        ; control = false
#endif
        }
    :: d_step { RUNS && p_at == 2 -> STEP promised = MAX(promised, p_ballot); control = false; p_at = 3 }
    :: d_step { RUNS && p_at == 3 && WAITED(p_address + 1) -> STEP
        ack[0].promise = MAX(ack[0].promise, p_ballot); ACK_POWER(ack[1].promise = MAX(ack[1].promise, p_ballot))
        p_at = 0; p_address = 0; p_ballot = 0 }
    /* ----------------------------------------------------------------------------------------------------- group commit */
#define APPEND_MARK() \
        if \
        :: durable > marked && ROOM(KEEP_CONTROL) -> \
            CHECK(HERE(reserved) == NONE); \
            HERE(reserved) = FRAME(SYNC, durable, 0, reserved, inc); reserved++; marked = durable; help() \
        :: else \
        fi
#ifndef PROCESS
    :: d_step { RUNS && l_at == 0 && published > durable -> STEP APPEND_MARK(); l_target = published; l_at = 1
#ifdef ACK_BEFORE_SYNC
        ; durable = l_target
#endif
        }
    :: d_step { RUNS && l_at == 1 && synced < l_target -> STEP pc[synced % N] = mem[synced % N]; synced++ }
    :: d_step { RUNS && l_at == 1 && synced >= l_target -> STEP l_at = 2
#ifdef ACK_BEFORE_FDATASYNC
        ; durable = MAX(durable, l_target)
#endif
        }
    :: d_step { RUNS && l_at == 2 -> STEP sync_ring(); durable = MAX(durable, l_target); l_at = 0; l_target = 0 }
#else
    /* sync() finds everything durable already */
    :: d_step { RUNS && durable >= reserved && (ack[1].vote[0] != ack[0].vote[0] || ack[1].vote[1] != ack[0].vote[1]
        || ack[1].chosen[0] != ack[0].chosen[0] || ack[1].chosen[1] != ack[0].chosen[1] || ack[1].promise != ack[0].promise) -> STEP
        ack[1].vote[0] = ack[0].vote[0]; ack[1].vote[1] = ack[0].vote[1]; ack[1].promise = ack[0].promise;
        ack[1].chosen[0] = ack[0].chosen[0]; ack[1].chosen[1] = ack[0].chosen[1] }
    /* sync(): with no checkpoint in between */
    :: d_step { RUNS && l_at == 0 && !checkpointing && published > durable -> STEP
        checkpointing = true; l_want = reserved; APPEND_MARK(); l_target = published;
        snapshot.vote[0] = ack[0].vote[0]; snapshot.vote[1] = ack[0].vote[1];
        snapshot.chosen[0] = ack[0].chosen[0]; snapshot.chosen[1] = ack[0].chosen[1]; snapshot.promise = ack[0].promise;
        l_at = 1 }
#ifdef NO_TAIL_IN_SYNC
    :: d_step { RUNS && l_at == 1 -> STEP l_at = 2 }
#else
    :: d_step { RUNS && l_at == 1 -> STEP sync_tail(); l_at = 2 }
#endif
#ifdef RING_BEFORE_SUPER
    :: d_step { RUNS && l_at == 2 -> STEP sync_ring(); l_at = 3 }
    :: d_step { RUNS && l_at == 3 -> STEP super_copy(super_disk, super_pc); l_at = 4 }
#else
    :: d_step { RUNS && l_at == 2 -> STEP super_copy(super_disk, super_pc); l_at = 3 }
    :: d_step { RUNS && l_at == 3 -> STEP sync_ring(); l_at = 4 }
#endif
    :: d_step { RUNS && l_at == 4 -> STEP durable = MAX(durable, l_target); checkpointing = false; l_at = 0;
        if
        :: durable >= l_want ->                                       /* else another group, for what was not yet published */
            acknowledge_vote(1, 0, snapshot.vote[0]); acknowledge_vote(1, 1, snapshot.vote[1]);
            if
            :: snapshot.chosen[0] -> ack[1].chosen[0] = snapshot.chosen[0]
            :: else
            fi;
            if
            :: snapshot.chosen[1] -> ack[1].chosen[1] = snapshot.chosen[1]
            :: else
            fi;
            ack[1].promise = MAX(ack[1].promise, snapshot.promise)
        :: else
        fi;
        snapshot.vote[0] = 0; snapshot.vote[1] = 0; snapshot.chosen[0] = 0; snapshot.chosen[1] = 0; snapshot.promise = 0;
        l_target = 0; l_want = 0 }
#endif
    /* ------------------------------------------------------------------------------------------------------- checkpoint */
    :: atomic { RUNS && c_at == 0 && !checkpointing && published > reclaimed && reserved - reclaimed > 1 -> STEP
        checkpointing = true;
        c_address = reclaimed;
#ifdef PROCESS
        c_full = reclaimed < durable;
#ifdef NEVER_FULL
        c_full = false;
#endif
#else
        c_full = true;
#endif
#ifdef SYNC_BEFORE_WALK
        c_relied = reserved;
#endif
        c_end = reclaimed + 1;
        do
        :: c_end < published -> c_end++
        :: break
        od;
        c_at = 1 }
    /* 1: the walk, a frame a step */
    :: d_step { RUNS && c_at == 1 && c_address == c_end && c_end > reclaimed -> STEP c_at = 4; c_address = 0 }
    :: d_step { RUNS && c_at == 1 && c_address < c_end -> STEP
        f = HERE(c_address);
        if
        :: KIND(f) != VOTE && KIND(f) != CHOSEN -> c_address++
        :: (KIND(f) == VOTE || KIND(f) == CHOSEN) && state[SLOT(f)] == RING ->
            c_list = c_list | (1 << SLOT(f)); c_address++
        :: (KIND(f) == VOTE || KIND(f) == CHOSEN) && (state[SLOT(f)] == ABSENT || state[SLOT(f)] == TAIL
            || (state[SLOT(f)] <= MISSING && place[SLOT(f)] != c_address)) ->
            c_leans = c_leans || (state[SLOT(f)] < RING && c_address < durable); c_address++
        :: else ->
            c_leans = c_leans || c_address < durable;
#ifdef NO_CARRY
            c_address++
#else
            if
            :: !control && ROOM(KEEP_RESTART) -> control = true; reserve(c_copy); c_at = 2
            :: !control && !ROOM(KEEP_RESTART) ->                  /* the step ends here; at its very first frame it gains nothing */
                c_end = c_address
            :: else
            fi
#endif
        fi;
        f = 0 }
    :: d_step { RUNS && c_at == 1 && c_end == reclaimed -> STEP
        checkpointing = false; c_at = 0; c_end = 0; c_address = 0; c_list = 0; c_leans = false; c_full = false; c_relied = 0 }
    :: d_step { RUNS && c_at == 2 -> STEP /* carry: the CAS, which a commit may have won before */
        f = HERE(c_address);
        if
        :: state[SLOT(f)] <= MISSING && place[SLOT(f)] == c_address ->
            HERE(c_copy) = FRAME(PENDING, WHAT(f), SLOT(f), c_copy, inc);
            place[SLOT(f)] = c_copy; c_at = 3
        :: else -> HERE(c_copy) = FRAME(PAD, 0, 0, c_copy, inc); help(); control = false; c_copy = 0; c_at = 1
        fi;
        f = 0 }
    :: d_step { RUNS && c_at == 3 -> STEP
        f = HERE(c_address);
        HERE(c_copy) = FRAME(KIND(f), WHAT(f), SLOT(f), c_copy, inc); help(); control = false; c_copy = 0; c_address++; c_at = 1; f = 0 }
    /* 2: what the walk relied on is published, and if need be on disk */
    :: d_step { RUNS && c_at == 4 -> STEP
#ifndef SYNC_BEFORE_WALK
        c_relied = reserved;
#endif
        c_at = 5 }
    :: d_step { RUNS && c_at == 5 && published >= c_relied && !c_full -> STEP c_at = 6 }
#ifdef PROCESS
    :: d_step { RUNS && c_at == 5 && published >= c_relied && c_full -> STEP
        sync_ring();
#ifndef NO_LEANS
        if
        :: c_leans -> durable = MAX(durable, c_relied)
        :: else
        fi;
#endif
        c_at = 6 }
#else
    :: d_step { RUNS && c_at == 5 && published >= c_relied && durable >= c_relied -> STEP c_at = 6 }
#endif
    /* 3: the tail */
    :: d_step { RUNS && c_at == 6 -> STEP
        if
        :: c_list & 1 -> CHECK(state[0] == TAIL || tail_pc[0] == 0 || tail_pc[0] == BALLOT_IN(0));
            tail_pc[0] = (state[0] == TAIL -> tail_pc[0] : BALLOT_IN(0))
        :: else
        fi;
        if
        :: c_list & 2 -> CHECK(state[1] == TAIL || tail_pc[1] == 0 || tail_pc[1] == BALLOT_IN(1));
            tail_pc[1] = (state[1] == TAIL -> tail_pc[1] : BALLOT_IN(1))
        :: else
        fi;
        c_at = 7 }
    :: d_step { RUNS && c_at == 7 -> STEP
        if
#ifndef NO_TAIL_SYNC
        :: c_full -> sync_tail(); tail_noted = (tail_pc[0] != 0 -> 1 : 0) + (tail_pc[1] != 0 -> 2 : 0)
#endif
        :: else
        fi;
        c_at = 8 }
    /* 4: the words */
    :: d_step { RUNS && c_at == 8 -> STEP
        if
        :: (c_list & 1) && state[0] == RING -> state[0] = TAIL; place[0] = 0
        :: else
        fi;
        if
        :: (c_list & 2) && state[1] == RING -> state[1] = TAIL; place[1] = 0
        :: else
        fi;
        c_list = 0;
        begin_inc = INC(HERE(c_end - 1));
        c_at = 9 }
    /* 5: the superblock; 6 and 7: zero; 8 */
#ifdef ZERO_FIRST
    :: d_step { RUNS && c_at == 9 -> STEP
        c_address = reclaimed;
        do
        :: c_address < c_end -> HERE(c_address) = NONE; c_address++
        :: else -> break
        od;
        c_address = 0; reclaimed = c_end; c_at = 13 }
    :: d_step { RUNS && c_at == 13 && !control -> STEP super_write(c_end); c_at = 10 }
#else
    :: d_step { RUNS && c_at == 9 && !control -> STEP super_write(c_end); c_at = 10 }
#endif
    :: d_step { RUNS && c_at == 10 -> STEP
        if
        :: c_full -> super_copy(super_disk, super_pc)
        :: else
        fi;
        c_at = 11 }
#ifdef PROCESS
    :: d_step { RUNS && c_at == 11 && reclaimed + c_address < c_end -> STEP HERE(reclaimed + c_address) = NONE; c_address++ }
    :: d_step { RUNS && c_at == 11 && reclaimed + c_address == c_end -> STEP
#else
    :: d_step { RUNS && c_at == 11 -> STEP
        c_address = reclaimed;
        do
        :: c_address < c_end -> HERE(c_address) = NONE; c_address++
        :: else -> break
        od;
#endif
        c_address = 0; reclaimed = c_end; checkpointing = false; c_at = 0; c_end = 0; c_leans = false; c_full = false; c_relied = 0 }
    /* ------------------------------------------------------------------------------------------------------------ crash */
    :: atomic { crashes < CRASHES && !(r_at == 1) -> STEP
        crashes++;
        /* What lived in memory is gone. */
        w_at[0] = 0; w_address[0] = 0; w_slot[0] = 0; w_ballot[0] = 0; w_won[0] = 0;
        w_at[1] = 0; w_address[1] = 0; w_slot[1] = 0; w_ballot[1] = 0; w_won[1] = 0;
        m_at = 0; m_address = 0; m_slot = 0; m_relies = 0; p_at = 0; p_address = 0; p_ballot = 0; control = false;
        l_at = 0; l_target = 0; l_want = 0; c_at = 0; c_end = 0; c_address = 0; c_copy = 0; c_list = 0; c_relied = 0; c_full = false; c_leans = false;
        checkpointing = false;
        snapshot.vote[0] = 0; snapshot.vote[1] = 0; snapshot.chosen[0] = 0; snapshot.chosen[1] = 0; snapshot.promise = 0;
        if
        :: skip                                                      /* kill -9 */
        :: boot++;                                                   /* a power cut */
            ack[0].vote[0] = ack[1].vote[0]; ack[0].vote[1] = ack[1].vote[1]; ack[0].promise = ack[1].promise;
            ack[0].chosen[0] = ack[1].chosen[0]; ack[0].chosen[1] = ack[1].chosen[1];
            x = 0;
            do
            :: x < N && pc[x] != disk[x] ->
                if
                :: pc[x] = disk[x]
                :: disk[x] = pc[x]
#ifdef GARBAGE
                :: !torn -> pc[x] = TORN; disk[x] = TORN; torn = true
#endif
                fi;
                x++
            :: x < N && pc[x] == disk[x] -> x++
            :: x == N -> break
            od;
            x = 0;
            torn = false;
            if
            :: tail_pc[0] = tail_disk[0]
            :: tail_disk[0] = tail_pc[0]
            fi;
            if
            :: tail_pc[1] = tail_disk[1]
            :: tail_disk[1] = tail_pc[1]
            fi;
            if
            :: super_copy(super_pc, super_disk)
            :: super_copy(super_disk, super_pc)
            fi
        fi;
        r_at = 1 }
    /* --------------------------------------------------------------------------------------------------------- recovery */
    /* The superblock that it begins from may be in the page cache only: it goes to the disk before anything else is touched. */
    :: d_step { r_at == 1 -> STEP
#ifndef SUPER_NOT_SETTLED
        super_copy(super_disk, super_pc);
#endif
        r_at = 10 }
    :: d_step { r_at == 10 -> STEP
        replay();
        check();
        /* ring_take_over: 1 */
        inc = super_pc.inc; begin_inc = super_pc.begin_inc; tail_noted = super_pc.tail;
        reclaimed = super_pc.begin; published = ends; reserved = ends;
        state[0] = rstate[0]; state[1] = rstate[1];
        place[0] = (rstate[0] == TAIL -> 0 : rplace[0]); place[1] = (rstate[1] == TAIL -> 0 : rplace[1]);
        /* the file into memory; what is not the log becomes zero there */
        x = reclaimed;
        do
        :: x < reclaimed + N -> mem[x % N] = (x < ends -> pc[x % N] : NONE); x++
        :: else -> break
        od;
        x = 0;
        synced = (holes -> reclaimed : MAX(reclaimed, (mark < ends -> mark : ends)));
        durable = synced; marked = synced;
        mark = 0; holes = 0; ends = 0; now_inc = 0; rstate[0] = 0; rstate[1] = 0; rplace[0] = 0; rplace[1] = 0;
        if
        :: reserved + 1 < reclaimed + N && reserved + 1 < AMAX + CRASHES -> r_at = 2
        :: else -> r_at = 9                                          /* the model's addresses are used up */
        fi }
    /* 2, 3: tail rewritten and synced; a superblock with the next incarnation, durable */
    :: d_step { r_at == 2 -> STEP sync_tail();
#ifndef SAME_INCARNATION
        inc = inc + 1;
#endif
        super_write(reclaimed); r_at = 3 }
    :: d_step { r_at == 3 -> STEP
#ifndef INCARNATION_NOT_DURABLE
        super_copy(super_disk, super_pc);
#endif
        r_at = 4 }
    /* 4: RESTART, durable */
    :: d_step { r_at == 4 -> STEP HERE(reserved) = FRAME(RESTART, 0, 0, reserved, inc); reserved++; help(); r_at = 5 }
#ifndef PROCESS
    :: d_step { r_at == 5 && synced < published -> STEP pc[synced % N] = mem[synced % N]; synced++ }
    :: d_step { r_at == 5 && synced >= published -> STEP r_at = 6 }
#else
    :: d_step { r_at == 5 -> STEP r_at = 6 }
#endif
    :: d_step { r_at == 6 -> STEP sync_ring(); durable = published; r_at = 7 }
    :: d_step { r_at == 7 -> STEP super_write(reclaimed); r_at = 8 }
    :: d_step { r_at == 8 -> STEP
#ifndef INCARNATION_NOT_DURABLE
        super_copy(super_disk, super_pc);
#endif
        /* Open: what it shows is durable from here on. */
        x = 0;
        do
        :: x < 2 ->
            if
            :: state[x] == TAIL -> y = tail_pc[x]
            :: state[x] == RING || state[x] == VOTED -> y = BALLOT_IN(x)
            :: else -> y = 0
            fi;
            alive[x] = (y == 0 -> 0 : 1 << y);
            if
            :: state[x] >= RING ->
                CHECK(ack[1].chosen[x] == 0 || ack[1].chosen[x] == y);
                ack[0].chosen[x] = y; ack[1].chosen[x] = y
            :: state[x] == VOTED -> ack[0].vote[x] = y; ack[1].vote[x] = y
            :: else -> ack[0].vote[x] = 0; ack[1].vote[x] = 0
            fi;
            x++
        :: else -> break
        od;
        x = 0; y = 0;
        ack[0].promise = promised; ack[1].promise = promised;
        r_at = 0 }
    od
}
