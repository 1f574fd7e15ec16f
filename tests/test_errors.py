"""The exceptions: what they derive from, what they carry, and that both survive pickling."""

import copy
import errno
import inspect
import io
import pickle

import pytest

import fasterlog
from fasterlog import Ballot, Entry, FasterLogError, errors

BASES = {
    "SlotNotFoundError": KeyError,
    "TruncatedError": KeyError,
    "NoSnapshotError": KeyError,
    "StaleBallotError": ValueError,
    "BallotConflictError": ValueError,
    "BallotMismatchError": ValueError,
    "SlotCommittedError": ValueError,
    "NotCommittedError": ValueError,
    "GapError": ValueError,
    "EntryTooLargeError": ValueError,
    "BatchTooLargeError": ValueError,
    "FormatVersionError": ValueError,
    "IdentityError": ValueError,
    "NotCoveredError": ValueError,
    "LogClosedError": ValueError,
    "BufferFullError": TimeoutError,
    "LogLockedError": BlockingIOError,
    "ReadOnlyLogError": io.UnsupportedOperation,
    "CorruptedEntryError": OSError,
    "CorruptedLogError": OSError,
    "CorruptedSnapshotError": OSError,
    "LogPoisonedError": OSError,
    "DiskFullError": OSError,
    "SafetyViolationError": RuntimeError,
    "ForkedError": RuntimeError,
}

ATTRIBUTES = {
    "StaleBallotError": {"ballot": Ballot(1, 1), "promised": Ballot(2, 1), "slot": 7},
    "SlotCommittedError": {"slot": 7, "entry": Entry(7, (1, 1), b"x", True)},
    "GapError": {"slot": 7},
    "EntryTooLargeError": {"size": 5000, "limit": 4032},
    "BatchTooLargeError": {"size": 5000, "limit": 4032},
    "BufferFullError": {"timeout": 5.0},
    "LogLockedError": {"pid": 12, "host": "node", "path": "log"},
    "CorruptedEntryError": {"slot": 7, "ballot": Ballot(1, 1), "path": "0.seg", "offset": 64},
    "CorruptedLogError": {"errno": errno.EIO, "damaged_slots": (1, 2)},
    "LogPoisonedError": {"errno": errno.ENOSPC, "reason": "fdatasync", "durable_lsn": 640},
    "DiskFullError": {"errno": errno.EDQUOT},
}


def state(error):
    values = {name: getattr(error, name) for name in public_attributes(type(error))}
    return type(error), str(error), error.args, values


def public_attributes(cls):
    own = {name for parent in cls.__mro__ for name in vars(parent).get("__annotations__", ())}
    system = {"errno", "strerror"} if issubclass(cls, OSError) else set()
    return {name for name in own | system if not name.startswith("_")}


def test_the_table_above_names_every_exception():
    found = {
        name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, FasterLogError) and name[0] != "_"
    }
    assert found == set(BASES) | {"FasterLogError"} == set(errors.__all__)
    assert found <= set(fasterlog.__all__)


@pytest.mark.parametrize("name", BASES)
def test_bases_and_text(name):
    cls = getattr(fasterlog, name)
    assert issubclass(cls, FasterLogError) and issubclass(cls, BASES[name])
    error = cls("slot 7: what happened")
    assert str(error) == "slot 7: what happened"
    assert error.args == ("slot 7: what happened",)
    assert str(cls()) == ""
    assert "Retry: " in cls.__doc__
    for attribute in public_attributes(cls):
        assert f"`{attribute}`" in cls.__doc__ or attribute == "strerror"


@pytest.mark.parametrize("name", BASES)
def test_attributes_are_kept_by_pickle_and_copy(name):
    error = getattr(fasterlog, name)("what happened", **ATTRIBUTES.get(name, {}))
    error.add_note("and where")
    for attribute, value in ATTRIBUTES.get(name, {}).items():
        assert getattr(error, attribute) == value
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(error, protocol))
        assert state(again) == state(error)
        assert again.__notes__ == ["and where"]
    assert state(copy.copy(error)) == state(copy.deepcopy(error)) == state(error)


def test_os_errors_always_have_an_errno():
    for name in BASES:
        error = getattr(fasterlog, name)("what happened")
        if isinstance(error, OSError):
            assert error.errno in errno.errorcode
            assert error.strerror
    assert fasterlog.DiskFullError().errno == errno.ENOSPC
    assert fasterlog.BufferFullError().errno == errno.ETIMEDOUT


def test_a_slip_in_an_attribute_name_is_noticed():
    with pytest.raises(TypeError, match="SlotNotFoundError has no attribute 'slut'"):
        fasterlog.SlotNotFoundError("no slot", slut=1)


def test_the_builtin_handlers_work():
    with pytest.raises(KeyError):
        raise fasterlog.SlotNotFoundError("no slot 3", slot=3)
    with pytest.raises(TimeoutError):
        raise fasterlog.BufferFullError("full")
    with pytest.raises(BlockingIOError):
        raise fasterlog.LogLockedError("locked")
