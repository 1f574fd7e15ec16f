"""The file operations of the cold paths, all of which go through the table of system calls."""

import errno
import os
import socket
import threading

import pytest

from fasterlog import CorruptedLogError
from fasterlog._io import make_directory, read_file, remove_file, sync_directory, write_file_atomically


def refused(code, call, *arguments):
    with pytest.raises(OSError) as caught:
        call(*arguments)
    assert caught.value.errno == code, caught.value
    return caught.value


def test_read_file(tmp_path):
    path = tmp_path / "file"
    for data in (b"", b"x", os.urandom(1 << 20)):
        path.write_bytes(data)
        assert read_file(path, len(data)) == data
        assert read_file(os.fsencode(path), 1 << 30) == data


def test_a_file_above_the_limit_is_not_read(tmp_path):
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    error = refused(errno.EBADMSG, read_file, path, 4096)  # not EFBIG: no disk is full
    assert isinstance(error, CorruptedLogError)
    assert error.path == str(path) and "4096" in str(error)


@pytest.mark.thread_unsafe(reason="changes the working directory")
def test_only_regular_files_are_read(tmp_path):
    fifo, folder, link, listener = (tmp_path / name for name in ("fifo", "folder", "link", "s"))
    os.mkfifo(fifo)
    folder.mkdir()
    link.symlink_to(tmp_path / "target")
    (tmp_path / "target").write_bytes(b"secret")
    # Opening the FIFO does not wait for a writer.
    assert "is a FIFO" in str(refused(errno.EBADMSG, read_file, fifo, 10))
    assert "is a folder" in str(refused(errno.EBADMSG, read_file, folder, 10))
    assert "device" in str(refused(errno.EBADMSG, read_file, "/dev/zero", 10))
    assert "is a symbolic link" in str(refused(errno.ELOOP, read_file, link, 10))
    with socket.socket(socket.AF_UNIX) as server:
        before = os.getcwd()
        os.chdir(tmp_path)  # a socket's path is limited to 108 bytes
        try:
            server.bind("s")
        finally:
            os.chdir(before)
    assert isinstance(refused(errno.ENXIO, read_file, listener, 10), CorruptedLogError)
    refused(errno.ENOENT, read_file, tmp_path / "missing", 10)


def test_write_file_atomically(tmp_path):
    for data in (b"first", b"", bytearray(b"x" * 100_000), memoryview(b"last")):
        write_file_atomically(tmp_path, "file", data)
        assert (tmp_path / "file").read_bytes() == bytes(data)
    assert os.listdir(tmp_path) == ["file"]


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    write_file_atomically(tmp_path, "file", b"old")
    (tmp_path / "folder").mkdir()
    assert refused(errno.EISDIR, write_file_atomically, tmp_path, "folder", b"new").filename == str(tmp_path / "folder")
    refused(errno.ENOENT, write_file_atomically, tmp_path / "missing", "file", b"new")
    with pytest.raises(TypeError):
        write_file_atomically(tmp_path, "file", "text")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_left_temporary_file_is_not_written_to(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(b"backup")
    os.link(other, tmp_path / "file.tmp")
    write_file_atomically(tmp_path, "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert other.read_bytes() == b"backup"


def test_directories(tmp_path):
    folder = tmp_path / "folder"
    make_directory(folder)
    make_directory(folder)
    sync_directory(folder)
    assert folder.is_dir()
    (tmp_path / "file").write_bytes(b"")
    refused(errno.ENOTDIR, make_directory, tmp_path / "file")
    refused(errno.ENOENT, make_directory, tmp_path / "a" / "b")
    refused(errno.ENOTDIR, sync_directory, tmp_path / "file")
    refused(errno.ENOENT, sync_directory, tmp_path / "missing")


def test_a_directory_may_be_a_link(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    sync_directory(tmp_path / "link")
    write_file_atomically(tmp_path / "link", "file", b"data")
    assert (tmp_path / "folder" / "file").read_bytes() == b"data"


def test_remove_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"")
    remove_file(path)
    assert not path.exists()
    refused(errno.ENOENT, remove_file, path)


def test_names_with_a_null_byte_are_refused(tmp_path):
    for call in (
        lambda: read_file(f"{tmp_path}/a\0b", 1),
        lambda: write_file_atomically(tmp_path, "a\0b", b""),
        lambda: make_directory(f"{tmp_path}/a\0b"),
        lambda: remove_file(f"{tmp_path}/a\0b"),
    ):
        with pytest.raises(ValueError, match="null"):
            call()
    assert os.listdir(tmp_path) == []


def test_names_that_are_no_text(tmp_path):
    name = b"\xff\xfe"
    write_file_atomically(tmp_path, os.fsdecode(name), b"data")
    assert os.listdir(os.fsencode(tmp_path)) == [name]


def test_readers_see_the_old_or_the_new_file(tmp_path):
    versions = [bytes([i]) * 5000 for i in range(40)]
    write_file_atomically(tmp_path, "file", versions[0])
    done = threading.Event()
    failures = []

    def read():
        while not done.is_set():
            data = read_file(tmp_path / "file", 5000)
            if len(data) != 5000 or len(set(data)) != 1:
                failures.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    for data in versions:
        write_file_atomically(tmp_path, "file", data)
    done.set()
    reader.join()
    assert not failures
