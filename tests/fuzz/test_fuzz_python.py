"""A short turn of fuzz_python.py with plain random inputs; FASTERLOG_FUZZ_PYTHON says how many, FASTERLOG_FUZZ_SEED from which seed."""

import importlib.util
import os
import random
from pathlib import Path

import layout
import pytest

from fasterlog import CorruptedLogError, FasterLog

HERE = Path(__file__).parent
COUNT = int(os.environ.get("FASTERLOG_FUZZ_PYTHON", "150"))
SEED = int(os.environ.get("FASTERLOG_FUZZ_SEED", "0")) or random.randrange(1 << 30)

pytestmark = pytest.mark.thread_unsafe(reason="one folder of damaged files for all inputs")

spec = importlib.util.spec_from_file_location("fuzz_python", HERE / "fuzz_python.py")
fuzz_python = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fuzz_python)


@pytest.fixture(autouse=True)
def tidy():
    yield
    fuzz_python.forget()


def test_parsers():
    fuzz_python.main_random(SEED, 20 * COUNT, fuzz_python.parsers)


def test_directories():
    fuzz_python.main_random(SEED, COUNT, fuzz_python.directory)


def test_a_wrong_value_is_seen():
    """The oracle itself: a log that holds something else than it was told."""
    _, (original, _) = fuzz_python.originals()
    original.values[3] = ((1, 1), b"another")
    with pytest.raises(AssertionError, match="never chosen"):
        fuzz_python.main_random(SEED, 500, fuzz_python.directory)  # up to the first that still opens


@pytest.mark.parametrize("packed", [b"\1", b"\5\0\0\0ab", b"\1\0\0\0a\xff\xff\xff\xff", b"\1\0\0\0\xff\0\0\0\0"])
def test_a_mapping_that_cannot_be_read_is_a_documented_error(fresh_path, packed):
    """It was struct.error, or a value cut short, when the superblock's sum fitted."""
    path = fresh_path()
    FasterLog(path, **fuzz_python.OPTIONS).close()
    with open(f"{path}/SUPER", "r+b") as file:
        data = file.read()
        for index in range(3):
            block = layout.Superblock(data, index)
            if block.sequence:
                block.meta, block.meta_bytes = packed, len(packed)
                file.seek(index * layout.SUPERBLOCK_STRIDE)
                file.write(block.pack())
    with FasterLog(path, **fuzz_python.OPTIONS) as log, pytest.raises(CorruptedLogError, match="mapping"):
        dict(log.meta)
