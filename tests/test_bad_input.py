"""Bad input: a clear error of the right class that names the value and the limit; nothing written, nothing half-open."""

import os
import re
import subprocess
import sys
import tempfile

import layout
import pytest
from helpers import KIB, MIB, in_child, small_log, tree, view

from fasterlog import (
    Ballot,
    BatchTooLargeError,
    EntryTooLargeError,
    FasterLog,
    FormatVersionError,
    IdentityError,
)

B1 = Ballot(1, 1)
OUTSIDE = [-1, 2**64, -(2**70), 10**30]
UINT64_NAMED = r"uint64|2\*\*64|2\^64|18446744073709551615"

SLOT_CALLS = {
    "accept": lambda log, slot: log.accept(slot, B1, b"x"),
    "commit": lambda log, slot: log.commit(slot, B1),
    "learn": lambda log, slot: log.learn(slot, B1, b"x"),
    "discard": lambda log, slot: log.discard(slot),
    "read": lambda log, slot: log.read(slot),
    "read_committed": lambda log, slot: log.read_committed(slot),
    "get": lambda log, slot: log.get(slot),
    "scan_uncommitted": lambda log, slot: log.scan_uncommitted(slot),
    "iter_committed": lambda log, slot: list(log.iter_committed(slot)),
    "follow": lambda log, slot: next(log.follow(slot, timeout=0)),
}

BALLOT_CALLS = {
    "promise": lambda log, ballot: log.promise(ballot),
    "accept": lambda log, ballot: log.accept(0, ballot, b"x"),
    "accept under": lambda log, ballot: log.accept(0, B1, b"x", under=ballot),
    "commit": lambda log, ballot: log.commit(0, ballot),
    "learn": lambda log, ballot: log.learn(0, ballot, b"x"),
}

VALUE_CALLS = {
    "accept": lambda log, value: log.accept(5, B1, value),
    "learn": lambda log, value: log.learn(5, B1, value),
}


def assert_refused(log, call, error, *patterns):
    before, lsn = view(log), log.published_lsn
    with pytest.raises(error) as caught:
        call()
    for pattern in patterns:
        assert re.search(pattern, str(caught.value)), f"{caught.value!r} does not say {pattern!r}"
    assert view(log) == before
    assert log.published_lsn == lsn


@pytest.fixture
def voted_log(fresh_log):
    def make():
        log = fresh_log()
        log.accept(0, B1, b"zero")
        return log

    return make


# ---- arguments of calls


@pytest.mark.parametrize("slot", OUTSIDE)
@pytest.mark.parametrize("name", SLOT_CALLS)
def test_a_slot_outside_uint64(voted_log, name, slot):
    with voted_log() as log:
        call = SLOT_CALLS[name]
        assert_refused(log, lambda: call(log, slot), OverflowError, re.escape(str(slot)), UINT64_NAMED)


@pytest.mark.parametrize("slot", ["1", 1.0, b"1", [1]])
@pytest.mark.parametrize("name", SLOT_CALLS)
def test_a_slot_that_is_no_integer(voted_log, name, slot):
    with voted_log() as log:
        assert_refused(log, lambda: SLOT_CALLS[name](log, slot), TypeError, type(slot).__name__)


@pytest.mark.parametrize("ballot", [(outside, 1) for outside in OUTSIDE] + [(1, outside) for outside in OUTSIDE])
@pytest.mark.parametrize("name", BALLOT_CALLS)
def test_a_ballot_outside_uint64(voted_log, name, ballot):
    with voted_log() as log:
        outside = next(number for number in ballot if number != 1)
        call = BALLOT_CALLS[name]
        assert_refused(log, lambda: call(log, ballot), OverflowError, re.escape(str(outside)), UINT64_NAMED)


@pytest.mark.parametrize("ballot", [3, "1.1", (1, 2, 3), (1,), (), ("1", "2"), (1.0, 1), object()])
@pytest.mark.parametrize("name", BALLOT_CALLS)
def test_a_ballot_that_is_none(voted_log, name, ballot):
    with voted_log() as log:
        assert_refused(log, lambda: BALLOT_CALLS[name](log, ballot), (TypeError, ValueError))


@pytest.mark.parametrize("name", VALUE_CALLS)
@pytest.mark.parametrize("value", ["text", 5, None, ["x"], object()])
def test_a_value_that_is_no_buffer(voted_log, name, value):
    with voted_log() as log:
        assert_refused(log, lambda: VALUE_CALLS[name](log, value), TypeError, type(value).__name__)


@pytest.mark.parametrize("name", VALUE_CALLS)
def test_a_value_that_is_not_contiguous(voted_log, name):
    with voted_log() as log:
        value = memoryview(b"0123456789")[::2]
        assert_refused(log, lambda: VALUE_CALLS[name](log, value), (BufferError, ValueError))


@pytest.mark.parametrize("name", VALUE_CALLS)
@pytest.mark.parametrize("excess", [1, 64 * KIB, 65 * MIB])
def test_a_value_larger_than_max_value_size(voted_log, name, excess):
    with voted_log() as log:
        limit = log.config.max_value_size
        value = bytes(limit + excess)
        assert_refused(log, lambda: VALUE_CALLS[name](log, value), EntryTooLargeError, str(len(value)), str(limit))


@pytest.mark.parametrize(
    "changes",
    [{1: b"x"}, {b"term": b"x"}, {"term": "text"}, {"term": 1}, "term", None],
)
def test_meta_of_the_wrong_types(voted_log, changes):
    with voted_log() as log:
        log.set_meta({"kept": b"as it was"})
        assert_refused(log, lambda: log.set_meta(changes), (TypeError, ValueError, AttributeError))


def test_meta_that_is_too_large(fresh_log):
    with fresh_log(mutable_size=8 * MIB) as log:
        log.set_meta({"kept": b"x" * 40_000})
        assert_refused(log, lambda: log.set_meta({"more": b"x" * 40_000}), ValueError, r"65536|64 KiB")
        log.set_meta({"kept": None, "more": b"x" * 40_000})


def test_a_batch_that_is_too_large_says_how_large_one_may_be(fresh_log):
    with fresh_log() as log:

        def fill():
            with log.batch() as batch:
                for slot in range(1000):
                    batch.accept(slot, B1, b"x" * 100)

        assert_refused(log, fill, BatchTooLargeError, r"\d+")


@pytest.mark.parametrize("gaps", ["ignore", "", None, 1])
def test_iter_committed_with_an_unknown_word_for_gaps(voted_log, gaps):
    with voted_log() as log:
        said = ["raise.*stop.*skip"] if isinstance(gaps, str) else []
        assert_refused(log, lambda: list(log.iter_committed(gaps=gaps)), (ValueError, TypeError), *said)


@pytest.mark.parametrize("timeout", ["1", object()])
def test_a_timeout_that_is_no_number(voted_log, timeout):
    with voted_log() as log:
        assert_refused(log, lambda: next(log.follow(5, timeout=timeout)), TypeError)
        assert_refused(log, lambda: log.wait_durable(0, timeout), TypeError)


@pytest.mark.parametrize("lsn", OUTSIDE)
def test_a_ticket_outside_uint64(voted_log, lsn):
    with voted_log() as log:
        assert_refused(log, lambda: log.wait_durable(lsn, 0.01), OverflowError, re.escape(str(lsn)))


def test_a_missing_or_superfluous_argument(voted_log):
    with voted_log() as log:
        for call in (
            lambda: log.accept(1, B1),
            lambda: log.accept(1, B1, b"x", b"y"),
            lambda: log.accept(1, B1, b"x", sync=True),
            lambda: log.promise(),
            lambda: log.read(),
        ):
            assert_refused(log, call, TypeError)


# ---- options


REFUSED_OPTIONS = [
    ({"mutable_size": 0}, ValueError, "0"),
    ({"mutable_size": 64 * KIB + 1}, ValueError, "65537"),
    ({"mutable_size": 96 * KIB}, ValueError, "98304"),
    ({"mutable_size": -64 * KIB}, OverflowError, "-65536"),
    ({"mutable_size": 2**63}, ValueError, str(2**63)),
    ({"mutable_size": 2**70}, OverflowError, str(2**70)),
    ({"mutable_size": "64 MiB"}, TypeError, "str"),
    ({"mutable_size": True}, TypeError, "bool"),
    ({"segment_size": 64 * KIB - 1}, ValueError, "65535"),
    ({"segment_size": 0}, ValueError, "0"),
    ({"segment_size": -1}, OverflowError, "-1"),
    ({"segment_size": 2**63}, ValueError, str(2**63)),
    ({"segment_size": 1e6}, TypeError, "float"),
    ({"max_value_size": 64 * KIB // 16}, ValueError, "4096"),
    ({"max_value_size": 64 * KIB // 16 - 63}, ValueError, "4032"),
    ({"max_value_size": 0}, ValueError, "0"),
    ({"max_value_size": -1}, OverflowError, "-1"),
    ({"max_value_size": 65 * MIB, "mutable_size": 2048 * MIB}, ValueError, str(64 * MIB)),
    ({"max_value_size": 256 * KIB, "mutable_size": 4 * MIB}, ValueError, str(256 * KIB)),
    ({"durability": "always"}, ValueError, "always"),
    ({"durability": None}, TypeError, "None"),
    ({"lazy_sync_ms": -1}, OverflowError, "-1"),
    ({"lazy_sync_ms": 0}, ValueError, "0"),
    ({"full_timeout": -1.0}, ValueError, "-1"),
    ({"full_timeout": float("nan")}, ValueError, "nan"),
    ({"full_timeout": "5 s"}, TypeError, "str"),
    ({"first_slot": -1}, OverflowError, "-1"),
    ({"first_slot": 2**64}, OverflowError, str(2**64)),
    ({"identity": "text"}, TypeError, "str"),
    ({"identity": bytes(4096)}, ValueError, "4096"),
    ({"slot_window": 0}, ValueError, "0"),
    ({"slot_window": -5}, OverflowError, "-5"),
    ({"recovery": "hope"}, ValueError, "hope"),
    ({"no_such_option": 1}, TypeError, "no_such_option"),
]


@pytest.mark.parametrize(("options", "error", "named"), REFUSED_OPTIONS, ids=lambda value: str(value)[:40])
def test_an_option_out_of_range_is_named_and_nothing_is_created(fresh_path, options, error, named):
    path = fresh_path()
    with pytest.raises(error) as caught:
        small_log(path, **options).close()
    assert named in str(caught.value)
    assert next(iter(options)) in str(caught.value)
    assert not os.path.exists(path)


@pytest.mark.parametrize(("options", "error", "named"), REFUSED_OPTIONS, ids=lambda value: str(value)[:40])
def test_an_option_out_of_range_leaves_an_existing_log_as_it_was(fresh_path, options, error, named):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
    before = tree(path)
    with pytest.raises(error, match=re.escape(named)):
        small_log(path, **options).close()
    assert tree(path) == before
    with small_log(path) as log:  # and nothing keeps its lock
        assert 0 in log


def test_a_max_value_size_that_just_fits_is_taken(fresh_path):
    path = fresh_path()
    with small_log(path, max_value_size=64 * KIB // 16 - 64) as log:
        log.accept(0, B1, bytes(log.config.max_value_size))
    with small_log(path, max_value_size=100) as log:
        with pytest.raises(EntryTooLargeError):
            log.accept(1, B1, bytes(101))
        assert len(log.read(0).value) == 64 * KIB // 16 - 64


def test_a_max_value_size_that_the_stored_ring_cannot_hold(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
    before = tree(path)
    with pytest.raises(ValueError, match=r"max_value_size.*8000.*4032"):
        small_log(path, mutable_size=1 * MIB, max_value_size=8000).close()
    assert tree(path) == before


def test_another_identity_is_refused_and_the_files_stay_as_they_are(fresh_path):
    path = fresh_path()
    with small_log(path, identity=b"cluster-1/node-1") as log:
        log.accept(0, B1, b"zero")
    before = tree(path)
    with pytest.raises(IdentityError) as caught:
        small_log(path, identity=b"cluster-1/node-2").close()
    assert "node-1" in str(caught.value) and "node-2" in str(caught.value)
    assert tree(path) == before
    with small_log(path, identity=b"cluster-1/node-1") as log:
        assert 0 in log


# ---- paths


@pytest.mark.parametrize("path", [5, None, b"bytes", object(), ["log"]])
def test_a_path_that_is_none(path):
    with pytest.raises(TypeError):
        FasterLog(path).close()


@pytest.mark.parametrize("path", ["", "with\0zero"])
def test_a_path_that_cannot_be(path):
    with pytest.raises((ValueError, FileNotFoundError)):
        FasterLog(path).close()


def test_a_path_that_is_a_file(fresh_path):
    path = fresh_path()
    with open(path, "wb") as file:
        file.write(b"someone's data")
    with pytest.raises((NotADirectoryError, FileExistsError)) as caught:
        small_log(path).close()
    assert path in str(caught.value)
    assert tree(path) == b"someone's data"


def test_a_path_below_a_file(fresh_path):
    path = fresh_path()
    with open(path, "wb"):
        pass
    with pytest.raises((NotADirectoryError, FileExistsError)):
        small_log(path + "/log").close()


def test_a_path_whose_parent_is_missing_is_made_whole_or_not_at_all(fresh_path):
    path = fresh_path() + "/a/b"
    try:
        small_log(path).close()
    except FileNotFoundError:
        assert not os.path.exists(os.path.dirname(path))
    else:
        assert os.path.isdir(path)


def test_a_folder_of_something_else_is_left_alone(fresh_path):
    path = fresh_path()
    os.makedirs(path + "/tail")
    for name in ("MANIFEST", "SUPER", "ring", "notes.txt"):
        with open(f"{path}/{name}", "w") as file:
            file.write("not a log's file, " * 100)
    before = tree(path)
    with pytest.raises((OSError, ValueError)) as caught:
        small_log(path).close()
    assert path in str(caught.value)
    after = tree(path)
    after.pop("LOCK", None)
    assert after == before


@pytest.mark.thread_unsafe(reason="forks")
def test_a_folder_that_may_not_be_written():
    def open_as_nobody(path):
        if os.geteuid() == 0:  # root may write anywhere: be somebody else
            os.setgid(65534)
            os.setuid(65534)
        try:
            small_log(path)
        except Exception as error:
            return type(error).__name__, str(error), isinstance(error, PermissionError)
        return "opened", "", False

    with tempfile.TemporaryDirectory() as parent:
        os.chmod(parent, 0o755)
        folder = f"{parent}/log"
        os.mkdir(folder, 0o555)
        # The folder itself, and a new one in a folder that takes none.
        for path in (folder, f"{folder}/new"):
            name, text, permission = in_child(open_as_nobody, path)
            assert permission, (name, text)
            assert folder in text
        assert os.listdir(folder) == []


@pytest.mark.thread_unsafe(reason="counts the descriptors of the process")
def test_a_refused_opening_leaves_no_descriptor_and_no_thread(fresh_path):
    path, other = fresh_path(), fresh_path()
    with open(other, "wb"):
        pass
    with small_log(path, identity=b"one"):
        pass

    def refuse():
        for opening in (
            lambda: small_log(path, identity=b"two"),
            lambda: small_log(other),
            lambda: small_log(path, mutable_size=5),
        ):
            with pytest.raises((OSError, ValueError)):
                opening()

    refuse()
    before = len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))
    for _ in range(20):
        refuse()
    assert (len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))) <= before


def test_a_folder_of_another_format_version(fresh_path):
    path = fresh_path()
    with small_log(path) as log:
        log.accept(0, B1, b"zero")
    layout.set_version(f"{path}/MANIFEST", 99)
    before = tree(path)
    with pytest.raises(FormatVersionError) as caught:
        small_log(path).close()
    assert "99" in str(caught.value) and "1" in str(caught.value)
    assert tree(path) == before


def test_a_script_that_gives_bad_options_ends_with_a_plain_traceback(fresh_path):
    """The process must end by the error, not by a signal or a thread that was left behind."""
    path = fresh_path()
    code = f"from fasterlog import FasterLog; FasterLog({path!r}, mutable_size=5)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=os.path.dirname(path))
    assert done.returncode == 1
    assert "ValueError" in done.stderr and "mutable_size" in done.stderr
    assert not os.path.exists(path)
