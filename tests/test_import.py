"""What `import fasterlog` brings, and what it leaves alone."""

import os
import pkgutil
import shutil
import subprocess
import sys
import sysconfig

import pytest

import fasterlog

# Class, and the built-in that it also is (DESIGN 2, "Errors").
ERRORS = {
    "SlotNotFoundError": KeyError,
    "TruncatedError": KeyError,
    "NoSnapshotError": KeyError,
    "StaleBallotError": ValueError,
    "BallotConflictError": ValueError,
    "BallotMismatchError": ValueError,
    "SlotCommittedError": ValueError,
    "NotCommittedError": ValueError,
    "NotCoveredError": ValueError,
    "GapError": ValueError,
    "EntryTooLargeError": ValueError,
    "BatchTooLargeError": ValueError,
    "FormatVersionError": ValueError,
    "IdentityError": ValueError,
    "LogClosedError": ValueError,
    "BufferFullError": TimeoutError,
    "LogLockedError": BlockingIOError,
    "CorruptedEntryError": OSError,
    "CorruptedLogError": OSError,
    "CorruptedSnapshotError": OSError,
    "LogPoisonedError": OSError,
    "DiskFullError": OSError,
    "SafetyViolationError": RuntimeError,
    "ForkedError": RuntimeError,
}

MODULES = sorted(module.name for module in pkgutil.iter_modules(fasterlog.__path__))
EXTENSIONS = [
    name
    for name in MODULES
    if any(os.path.exists(f"{folder}/{name}{sysconfig.get_config_var('EXT_SUFFIX')}") for folder in fasterlog.__path__)
]


def run(code):
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, cwd="/")


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_is_importable_and_also_the_built_in_that_fits(name):
    error = getattr(fasterlog, name)
    assert issubclass(error, fasterlog.FasterLogError)
    assert issubclass(error, ERRORS[name])
    assert name in fasterlog.__all__


@pytest.mark.parametrize("name", ["FasterLog", "Ballot", "Entry", "Config"])
def test_the_names_that_users_rely_on(name):
    assert name in fasterlog.__all__
    assert getattr(fasterlog, name).__module__.split(".")[0] == "fasterlog"


def test_everything_in_all_is_there():
    assert len(set(fasterlog.__all__)) == len(fasterlog.__all__)
    for name in fasterlog.__all__:
        assert hasattr(fasterlog, name)


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this build has a GIL for good")
def test_the_gil_stays_off_after_importing_everything():
    """A module that does not declare itself turns it on again, with a warning."""
    modules = ", ".join(f"fasterlog.{name}" for name in EXTENSIONS)
    done = run(f"import sys, {modules}; sys.exit(sys._is_gil_enabled())")
    assert done.returncode == 0, done.stderr


def test_importing_starts_no_thread_and_opens_no_file():
    done = run(
        "import os\n"
        "before = len(os.listdir('/proc/self/task')), len(os.listdir('/proc/self/fd'))\n"
        "import fasterlog\n"
        "assert (len(os.listdir('/proc/self/task')), len(os.listdir('/proc/self/fd'))) == before"
    )
    assert done.returncode == 0, done.stderr


def test_importing_leaves_numpy_for_those_who_use_it():
    done = run("import sys, fasterlog; sys.exit('numpy' in sys.modules)")
    assert done.returncode == 0, done.stderr


SUBINTERPRETER = """
try:
    import _interpreters as interpreters      # 3.13
    def run(code):
        failure = interpreters.exec(interpreters.create("legacy" if {legacy} else "isolated"), code)
        return "" if failure is None else failure.formatted
except ImportError:
    import _xxsubinterpreters as interpreters
    def run(code):
        try:
            interpreters.run_string(interpreters.create(isolated=not {legacy}), code)
        except interpreters.RunFailedError as failure:
            return str(failure)
        return ""
{first}
failure = run("import fasterlog")
assert "ImportError" in failure and "interpreter" in failure, failure
"""


@pytest.mark.skipif(sys.gettrace() is not None, reason="Cython's line tracing hangs in a subinterpreter")
@pytest.mark.parametrize("legacy", [True, False])
@pytest.mark.parametrize("first", ["import fasterlog", ""])
def test_a_subinterpreter_gets_a_clear_import_error(first, legacy):
    done = run(SUBINTERPRETER.format(first=first, legacy=legacy))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", EXTENSIONS)
def test_every_extension_module_ships_its_stub_and_its_contract(name):
    folder = fasterlog.__path__[0]
    assert os.path.exists(f"{folder}/{name}.pyi")
    assert os.path.exists(f"{folder}/py.typed")
    assert not os.path.exists(f"{folder}/{name}.c")


def test_there_are_extension_modules():
    assert {"_crc", "_entry", "_log"} <= set(EXTENSIONS)


def test_a_program_that_leaves_a_log_open_ends_by_itself():
    """Neither worker threads nor an open log may keep a process from ending, and what had returned is kept."""
    done = run(
        "import tempfile, warnings, fasterlog\n"
        "warnings.simplefilter('ignore')\n"
        "path = tempfile.mkdtemp()\n"
        "log = fasterlog.FasterLog(path, mutable_size=65536, durability='process')\n"
        "for slot in range(3000): log.learn(slot, (1, 1), b'x' * 100)\n"
        "print(path)"
    )
    assert done.returncode == 0, done.stderr
    path = done.stdout.strip()
    with fasterlog.FasterLog(path) as log:
        assert len(log) == 3000
    shutil.rmtree(path)
