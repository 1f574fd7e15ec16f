#!/usr/bin/env python3
"""Shows that the tests see what they are for: puts one fault at a time into the core, rebuilds it, and expects its tests to fail.

Named mutants stand in ci/mutants/*.toml: name, the rule or promise it breaks, file, old and new text, and the tests that must fail.  The
old text must stand in its file exactly once: a mutant that no longer fits is an error at once, not a mutant that is not run.  Those
that no test can show on this machine (memory orders that x86 never weakens) name the model or litmus test that kills them.

All work is done in a copy of the tree, build/mutants/tree, built in the invariants variant, with its own environment. Only what a
mutant changes is compiled, and afterwards the build is put back file by file, so that the next one starts from the same state.

  ci/run-mutants.py --list                        names, rules, and how each is shown
  ci/run-mutants.py --only NAME [NAME...]         these
  ci/run-mutants.py --changed BASE [--minutes M]  those in files changed since BASE, and three fixed ones: what CI does
  ci/run-mutants.py --all                         all named ones
  ci/run-mutants.py --random N --seed S           N random ones against the quick part of the suite
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Two runs at once need a folder each.
WORK = Path(os.environ.get("FASTERLOG_MUTANTS_FOLDER", ROOT / "build" / "mutants")).resolve()
TREE = WORK / "tree"
BUILD = TREE / "build" / "meson-mutants"
PRISTINE = WORK / "pristine"
VENV = TREE / "build" / "venv-mutants"

# In CI beside those of changed files: a sync left out, an acknowledgement before it, a checksum not looked at.
FIXED = ["no-fdatasync", "ack-before-fdatasync", "crc-not-checked"]

COMPILE_SECONDS = 600
BASELINE_SECONDS = 1800
RANDOM_TESTS = (
    "tests --ignore=tests/test_cli.py --ignore=tests/test_examples.py --ignore=tests/test_stubs.py --ignore=tests/test_config.py"
    " --ignore=tests/test_errors.py --ignore=tests/test_conformance.py --ignore=tests/test_handle.py --ignore=tests/test_import.py"
    " -m 'not slow and not stress'"
)
RANDOM_SECONDS = 240
RANDOM_MODULES = [
    "phases", "ring", "control", "checkpoint", "sync", "recovery", "replay", "index", "epoch", "core", "tail", "segment", "runs",
    "table", "read", "batch", "readers", "io",
]  # fmt: skip


@dataclass
class Edit:
    file: str
    old: str
    new: str


@dataclass
class Mutant:
    name: str
    breaks: str
    edits: list[Edit]
    tests: str = ""
    env: dict[str, str] = field(default_factory=dict)
    seconds: float = 120.0
    models: str = ""  # killed by this model or litmus test instead
    absent: str = ""  # why it cannot be applied yet
    turns: int = 1  # a race is met by chance: the tests run up to so often
    modules: list[str] | None = None  # for a header or contract: those to be compiled anew, where its tests need no others

    def text(self) -> str:
        return "; ".join(f"{edit.file}: {edit.old.strip()!r} -> {edit.new.strip()!r}" for edit in self.edits)


def mutant_parse(source: Path, data: dict[str, object]) -> Mutant:
    data = dict(data)
    try:
        edits = [Edit(**edit) for edit in data.pop("edits", [])]  # type: ignore[attr-defined]
        if "old" in data:
            edits.insert(0, Edit(str(data.pop("file")), str(data.pop("old")), str(data.pop("new"))))
        return Mutant(edits=edits, **data)  # type: ignore[arg-type]
    except (KeyError, TypeError) as error:
        sys.exit(f"{source}: mutant {data.get('name')}: {error}")


def mutants_load() -> list[Mutant]:
    """All named mutants; ends the program if one does not fit the tree any more."""
    found: list[Mutant] = []
    faults = []
    for source in sorted((ROOT / "ci" / "mutants").glob("*.toml")):
        for data in tomllib.loads(source.read_text())["mutant"]:
            mutant = mutant_parse(source, data)
            if any(mutant.name == other.name for other in found):
                faults.append(f"{mutant.name}: the name is used twice")
            if not mutant.absent and not mutant.edits:
                faults.append(f"{mutant.name}: changes nothing")
            if sum(map(bool, (mutant.tests, mutant.models, mutant.absent))) != 1:
                faults.append(f"{mutant.name}: must have tests, models, or absent, and only one of them")
            for edit in mutant.edits:
                count = (ROOT / edit.file).read_text().count(edit.old)
                if count != 1:
                    faults.append(f"{mutant.name}: its old text stands {count} times in {edit.file}:\n{edit.old}")
                if edit.old == edit.new:
                    faults.append(f"{mutant.name}: old and new text are the same")
            found.append(mutant)
    missing = set(FIXED) - {mutant.name for mutant in found}
    faults += [f"{name}: is a fixed one, and is not there" for name in sorted(missing)]
    if faults:
        sys.exit("stale mutants:\n" + "\n".join(faults))
    return found


# --------------------------------------------------------------------------------------------------------------- the build


def run(command: list[str | Path], seconds: float, cwd: Path = TREE, env: dict[str, str] | None = None) -> tuple[int | None, str]:
    """Exit status, or None when out of time, and the output.  Nothing that it started outlives it."""
    process = subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        out = process.communicate(timeout=seconds)[0]
        status: int | None = process.returncode
    except subprocess.TimeoutExpired:
        status = None
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # children of killed tests, too
    if status is None:
        out = process.communicate()[0]
    return status, out.decode(errors="replace")


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def tree_update() -> None:
    """The copy becomes what the tree is; what has not changed keeps its time, so that it is not compiled anew."""
    names = tracked()
    for name in names:
        target = TREE / name
        if not target.exists() or not filecmp.cmp(ROOT / name, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    wanted = set(names)
    for folder in ("fasterlog", "tests", "ci"):
        for path in (TREE / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and str(path.relative_to(TREE)) not in wanted:
                path.unlink()


def build_update() -> None:
    """The copy is built and installed as it stands, and the state to go back to is kept."""
    print("building the tree unchanged", flush=True)
    tree_update()
    status, out = run(["ci/make-venv.sh", "mutants"], COMPILE_SECONDS)
    if status == 0:
        status, out = run(["ci/install-package.sh", VENV, "test", "-Dvariant=invariants"], COMPILE_SECONDS)
    if status != 0:
        sys.exit(f"the unchanged tree does not build:\n{out}")
    PRISTINE.mkdir(parents=True, exist_ok=True)
    mirror(BUILD, PRISTINE)


def site() -> Path:
    return next((VENV / "lib").glob("python3*")) / "site-packages" / "fasterlog"


def same(one: Path, other: Path) -> bool:
    if not other.exists():
        return False
    a, b = one.stat(), other.stat()
    return (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)


def mirror(source: Path, target: Path) -> None:
    """Makes `target` the same as `source`, with times: ninja then finds nothing to do."""
    kept = set()
    for path in source.rglob("*"):
        other = target / path.relative_to(source)
        kept.add(other)
        if path.is_dir():
            other.mkdir(exist_ok=True)
        elif not same(path, other):
            shutil.copy2(path, other)
    for path in list(target.rglob("*")):
        if path not in kept and path.is_file():
            path.unlink()


def install() -> None:
    """What was built, and the sources that probes of the tests are compiled against, into the environment."""
    target = site()
    for path in (BUILD / "fasterlog").glob("*.so"):
        if not same(path, target / path.name):
            shutil.copy2(path, target / path.name)
    for path in (TREE / "fasterlog").rglob("*"):
        if path.suffix in (".py", ".pyi", ".pxd", ".h"):
            other = target / path.relative_to(TREE / "fasterlog")
            if not other.exists() or not filecmp.cmp(path, other, shallow=False):
                shutil.copy(path, other)


def environment(mutant_env: dict[str, str]) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("FASTERLOG_")}
    # Each run makes the same random choices, but for those of the scheduler.
    return {
        **env,
        "PATH": f"{VENV / 'bin'}:{env['PATH']}",
        "PYTHONSAFEPATH": "1",
        "PYTHONHASHSEED": "0",
        "FASTERLOG_KILLS": "20",
        "FASTERLOG_PROBES": str(WORK / "probes"),
        "HYPOTHESIS_PROFILE": "default",
        **mutant_env,
    }


def pytest(tests: str, seconds: float, env: dict[str, str]) -> tuple[int | None, str]:
    options = ["-x", "-q", "-p", "no:cacheprovider", "--no-header", "-o", f"faulthandler_timeout={max(20, int(seconds * 0.8))}"]
    return run([VENV / "bin" / "python", "-P", "-m", "pytest", *options, *shlex.split(tests)], seconds, env=environment(env))


# -------------------------------------------------------------------------------------------------------------- one mutant


class Broken(Exception):
    """The mutant does not compile."""


def apply_and_build(mutant: Mutant) -> None:
    for edit in mutant.edits:
        path = TREE / edit.file
        path.write_text(path.read_text().replace(edit.old, edit.new))
    targets: list[str] = []
    for module in mutant.modules or []:
        targets += [str(path.relative_to(BUILD)) for path in BUILD.glob(f"fasterlog/{module}.*.so")]
    if mutant.modules != []:
        status, out = run([VENV / "bin" / "ninja", "-C", BUILD, *targets], COMPILE_SECONDS, env=environment({}))
        if status != 0:
            raise Broken(out[-3000:])
    install()


def restore(mutant: Mutant, times: dict[str, tuple[int, int]]) -> None:
    for file, stamp in times.items():
        shutil.copy(ROOT / file, TREE / file)
        os.utime(TREE / file, ns=stamp)
    mirror(PRISTINE, BUILD)
    install()


def how_it_ended(status: int | None, out: str) -> str:
    """Killed, and by what; or empty if the tests passed."""
    if status is None:
        return "time-out"
    if status < 0 or status >= 128:
        return f"signal {signal.Signals(-status if status < 0 else status - 128).name}"
    if status == 0:
        return ""
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", out, re.MULTILINE)
    if status in (1, 2) and failed:
        return failed[0].split("::")[-1]
    raise RuntimeError(f"pytest ended with {status}:\n{out[-3000:]}")


def kill(mutant: Mutant) -> tuple[str, str, float, float]:
    """By what it was killed (empty: it survived), the output, and the seconds for building and testing."""
    times = {}
    for edit in mutant.edits:
        stat = (TREE / edit.file).stat()
        times[edit.file] = (stat.st_atime_ns, stat.st_mtime_ns)
    start = time.monotonic()
    built = start
    try:
        apply_and_build(mutant)
        built = time.monotonic()
        killer, out = "", ""
        for _ in range(mutant.turns):
            killer, out = "", ""
            status, out = pytest(mutant.tests, mutant.seconds, mutant.env)
            killer = how_it_ended(status, out)
            if killer:
                break
        return killer, out, built - start, time.monotonic() - built
    finally:
        restore(mutant, times)


def baseline(mutants: list[Mutant]) -> None:
    """The tests must pass on the unchanged build, or their failing says nothing."""
    seen = set()
    for mutant in mutants:
        key = (mutant.tests, tuple(sorted(mutant.env.items())))
        if key in seen:
            continue
        seen.add(key)
        status, out = pytest(mutant.tests, BASELINE_SECONDS, mutant.env)
        if status != 0:
            sys.exit(f"the tests of {mutant.name} fail on the unchanged tree:\n{out[-6000:]}")
        if re.search(r"^(?:no tests ran|\d+ (?:skipped|deselected))", out.strip().splitlines()[-1]):
            sys.exit(f"the tests of {mutant.name} do not run on the unchanged tree:\n{out[-2000:]}")


def run_named(mutants: list[Mutant], minutes: float | None, check: bool) -> tuple[int, int, int]:
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    runnable = [mutant for mutant in mutants if mutant.tests]
    build_update()
    killed, survivors, skipped = 0, [], 0
    width = max([20, *(len(mutant.name) for mutant in mutants)])
    for mutant in mutants:
        head = f"{mutant.name:{width}}  {mutant.breaks:8}"
        if not mutant.tests:
            skipped += 1
            print(f"{head}  {'by models: ' + mutant.models if mutant.models else 'not applicable: ' + mutant.absent}", flush=True)
        elif time.monotonic() > deadline:
            skipped += 1
            print(f"{head}  NOT RUN: out of time", flush=True)
        else:
            if check:
                baseline([mutant])
            try:
                killer, out, building, testing = kill(mutant)
            except Broken as error:
                sys.exit(f"{mutant.name} does not compile:\n{error}")
            figures = f"build {building:.0f} s, tests {testing:.0f} s"
            if killer:
                killed += 1
                print(f"{head}  killed    {killer}  ({figures})", flush=True)
            else:
                survivors.append(mutant)
                print(f"{head}  SURVIVED  {mutant.tests}  ({figures})\n{out.strip().splitlines()[-1]}", flush=True)
    assert killed + len(survivors) <= len(runnable)
    for mutant in survivors:
        print(f"survived: {mutant.name}: {mutant.text()}")
    return killed, len(survivors), skipped


# ---------------------------------------------------------------------------------------------------------- random mutants

SWAPS = [
    (" < ", [" <= "]), (" <= ", [" < "]), (" > ", [" >= "]), (" >= ", [" > "]), (" == ", [" != "]), (" != ", [" == "]),
    (" and ", [" or "]), (" or ", [" and "]), (" + ", [" - "]), (" - ", [" + "]), ("min(", ["max("]), ("max(", ["min("]),
    ("if not ", ["if "]), (" & ~", [" & "]), (" + 1", [" + 2", ""]), (" - 1", [" - 2", ""]), (" return True", [" return False"]),
    (" return False", [" return True"]), (" >> ", [" << "]), (" << ", [" >> "]),
]  # fmt: skip
CALL = re.compile(r"^(\s+)[a-z_][\w.]*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*(?:#.*)?$")
NOT_SIMPLE = r"cdef |return|if |elif |else|while |for |try|raise|pass|break|continue|with |def |@|#|global |from |import "
SIMPLE = re.compile(rf"^(\s+)(?!{NOT_SIMPLE})\S.*$")
# What no test is meant to see: hooks of the tests, statistics, hints; and what is no statement.
IGNORED = re.compile(
    "FL_YIELD|FL_ASSERT|FL_WITHOUT|statistics|gauge|note_latency|cell_count|cimport|fl_prefetch|noexcept|except -1|extern|raise "
)


def code_lines(text: str) -> set[int]:
    """Numbers (from 0) of the lines that are code of functions: no docstrings, comments, declarations or continuations."""
    lines = text.splitlines()
    inside: set[int] = set()
    quoted = False
    depth = 0
    function = False
    for number, line in enumerate(lines):
        bare = line.strip()
        starts_quoted = quoted
        if bare.count('"""') % 2:
            quoted = not quoted
        code = not starts_quoted and not quoted and '"""' not in bare and bare and not bare.startswith("#")
        if code and not line.startswith(" "):
            function = bool(re.match(r"(?:cdef (?!enum|struct|extern|class)|def )", line)) and (bare.endswith(":") or "(" in bare)
        if code and function and line.startswith("    ") and depth == 0 and not IGNORED.search(line) and not bare.startswith("cdef "):
            inside.add(number)
        if code:
            cut = bare.split("#")[0]
            depth += sum(map(cut.count, "([{")) - sum(map(cut.count, ")]}"))
    return inside


def depend(one: str, other: str) -> bool:
    """May the order of two statements matter?  Two plain assignments to different names may be swapped and nothing is changed."""
    calls = [re.search(r"\w\(", re.sub(r"(?:min|max|sizeof|<[^>]*>)\(", "", text)) for text in (one, other)]
    targets = [text.split(" = ")[0].strip() for text in (one, other)]
    return all(calls) or targets[0] in other or targets[1] in one


def line_mutants(lines: list[str], number: int, usable: set[int]) -> list[tuple[int, str]]:
    """What the line may become; the number says how many lines it stands for."""
    line = lines[number]
    code = line.split("  #")[0]
    found: list[tuple[int, str]] = []
    for old, replacements in SWAPS:
        at = code.find(old)
        while at >= 0:
            found += [(1, line[:at] + new + line[at + len(old) :]) for new in replacements]
            at = code.find(old, at + 1)
    match = CALL.match(line)
    if match:
        found.append((1, match[1] + "pass"))
    following = lines[number + 1] if number + 1 < len(lines) else ""
    first, second = SIMPLE.match(line), SIMPLE.match(following)
    if first and second and first[1] == second[1] and number + 1 in usable:
        closed = all(text.count("(") == text.count(")") for text in (line, following))
        if closed and not any(text.split("  #")[0].rstrip().endswith(":") for text in (line, following)) and depend(line, following):
            found.append((2, following + "\n" + line))
    return found


def random_mutants(rng: random.Random) -> list[Mutant]:
    """All of them, in random order; each file as often as its lines."""
    found = []
    for name in [f"_{module}{suffix}" for module in RANDOM_MODULES for suffix in (".pxd", ".pyx")]:
        file = f"fasterlog/{name}"
        text = (ROOT / file).read_text()
        lines = text.splitlines()
        usable = code_lines(text)
        for number in sorted(usable):
            for count, new in line_mutants(lines, number, usable):
                # Enough of the file to stand there once.
                low, high = number, number + count
                while text.count("\n".join(lines[low:high]) + "\n") != 1:
                    low = max(0, low - 1)
                    high = min(len(lines), high + 1)
                old = "\n".join(lines[low:high]) + "\n"
                changed = "\n".join([*lines[low:number], new, *lines[number + count : high]]) + "\n"
                was = " / ".join(line.strip() for line in lines[number : number + count])
                title = f"{name}:{number + 1}: {was} -> {' / '.join(line.strip() for line in new.splitlines())}"
                found.append(Mutant(title, "random", [Edit(file, old, changed)], tests=RANDOM_TESTS, seconds=RANDOM_SECONDS))
    rng.shuffle(found)
    return found


def run_random(count: int, seed: int, check: bool, minutes: float | None) -> tuple[int, int, int]:
    deadline = time.monotonic() + minutes * 60 if minutes else float("inf")
    candidates = random_mutants(random.Random(seed))
    print(f"{len(candidates)} possible random mutants; seed {seed}")
    build_update()
    if check:
        baseline(candidates[:1])
    killed, broken, survivors, done = 0, 0, [], 0
    for mutant in candidates:
        if done == count or time.monotonic() > deadline:
            break
        try:
            killer, _, building, testing = kill(mutant)
        except Broken:
            broken += 1
            continue
        done += 1
        killed += bool(killer)
        if not killer:
            survivors.append(mutant)
        verdict = f"killed    {killer}" if killer else "SURVIVED"
        print(f"{mutant.name}\n    {verdict}  (build {building:.0f} s, tests {testing:.0f} s)", flush=True)
    print(f"{broken} more did not compile")
    for mutant in survivors:
        print(f"survived: {mutant.name}")
    return killed, len(survivors), count - done


# -------------------------------------------------------------------------------------------------------------------- main


def changed_files(base: str) -> set[str]:
    out = subprocess.run(["git", "diff", "--name-only", base, "--"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return set(out.split())


def chosen(mutants: list[Mutant], options: argparse.Namespace) -> list[Mutant]:
    if options.only:
        unknown = set(options.only) - {mutant.name for mutant in mutants}
        if unknown:
            sys.exit(f"no such mutants: {', '.join(sorted(unknown))}")
        return [mutant for mutant in mutants if mutant.name in options.only]
    if options.changed is None:
        return mutants
    files = changed_files(options.changed)
    # A contract or a header belongs to its module.
    stems = {Path(file).stem for file in files if file.startswith("fasterlog/")}
    fixed = [mutant for mutant in mutants if mutant.name in FIXED]
    rest = [
        mutant
        for mutant in mutants
        if mutant.name not in FIXED and mutant.tests and any(Path(edit.file).stem in stems for edit in mutant.edits)
    ]
    # Should time not suffice, other ones are left out another day.
    random.Random(time.strftime("%Y-%m-%d")).shuffle(rest)
    return fixed + rest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true")
    what.add_argument("--only", nargs="+", metavar="NAME")
    what.add_argument("--changed", metavar="BASE")
    what.add_argument("--all", action="store_true")
    what.add_argument("--random", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="start no further mutant after so long")
    parser.add_argument("--no-baseline", action="store_true", help="don't run the tests on the unchanged tree first")
    options = parser.parse_args()
    mutants = mutants_load()
    if options.list:
        for mutant in mutants:
            how = "by models: " + mutant.models if mutant.models else "not applicable: " + mutant.absent if mutant.absent else mutant.tests
            print(f"{mutant.name:36} {mutant.breaks:8} {how}")
        return 0
    if options.random is not None:
        passed, failed, skipped = run_random(options.random, options.seed, not options.no_baseline, options.minutes)
    else:
        passed, failed, skipped = run_named(chosen(mutants, options), options.minutes, not options.no_baseline)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
