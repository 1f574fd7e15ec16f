#!/usr/bin/env python3
"""Checks the Spin models in spin/: each as it stands, where no assertion may fail, and each mutant, where one must.

    run_spin.py [--size quick|full] [--memory MB] [MODEL...]

quick: small bounds, exhaustive, a few minutes; full: large ones, exhaustive as far as the memory goes (states are kept as hashes,
-DHC4, which can make a search miss states, at odds of about one in 2^32 for each pair).  A search that was cut short by its time or
memory says so, and counts as passed with that many states; a right model with an error, or a mutant without one, fails.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "spin"

# (model, its switches): what is searched as it stands.  Seconds are an upper bound, after which the search ends as "not complete".
RIGHT = {
    "quick": [
        ("super", "", 60),
        ("log", "-DAMAX=6 -DCRASHES=1 -DONE_ACCEPTOR", 100),
        ("log", "-DPROCESS -DAMAX=5 -DCRASHES=1 -DONE_ACCEPTOR", 100),
    ],
    "full": [
        ("super", "-DCRASHES=8 -DLAST=40", 600),
        ("log", "-DAMAX=7 -DCRASHES=2 -DGARBAGE", 3600),
        ("log", "-DAMAX=8 -DCRASHES=1", 3600),
        ("log", "-DPROCESS -DAMAX=7 -DCRASHES=2 -DGARBAGE", 3600),
        ("log", "-DPROCESS -DAMAX=8 -DCRASHES=1", 3600),
    ],
}
ACCEPT = "-DAMAX=7 -DCRASHES=1 -DONE_ACCEPTOR"
ACCEPT_TWICE = "-DAMAX=5 -DCRASHES=2 -DONE_ACCEPTOR"
PROCESS = "-DPROCESS " + ACCEPT
PROCESS_SHORT = "-DPROCESS -DAMAX=5 -DCRASHES=1 -DONE_ACCEPTOR"
PROCESS_TWICE = "-DPROCESS " + ACCEPT_TWICE
# Not among them: RING_BEFORE_SUPER (sync() at level "process" syncs the ring before the superblock), which no promise of the model notices.
# (model, the mutant, the switches it is searched with, the rule that it breaks)
MUTANTS = [
    ("super", "TWO_PLACES", "", "C6: three places"),
    ("super", "OVER_LATEST", "", "C6: kill -9 tears the latest"),
    ("super", "OVER_DURABLE", "", "C6: a power cut garbles the last that was synced"),
    ("super", "NOT_SETTLED", "", "R3: the superblock an opening begins from is durable first"),
    ("log", "ACK_BEFORE_SYNC", ACCEPT, "G2: durable before the group is written"),
    ("log", "ACK_BEFORE_FDATASYNC", ACCEPT, "G2: durable before fdatasync"),
    ("log", "ZERO_FIRST", ACCEPT, "C5, C6: memory given back before the superblock"),
    ("log", "NO_PROMISE_IN_SUPER", ACCEPT, "C5: the superblock carries the promise"),
    ("log", "NO_CARRY", ACCEPT, "C5: votes below X are carried"),
    ("log", "NO_TAIL_SYNC", ACCEPT, "C5: the tail is synced before the superblock"),
    ("log", "SYNC_BEFORE_WALK", ACCEPT, "C5: the walk first, then one sync"),
    ("log", "SAME_INCARNATION", ACCEPT_TWICE, "F2: RESTART raises the incarnation"),
    ("log", "INCARNATION_NOT_DURABLE", ACCEPT_TWICE, "R3: its superblock is durable before RESTART"),
    ("log", "HOLE_ENDS", PROCESS_SHORT, "R1: holes are skipped after kill -9"),
    ("log", "ZERO_FIRST", PROCESS, "C5, C6: memory zeroed before the superblock"),
    ("log", "NEVER_FULL", PROCESS, "C5: what a sync() covered is synced when it moves"),
    ("log", "NO_TAIL_IN_SYNC", PROCESS_SHORT, "G3: sync() covers the tail"),
    ("log", "NO_LEANS", PROCESS_SHORT, "C5: what stands for synced bytes counts as synced"),
    ("log", "PROMISE_OUTSIDE_CONTROL", ACCEPT, "C2: a superblock does not pass a PROMISE that is not yet raised"),
    ("log", "SUPER_NOT_SETTLED", PROCESS_TWICE, "R3: zeroed under a superblock that is not durable"),
]


def spin_run(model, switches, seconds, memory):
    """(error found, complete, states, seconds)"""
    with tempfile.TemporaryDirectory(prefix="fasterlog-spin-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        flags = switches.split()
        subprocess.run(["spin", *flags, "-a", str(FOLDER / f"{model}.pml")], cwd=folder, check=True, capture_output=True)
        compiler = ["gcc", "-O2", "-w", "-DSAFETY", "-DHC4", f"-DMEMLIM={memory}", "-DVECTORSZ=2048", "-o", "pan", "pan.c"]
        subprocess.run(compiler, cwd=folder, check=True, capture_output=True)
        began = time.monotonic()
        process = subprocess.Popen(["./pan", "-m100000", "-w22"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            output = process.communicate(timeout=seconds)[0]
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # it prints what it has
            output = process.communicate()[0]
    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"([\d.e+]+) states, stored", output)
    if errors is None or states is None:
        raise RuntimeError(f"{model} {switches}: the search printed no result:\n{output}")
    complete = "Search not completed" not in output and "max search depth too small" not in output
    return int(errors.group(1)) > 0, complete, int(float(states.group(1))), time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", choices=("quick", "full"), default="quick")
    parser.add_argument("--memory", type=int, default=8000, help="MB for one search")
    parser.add_argument("models", nargs="*")
    arguments = parser.parse_args()
    for tool in ("spin", "gcc"):
        if shutil.which(tool) is None:
            print(f"spin: not run: {tool} is missing")
            return 77
    mutant_seconds = 90 if arguments.size == "quick" else 900
    passed = failed = total = 0
    for model, switches, seconds in RIGHT[arguments.size]:
        if arguments.models and model not in arguments.models:
            continue
        error, complete, states, took = spin_run(model, switches, seconds, arguments.memory)
        total += states
        failed += error
        passed += not error
        print(
            f"{model} {switches}: {'ERROR' if error else 'no error'}, {states} states"
            f"{'' if complete or error else ', not complete: out of time or memory'}, {took:.0f} s",
            flush=True,
        )
    for model, mutant, switches, rule in MUTANTS:
        if arguments.models and model not in arguments.models:
            continue
        error, _, states, took = spin_run(model, f"{switches} -D{mutant}", mutant_seconds, arguments.memory)
        failed += not error
        passed += error
        print(f"{model} {mutant} ({rule}): {'killed' if error else 'SURVIVED'}, {states} states, {took:.0f} s", flush=True)
    print(f"spin: {passed} passed, {failed} failed; {total} states without an error")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
