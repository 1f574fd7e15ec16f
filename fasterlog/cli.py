"""The command `fasterlog`; what a subcommand does is in the module of its name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

try:
    import click
    from rich.console import Console
except ModuleNotFoundError as error:
    raise SystemExit(f"fasterlog: the command line needs {error.name}, which is not installed; try: pip install fasterlog[cli]") from None

from fasterlog import FasterLogError

if TYPE_CHECKING:
    from fasterlog.config import Durability

__all__ = ["main"]

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
DIRECTORY = click.Path(file_okay=False, path_type=Path)
POSITIVE = click.IntRange(min=1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="fasterlog")
def main() -> None:
    """A durable log for consensus protocols: see it work, and measure it."""


@main.command()
@click.option(
    "--input",
    "inputs",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Feed the lines of FILE; may be repeated.  Default: Python's own standard library.",
)
@click.option(
    "--durability",
    type=click.Choice(["process", "accept", "commit"]),
    default="accept",
    help="What a call survives once it has returned.",
)
@click.option("--threads", type=POSITIVE, default=4, help="Threads that feed the log.")
@click.option("--batch", "group", type=POSITIVE, default=64, help="Lines per batch.")
@click.option("--limit", type=POSITIVE, metavar="N", help="Feed the first N lines only.")
@click.option(
    "--directory",
    type=DIRECTORY,
    help="Where to make the log; must be empty.  Default: a temporary directory.",
)
@click.option("--keep", is_flag=True, help="Do not remove the log at the end.")
@click.option(
    "--check",
    "check_only",
    is_flag=True,
    help="Only compare the log that an earlier run kept in --directory with the input.",
)
def demo(
    inputs: tuple[Path, ...],
    durability: Durability,
    threads: int,
    group: int,
    limit: int | None,
    directory: Path | None,
    keep: bool,
    check_only: bool,
) -> None:
    """Feed real data, kill the process that does it, and show that nothing is lost.

    Every line of the input is a command: line i is accepted and committed in slot i.  Several
    threads of a child process do this in batches, each one record of the log and one sync that
    threads share.  In the middle the child is killed (SIGKILL).  Then the log is opened again,
    everything that had been acknowledged is looked up, the rest is fed, and each committed entry is
    compared with its line.

    Ends with status 1 if anything acknowledged is missing or a byte differs.
    """
    from fasterlog import demo as module

    options = module.Options(
        inputs=inputs,
        directory=directory,
        durability=durability,
        threads=threads,
        group=group,
        limit=limit,
        keep=keep,
    )
    work = module.run_check if check_only else module.run
    finish(lambda: work(options, Console()))


@main.command()
@click.option("--size", type=click.IntRange(min=0, max=1 << 20), default=128, help="Bytes per value.")
@click.option("--threads", type=POSITIVE, metavar="N", help="Most concurrent readers.  [default: CPUs]")
@click.option("--rounds", type=click.IntRange(min=5), default=11, help="Rounds to take medians of.")
@click.option("--operations", type=POSITIVE, default=5000, help="Calls per round that only touch memory.")
@click.option("--syncs", type=POSITIVE, default=1000, help="Calls per round and thread that wait for the disk.")
@click.option("--entries", type=POSITIVE, default=1_000_000, help="Size of the log that is reopened.")
@click.option(
    "--directory",
    type=DIRECTORY,
    help="Where to make the logs, on the disk to be measured.  Default: that for temporary files.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def bench(
    size: int,
    threads: int | None,
    rounds: int,
    operations: int,
    syncs: int,
    entries: int,
    directory: Path | None,
    as_json: bool,
) -> None:
    """Measure the log's operations on this machine, with the floors they are compared to.

    The ratios are taken within each round and are medians; times depend on the machine.  The first
    lap over the mutable region warms up and is not counted.
    """
    from fasterlog import bench as module

    options = module.Options(
        size=size,
        threads=threads or 0,
        rounds=rounds,
        operations=operations,
        syncs=syncs,
        entries=entries,
        directory=directory,
    )

    def work() -> bool:
        module.run(options, Console(), as_json)
        return True

    finish(work)


def finish(work: Callable[[], bool]) -> None:
    """Runs it; its failure, or an error that its user can do something about, is status 1."""
    try:
        good = work()
    except (FasterLogError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(0 if good else 1)
