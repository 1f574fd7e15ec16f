"""Runs a writer and a reader of racy.Channel against each other. Argument: the fault, one of none, relaxed, plain."""

import sys
import threading

import racy

assert not sys._is_gil_enabled()
# More than 50 ms of overlap: threads that merely run one after the other are ordered by the interpreter's own locks.
channel = racy.Channel(sys.argv[1], 1_000_000)
barrier = threading.Barrier(2)


def run(call):
    barrier.wait()
    call()


threads = [threading.Thread(target=run, args=(call,)) for call in (channel.write, channel.read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
