"""Shows that the fuzz targets see what they are there for: takes one check out of a module, compiles that module alone, and demands that
the fuzzer finds an input for it.   Usage: python tests/fuzz/planted.py OUT [NAME...]   (called by ci/test-fuzz.sh, which sets CC, CFLAGS
and the driver's environment; OUT holds the driver and the probe)
"""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = 2_000_000
SECONDS = 120

# name: target, module, what is replaced (it must be there once), by what
FAULTS = {
    "value-length": (
        "replay", "_replay",
        "    return length == FL_FRAME_HEADER + ((<uint64_t>frame.value_len + 7) & ~<uint64_t>7)\n",
        "    return True\n",
    ),
    "mapping-length": (
        "open", "_recovery",
        "if head.meta_bytes > FL_META_MOST or head.meta_bytes > size - sizeof(head):",
        "if head.meta_bytes > FL_META_MOST:",
    ),
    "frame-end": (
        "replay", "_replay",
        "    if length < FL_FRAME_HEADER or length > limit - address:\n",
        "    if length < FL_FRAME_HEADER:\n",
    ),
    "hole-size": (
        "replay", "_replay",
        "    return address + FL_FRAME_HEADER\n\n\ncdef uint64_t search_on",
        "    return address + 8\n\n\ncdef uint64_t search_on",
    ),
    "restart-lost": (
        "replay", "_replay",
        "        if one.incarnation_behind != one.incarnation:\n",
        "        if False:\n",
    ),
    "footer-runs": (
        "tail", "_runs",
        "        if runs[i].count == 0 or runs[i].first_index != entries:\n",
        "        if runs[i].count == 0:\n",
    ),
    "begin-aligned": (
        "open", "_recovery",
        "    if head.begin & 7 or head.end & 7 or",
        "    if",
    ),
    "batch-in-batch": (
        "open", "_replay",
        " or ring_frame(&state.core.ring, inner).kind == FL_KIND_BATCH:",
        ":",
    ),
}  # fmt: skip
QUICK = ("value-length", "footer-runs")


def directives():
    """As meson.build has them."""
    listed = re.search(r"foreach directive : \[(.*?)\]", ROOT.joinpath("meson.build").read_text(), re.S)
    return [word for directive in re.findall(r"'([^']+)'", listed[1]) for word in ("-X", directive)]


def compile_faulty(name, folder):
    """The installed package with one module of its own."""
    target, module, old, new = FAULTS[name]
    package = Path(sysconfig.get_path("platlib"), "fasterlog")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    faulty = folder / "fasterlog"
    faulty.mkdir(parents=True, exist_ok=True)
    for file in package.iterdir():
        link = faulty / file.name
        link.unlink(missing_ok=True)
        if file.name != module + suffix and file.name != "__pycache__":
            link.symlink_to(file)
    source = ROOT.joinpath("fasterlog", f"{module}.pyx").read_text()
    if source.count(old) != 1:
        sys.exit(f"planted fault {name}: its place in {module}.pyx is there {source.count(old)} times; planted.py has to follow the code")
    pyx, c_file = folder / f"{module}.pyx", folder / f"{module}.c"
    pyx.write_text(source.replace(old, new))
    cython = [sys.executable, "-m", "cython", "-3", *directives(), "-I", str(ROOT), "--module-name", f"fasterlog.{module}"]
    subprocess.run([*cython, str(pyx), "-o", str(c_file)], check=True)
    subprocess.run([
        *shlex.split(os.environ["CC"]), "-shared", "-fPIC", *shlex.split(os.environ["CFLAGS"]), "-I", sysconfig.get_path("include"),
        "-I", str(ROOT / "fasterlog" / "include"), str(c_file), "-o", str(faulty / (module + suffix)),
    ], check=True)  # fmt: skip
    return target


def hunt(name, out):
    folder = out / "planted" / name
    target = compile_faulty(name, folder)
    environment = dict(os.environ, FASTERLOG_FUZZ_TARGET=target, FASTERLOG_FUZZ_PATH=f"{folder}:{out}")
    grown = folder / "corpus"  # the fuzzer writes to the first folder that it is given
    grown.mkdir(exist_ok=True)
    seeds = ROOT / "tests" / "fuzz" / "corpus" / target
    done = subprocess.run([
        str(out / "fuzz"), f"-runs={RUNS}", f"-max_total_time={SECONDS}", "-max_len=1000", "-rss_limit_mb=1024", "-timeout=20", "-seed=1",
        f"-artifact_prefix={folder}/", str(grown), str(seeds),
    ], env=environment, capture_output=True, text=True, errors="replace")  # fmt: skip
    found = re.search(r"Test unit written to (\S+)", done.stderr)
    what = re.search(r"(BROKEN: .*|SUMMARY: .*)", done.stderr)
    print(f"planted fault {name} ({target}): " + (f"found, {what[1][:120]}" if found and what else "NOT FOUND"), flush=True)
    if not found:
        print(done.stderr[-2000:])
    return bool(found)


def main(out, *names):
    names = names or QUICK
    names = tuple(FAULTS) if names == ("all",) else names
    found = [hunt(name, Path(out).resolve()) for name in names]
    print(f"planted faults: {sum(found)} of {len(found)} found")
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
