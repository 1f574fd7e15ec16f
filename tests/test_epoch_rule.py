"""E2: inside an epoch nothing waits, allocates, makes a system call, takes a mutex or calls Python.  Looked up in the sources.

A thread that did would hold up every grace period; one that raised or exited would hold them up for ever.  The text between
fl_epoch_enter and fl_epoch_leave is searched, and the functions of the core that it calls, and those that they call.

The same way: between the reservation of a frame and its publishing (W2).
"""

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent.parent / "fasterlog"

FORBIDDEN = {
    "allocates": r"\b(?:malloc|calloc|realloc|free|aligned_alloc|strdup)\(",
    "makes a system call": r"\bio\.\w+\(|\bio_p(?:read|write)_all\(|\bio_write_zeros\(|\bclock_ns\(",
    "takes a mutex": r"\bpthread_mutex_(?:lock|trylock)\(",
    "waits": r"\b(?:event_wait|event_notify|event_notify_slow|epoch_wait|sync_wait|ring_wait_published|space_wait|nanosleep)\(",
    "collects": r"\bepoch_collect\(",
    "calls Python": r"\bPy[A-Z]\w+_?\w*\(|\braise\b|\bwith gil\b|\bPyErr_\w+|\bself\.handle\b|\bprint\(",
}
# Python objects in an epoch: only in functions of the core, which are nogil; those with regions of their own are checked for it below.
CALL = re.compile(r"(?<![\w.])([a-z_]\w+)\(")
HEAD = re.compile(r"^(?:    )?(?:cdef|cpdef) (?:inline )?[\w *\[\]]*?\b(\w+)\((.*)$")


def functions():
    """{name: [(file, first line's number, head, lines of the body)]} of all functions of the core."""
    found = {}
    for path in [*sorted(SOURCES.glob("_*.pyx")), *sorted(SOURCES.glob("_*.pxd"))]:
        lines = path.read_text().splitlines()
        number = 0
        while number < len(lines):
            match = HEAD.match(lines[number])
            if not match:
                number += 1
                continue
            head = lines[number]
            start = number
            while not head.rstrip().endswith(":") and head.count("(") > head.count(")"):
                number += 1
                head += lines[number]
            number += 1
            if not head.split("#")[0].rstrip().endswith(":"):
                continue  # a declaration
            indent = len(lines[start]) - len(lines[start].lstrip())
            body = []
            while number < len(lines) and (not lines[number].strip() or len(lines[number]) - len(lines[number].lstrip()) > indent):
                body.append(lines[number])
                number += 1
            found.setdefault(match[1], []).append((path.name, start + 1, head, code(body)))
    return found


def code(lines):
    """Without comments, docstrings and assertions; as many lines as before."""
    result, quoted = [], False
    for line in lines:
        bare = re.sub(r"#.*", "", line)
        if bare.count('"""') == 1:
            quoted = not quoted
            bare = ""
        if quoted or '"""' in bare or "FL_ASSERT(" in bare or "FL_YIELD(" in bare:
            bare = ""
        result.append(bare)
    return result


def regions(body, begin, end):
    """[(offset, text)] of the lines between a line that matches `begin` and the next that matches `end`."""
    found, opened = [], None
    for number, line in enumerate(body):
        if opened is not None and re.search(end, line):
            found.append((opened, "\n".join(body[opened:number])))
            opened = None
        if re.search(begin, line):
            opened = number + 1
    assert opened is None, "a region that does not end"
    return found


def faults(text, known, seen, way):
    for what, pattern in FORBIDDEN.items():
        match = re.search(pattern, text)
        if match:
            yield f"{' -> '.join(way)} {what}: {match[0]}"
    for name in CALL.findall(text):
        if name in known and name not in seen:
            seen.add(name)
            for file, number, head, body in known[name]:
                if "nogil" not in head and "noexcept" not in head:
                    yield f"{' -> '.join(way)}: {name} may raise ({file}:{number})"
                yield from faults("\n".join(body), known, seen, [*way, f"{name} ({file}:{number})"])


@pytest.fixture(scope="module")
def known():
    if not (SOURCES / "_epoch.pyx").exists():
        pytest.skip("not run: the sources are not beside the tests")
    return functions()


def test_the_reader_of_the_sources_finds_what_it_is_for(known):
    """A search that finds nothing would pass everything."""
    assert len(known) > 250
    assert {"phase_accept", "ring_reserve", "slot_locate", "tail_find", "read_entry"} <= set(known)
    inside = [name for name, places in known.items() for *_, body in places if any("fl_epoch_enter(" in line for line in body)]
    assert len(inside) >= 20, inside
    bad = {
        "one": [("x", 1, "cdef int one() noexcept nogil:", ["    two()"])],
        "two": [("x", 2, "cdef int two() noexcept nogil:", ["    free(x)"])],
    }
    assert list(faults("one()", bad, set(), ["here"])) == ["here -> one (x:1) -> two (x:2) allocates: free("]
    assert regions(["a", "fl_epoch_enter(me)", "b", "fl_epoch_leave(me)", "c"], r"fl_epoch_enter\(", r"fl_epoch_leave\(") == [(2, "b")]


def test_inside_an_epoch_nothing_waits_allocates_or_calls_out(known):
    found = []
    count = 0
    for name, places in known.items():
        for file, number, _, body in places:
            for offset, text in regions(body, r"\bfl_epoch_enter\(", r"\bfl_epoch_leave\("):
                count += 1
                found += faults(text, known, set(), [f"{name} ({file}:{number + 1 + offset})"])
    assert count >= 20
    assert not found, "\n".join(found)


def test_every_way_out_of_an_epoch_leaves_it(known):
    """A return, break or exception between enter and leave would hold up all grace periods; each exit has its own leave before it."""
    found = []
    for name, places in known.items():
        for file, number, _, body in places:
            for offset, text in regions(body, r"\bfl_epoch_enter\(", r"\bfl_epoch_leave\("):
                found += [f"{name} ({file}:{number + 1 + offset}): {line.strip()}" for line in text.splitlines() if "return" in line]
    assert not found, "\n".join(found)


def test_between_reservation_and_publishing_nothing_fails_waits_or_allocates(known):
    """W2.  Full is found out before anything is taken, so that return does not count."""
    found = []
    count = 0
    for name, places in known.items():
        for file, number, _, body in places:
            if name == "ring_reserve" or not any("= ring_reserve(" in line for line in body):
                continue
            count += 1
            start = next(place for place, line in enumerate(body) if "= ring_reserve(" in line) + 1
            ends = [place for place, line in enumerate(body) if re.search(r"\b(?:ring_publish|frame_finish|carry_swing)\(", line)]
            assert ends, f"{name} ({file}:{number}) reserves and never publishes"
            text = "\n".join(body[start : ends[-1] + 1])
            found += faults(text, known, set(), [f"{name} ({file}:{number + 1 + start})"])
            full = text.split("RING_FULL", 1)[1]
            after = full[full.index("frame") :] if "frame" in full else full
            early = [line.strip() for line in after.splitlines() if "return" in line and "AGAIN" not in line]
            found += [f"{name} ({file}:{number}): leaves its frame behind: {line}" for line in early]
    assert count >= 6
    assert not found, "\n".join(found)
