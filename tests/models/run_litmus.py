#!/usr/bin/env python3
"""Runs the litmus tests in litmus/ with herd7, each as it stands and in its weakened twins.

A test mirrors one lock-free step of the core with the very orders of the code.  Under the C11 memory model (RC11, Lahav et al., PLDI
2017) its final condition, which is what must not happen, has to come out as "Never", and no plain access may race.  Each line

    twin: 1=relaxed      the access marked //@1 with that order instead      twin: 1<>2      the two marked lines exchanged
    twin: 1=absent       the marked line left out                            twin: 1=release, 2=acquire     both at once

in the header is a twin that must fail: "Sometimes", or, where the header says `race`, a data race alone.  A twin that comes out as
"Never" is a finding too: an order that this step does not need.  A header with `expect: Sometimes` documents an outcome that the code
allows on purpose, and says why it is harmless; such a test has no twins.

    run_litmus.py [--herd COMMAND] [--generated] [NAME...]

--generated also weakens every access of every test by each weaker order in turn and lists those that the test does not need.  That list
is for reading, not a verdict: another test may need the order, and a CAS that costs nothing more is not weakened for beauty.
"""

import argparse
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "litmus"
TWIN = re.compile(r"^\s*twin: (\d+(?:=|<>)\w+(?:, \d+(?:=|<>)\w+)*)(\s+race\b)?", re.MULTILINE)
ORDER = re.compile(r"memory_order_(\w+)")
# What a failed compare-and-swap may be asked for, by the order of its success.
ON_FAILURE = {"release": "relaxed", "acq_rel": "acquire"}
WEAKER = {
    "load": ["acquire", "relaxed"],
    "store": ["release", "relaxed"],
    "both": ["acq_rel", "release", "acquire", "relaxed"],
}


@dataclass
class Outcome:
    observation: str  # Never, Sometimes or Always
    race: bool
    text: str


def herd_run(herd, source, model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.litmus"
        path.write_text(source)
        try:
            done = subprocess.run([*herd, "-model", model, str(path)], capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            return Outcome("Timeout", False, "herd7 took more than 120 s")
    found = re.search(r"^Observation \S+ (\w+)", done.stdout, re.MULTILINE)
    if found is None or done.returncode != 0:
        return Outcome("Error", False, done.stdout + done.stderr)
    return Outcome(found.group(1), "Flag *undef*" in done.stdout or "Undef" in done.stdout.split(), done.stdout)


def marked_line(lines, mark):
    places = [i for i, line in enumerate(lines) if re.search(rf"//@{mark}\s*$", line)]
    if len(places) != 1:
        raise ValueError(f"the mark //@{mark} stands on {len(places)} lines, not on one")
    return places[0]


def weaken_line(line, order):
    """The order of the access, and of its failure where it is a compare-and-swap."""
    if not ORDER.search(line):
        raise ValueError(f"no memory order in: {line.strip()}")
    weaker = ORDER.sub(f"memory_order_{order}", line, count=1)
    if "compare_exchange" in line:
        head, tail = weaker.rsplit("memory_order_", 1)
        weaker = f"{head}memory_order_{ON_FAILURE.get(order, order)}{tail[tail.index(')') :]}"
    return weaker


def twin_source(source, edits):
    lines = source.split("\n")
    for edit in edits.split(", "):
        mark, action, what = re.fullmatch(r"(\d+)(=|<>)(\w+)", edit).groups()
        here = marked_line(lines, mark)
        if action == "<>":
            there = marked_line(lines, what)
            lines[here], lines[there] = lines[there], lines[here]
        elif what == "absent":
            lines[here] = ""
        else:
            lines[here] = weaken_line(lines[here], what)
    return "\n".join(lines)


def test_run(herd, path):
    """(failures, notes) of one file."""
    source = path.read_text()
    header = source[: source.index("*)")]
    expected = "Sometimes" if re.search(r"^\s*expect: Sometimes", header, re.MULTILINE) else "Never"
    twins = TWIN.findall(header)
    failures, notes = [], []
    for model in ("rc11.cat", "c11_partialSC.cat"):
        outcome = herd_run(herd, source, model)
        if outcome.observation != expected or outcome.race:
            failures.append(
                f"{path.stem} ({model}): {outcome.observation}{', with a data race' if outcome.race else ''};"
                f" expected {expected}\n{outcome.text}"
            )
    if not twins and expected == "Never":
        failures.append(f"{path.stem}: has no twin")
    for edits, race in twins:
        name = f"{path.stem}, twin {edits}"
        outcome = herd_run(herd, twin_source(source, edits), "rc11.cat")
        caught = outcome.observation in ("Sometimes", "Always") or (race and outcome.race)
        notes.append(f"{name}: {outcome.observation}{' (race)' if outcome.race else ''}")
        if not caught:
            failures.append(f"{name}: {outcome.observation}, expected {'a data race' if race else 'Sometimes'}\n{outcome.text}")
    return failures, notes


def generated_run(herd, path):
    """Every single weakening that this test does not notice."""
    source = path.read_text()
    lines = source.split("\n")
    count, unnoticed = 0, []
    for i, line in enumerate(lines):
        orders = ORDER.findall(line)
        if not orders:
            continue
        kind = "load" if "atomic_load" in line else "store" if "atomic_store" in line else "both"
        ladder = WEAKER[kind]
        for order in ladder[ladder.index(orders[0]) + 1 :] if orders[0] in ladder else ladder:
            weaker = [*lines]
            weaker[i] = weaken_line(line, order)
            outcome = herd_run(herd, "\n".join(weaker), "rc11.cat")
            count += 1
            if outcome.observation == "Never" and not outcome.race:
                unnoticed.append(f"{path.stem}:{i + 1}: {orders[0]} -> {order}: {line.split('//')[0].strip()}")
    return count, unnoticed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--herd", default=os.environ.get("FASTERLOG_HERD", "herd7"))
    parser.add_argument("--generated", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    herd = shlex.split(arguments.herd)
    paths = sorted(path for path in FOLDER.glob("*.litmus") if not arguments.names or path.stem in arguments.names)
    started = time.monotonic()
    passed = failed = twins = 0
    # herd7 is one thread each; two at a time suit the smallest machine that this runs on.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for failures, notes in pool.map(lambda path: test_run(herd, path), paths):
            twins += len(notes)
            failed += bool(failures)
            passed += not failures
            for line in [*failures, *(notes if arguments.verbose else [])]:
                print(line)
        if arguments.generated:
            results = list(pool.map(lambda path: generated_run(herd, path), paths))
            for _, unnoticed in results:
                for line in unnoticed:
                    print(f"not needed here: {line}")
            print(
                f"litmus, generated: {sum(count for count, _ in results)} weakenings,"
                f" {sum(len(unnoticed) for _, unnoticed in results)} that their test does not need"
            )
    print(f"litmus: {passed} passed, {failed} failed; {len(paths)} tests, {twins} twins, {time.monotonic() - started:.0f} s")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
