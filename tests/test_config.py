"""Options: the defaults, and a clear refusal of everything else; reports: values that print well."""

import copy
import dataclasses
import pathlib
import pickle

import numpy
import pytest

from fasterlog import Ballot, Config, Entry, Poison, PromiseReport, RecoveryReport, Stats

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


def test_defaults():
    config = Config("data/node-1")
    assert dataclasses.asdict(config) == {
        "path": "data/node-1",
        "mutable_size": 64 * MIB,
        "segment_size": 64 * MIB,
        "max_value_size": None,
        "durability": "accept",
        "lazy_sync_ms": 50,
        "full_timeout": 5.0,
        "first_slot": 0,
        "identity": b"",
        "slot_window": None,
        "recovery": "strict",
    }
    assert config.resolved_max_value_size == 4 * MIB - 64


@pytest.mark.parametrize(
    "options",
    [
        {"mutable_size": 64 * KIB},
        {"mutable_size": 4 * GIB},
        {"mutable_size": 192 * KIB},
        {"segment_size": 64 * KIB},
        {"segment_size": 8 * GIB},
        {"max_value_size": 1},
        {"mutable_size": 64 * KIB, "max_value_size": 4032},
        {"mutable_size": 2 * GIB, "max_value_size": 64 * MIB},
        {"lazy_sync_ms": 1},
        {"lazy_sync_ms": 60_000},
        {"full_timeout": 0},
        {"first_slot": 2**64 - 1},
        {"identity": b"x" * 1024},
        {"slot_window": 1},
        {"slot_window": 2**64 - 1},
        {"durability": "process"},
        {"durability": "commit"},
        {"recovery": "salvage"},
    ],
    ids=str,
)
def test_what_is_allowed(options):
    config = Config("log", **options)
    for name, value in options.items():
        assert getattr(config, name) == value


@pytest.mark.parametrize(
    ("error", "text", "options"),
    [
        (ValueError, "mutable_size must be a multiple of 65536 bytes, not 65537", 64 * KIB + 1),
        (ValueError, "mutable_size must be 65536 to 4294967296, not 0", 0),
        (ValueError, "mutable_size must be 65536 to 4294967296, not", 4 * GIB + 64 * KIB),
        (OverflowError, "mutable_size must be 65536 to 4294967296, not -1", -1),
        (TypeError, "mutable_size must be an integer, not bool", True),
        (TypeError, "mutable_size must be an integer, not float", 65536.0),
        (TypeError, "mutable_size must be an integer, not str", "65536"),
        (TypeError, "mutable_size must be an integer, not NoneType", None),
        (ValueError, "segment_size must be 65536 to 8589934592, not 65535", 64 * KIB - 1),
        (ValueError, "segment_size must be 65536 to 8589934592, not", 8 * GIB + 1),
        (ValueError, "max_value_size must be 1 to 18446744073709551615, not 0", 0),
        (ValueError, "max_value_size 4194241 does not fit: .*at most 4194240", 4 * MIB - 63),
        (ValueError, "lazy_sync_ms must be 1 to 60000, not 0", 0),
        (ValueError, "lazy_sync_ms must be 1 to 60000, not 60001", 60_001),
        (TypeError, "lazy_sync_ms must be an integer, not float", 0.5),
        (ValueError, "full_timeout must be finite and at least 0 seconds, not -0.1", -0.1),
        (ValueError, "full_timeout must be finite and at least 0 seconds, not inf", float("inf")),
        (ValueError, "full_timeout must be finite and at least 0 seconds, not nan", float("nan")),
        (TypeError, "full_timeout must be a number of seconds, not bool", True),
        (TypeError, "full_timeout must be a number of seconds, not str", "5"),
        (OverflowError, "first_slot must be 0 to 18446744073709551615, not", 2**64),
        (OverflowError, "first_slot must be 0 to 18446744073709551615, not -1", -1),
        (TypeError, "identity must be bytes, not str", "node"),
        (ValueError, "identity must be at most 1024 bytes, not 1025", b"x" * 1025),
        (ValueError, "slot_window must be 1 to 18446744073709551615, not 0", 0),
        (TypeError, "slot_window must be an integer, not bool", True),
        (ValueError, "durability must be one of 'process', 'accept', 'commit', not 'all'", "all"),
        (TypeError, "durability must be a str, not bool", True),
        (ValueError, "recovery must be one of 'strict', 'salvage', not 'none'", "none"),
    ],
    ids=lambda value: str(value) if not isinstance(value, type) else value.__name__,
)
def test_what_is_refused(error, text, options):
    name = text.split()[0]
    with pytest.raises(error, match=text.replace("(", r"\(")):
        Config("log", **{name: options})


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_paths_that_name_nothing(path):
    with pytest.raises(ValueError, match="path must name a directory"):
        Config(path)


@pytest.mark.parametrize("path", [b"log", 3, None])
def test_paths_of_a_wrong_type(path):
    with pytest.raises(TypeError, match="path must be a str"):
        Config(path)


def test_only_the_path_is_positional():
    with pytest.raises(TypeError):
        Config("log", 64 * MIB)


def test_the_largest_value_depends_on_the_ring():
    assert Config("log", mutable_size=64 * KIB).resolved_max_value_size == 4032
    assert Config("log", mutable_size=4 * GIB).resolved_max_value_size == 64 * MIB
    assert Config("log", max_value_size=100).resolved_max_value_size == 100
    with pytest.raises(ValueError, match="max_value_size 5000 does not fit"):
        Config("log", mutable_size=64 * KIB, max_value_size=5000)


def test_numpy_integers_become_plain_ones():
    config = Config(pathlib.Path("log"), mutable_size=numpy.int64(64 * KIB), first_slot=numpy.uint8(3))
    assert type(config.mutable_size) is int and type(config.first_slot) is int


def test_immutable_copies_and_pickles():
    config = Config("log", durability="commit", identity=b"me")
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.durability = "process"
    assert pickle.loads(pickle.dumps(config)) == copy.deepcopy(config) == config
    assert dataclasses.replace(config, durability="process").identity == b"me"
    assert "\n" not in repr(config)


REPORTS = [
    RecoveryReport(clean=False, entries=5, damaged_slots=(3, 4), duration=0.25),
    PromiseReport(ballot=Ballot(7, 2), entries=(Entry(3, (7, 2), b"x" * 1000),)),
    Poison(errno=5, reason="fdatasync failed", durable_lsn=64),
    Stats(accepts=3, syncs=2, sync_bytes=3000, sync_latency=((128, 2),), ring_size=100, ring_used=40),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: type(report).__name__)
def test_reports_are_values(report):
    assert pickle.loads(pickle.dumps(report)) == copy.deepcopy(report) == report
    assert "\n" not in repr(report) and len(repr(report)) < 1000
    assert repr(report).startswith(f"{type(report).__name__}(")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(report, dataclasses.fields(report)[0].name, 1)


def test_a_recovery_report_reads_well():
    text = str(REPORTS[0])
    assert text.splitlines()[0] == "recovery: not clean, in 250.0 ms"
    assert "damaged slots      2: 3, 4" in text
    assert "torn or damaged" not in text
    assert "torn or damaged" in str(RecoveryReport(tail_uncertain=True))
    many = str(RecoveryReport(damaged_slots=tuple(range(1000))))
    assert "1,000: 0, 1, 2" in many and "999" not in many.splitlines()[4]


def test_figures_made_of_others():
    stats = REPORTS[3]
    assert (stats.group_bytes_mean, stats.ring_free) == (1500.0, 60)
    assert Stats().group_bytes_mean == 0.0
    assert repr(Stats(accepts=3, sync_latency=((128, 0), (256, 2)))) == "Stats(accepts=3, sync_latency=((256, 2),))"
