/* The superblock's three places: which one is written next, and what a crash leaves (_checkpoint.pyx: super_write; _sync.pyx: sync_super;
 * _recovery.pyx: super_load, super_settle).
 *
 * A superblock is its sequence number.  A write goes to the page cache of one place; kill -9 in the middle tears it there; a power cut
 * leaves of each place that was not synced the old content, the new one, or garbage.  At level "process" superblocks are written without a
 * sync, and a later one syncs; at the others each is synced at once - unless the process is killed in between.
 *
 * Once one has been synced (or an opening that found it goes on to write over what lies below its `begin`), older ones must not be believed
 * after a power cut: `needed`; once one has been written, not after kill -9: `needed_killed`.  Shown: every opening finds one that is at
 * least that.
 *
 * Mutants, by -D: TWO_PLACES; OVER_LATEST (the next one goes over the one written last); OVER_DURABLE; NOT_SETTLED (an opening goes on from
 * a superblock that may be in the page cache only). */
#ifdef TWO_PLACES
#define PLACES 2
#else
#define PLACES 3
#endif
#ifndef LAST
#define LAST 7
#endif
#ifndef CRASHES
#define CRASHES 3
#endif
#define GARBAGE 0

byte pc[PLACES], disk[PLACES];
byte sequence = 1, latest, durable;      /* places */
byte needed = 1;                         /* after a power cut */
byte needed_killed = 1;                  /* after kill -9 */
byte at, where;
byte crashes;
byte i, best;

#ifdef OVER_LATEST
#define FREE(p) ((p) != durable)
#else
#ifdef OVER_DURABLE
#define FREE(p) ((p) != latest)
#else
#ifdef TWO_PLACES
#define FREE(p) ((p) != latest)
#else
#define FREE(p) ((p) != durable && (p) != latest)
#endif
#endif
#endif

inline sync_super() {
    i = 0;
    do
    :: i < PLACES -> disk[i] = pc[i]; i++
    :: else -> break
    od;
    i = 0;
    durable = latest
}
inline choose() {
    where = 0;
    do
    :: !FREE(where) -> where++
    :: else -> break
    od
}

init {
    d_step { pc[0] = 1; disk[0] = 1 }
end:
    do
    /* A write begins, and ends; in between it is torn. */
    :: d_step { at == 0 && sequence < LAST -> choose(); pc[where] = GARBAGE; at = 1 }
    :: d_step { at == 1 -> sequence++; pc[where] = sequence; latest = where; at = 2 }
    /* Level "process": no sync.  What its begin gives back was never synced: zeroed at once, and missed only by who is killed. */
    :: d_step { at == 2 -> needed_killed = sequence; at = 0 }
    /* Synced: from here on what lies below its begin is zeroed and written over. */
    :: d_step { at == 2 -> sync_super(); needed = sequence; needed_killed = sequence; at = 0 }
    /* Crash, at any step, in recovery too. */
    :: atomic { crashes < CRASHES && at != 3 ->
        crashes++;
        if
        :: skip                                             /* kill -9 */
        :: i = 0; needed_killed = needed;                   /* a power cut */
            do
            :: i < PLACES && pc[i] != disk[i] ->
                if
                :: pc[i] = disk[i]
                :: disk[i] = pc[i]
                :: pc[i] = GARBAGE; disk[i] = GARBAGE
                fi;
                i++
            :: i < PLACES && pc[i] == disk[i] -> i++
            :: i == PLACES -> break
            od;
            i = 0
        fi;
        at = 3; where = 0 }
    /* Opening: the newest that is whole. */
    :: d_step { at == 3 ->
        best = 0;
        do
        :: i < PLACES ->
            if
            :: pc[i] > best -> best = pc[i]; latest = i
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0;
        assert(best >= needed_killed);
        sequence = best; best = 0; durable = latest;
        at = 4 }
    /* It is written once more, in its own place, and synced: only then is it the last that is on the disk for sure.  A write of the same
     * bytes cannot tear (G5: a rewritten sector keeps its unchanged bytes). */
#ifdef NOT_SETTLED
    :: d_step { at == 4 -> needed = sequence; needed_killed = sequence; at = 5 }
#else
    :: d_step { at == 4 -> sync_super(); needed = sequence; needed_killed = sequence; at = 5 }
#endif
    /* Then holes and space that is not the log are written over; a superblock with the next incarnation, synced. */
    :: d_step { at == 5 && sequence < LAST -> choose(); pc[where] = GARBAGE; at = 6 }
    :: d_step { at == 6 -> sequence++; pc[where] = sequence; latest = where; at = 7 }
    :: d_step { at == 7 -> sync_super(); needed = sequence; needed_killed = sequence; at = 0 }
    od
}
