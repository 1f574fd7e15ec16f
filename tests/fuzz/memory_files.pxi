# A log's files in memory, behind the table of system calls: an input costs microseconds, and AddressSanitizer sees a look behind the
# end of a file, where a mapping of a real one would be a SIGBUS or a page of zeros.
#
# Each file has room of its own; its mapping is that room, so what is written shows there at once, as with MAP_SHARED.  What lies
# behind the file's last page is poisoned.  Descriptors below FD_FIRST are real ones: the ring's private memory is still a memfd.  The file
# "ring" lies in a memfd too, because level "process" maps it twice over.
#
# `opendir` is no entry of the table: the folders are real, and hold an empty file for each segment there is.

from libc.errno cimport EEXIST, EFBIG, EINVAL, ENOENT, ENOMEM, ENOSPC, EROFS
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcmp, memcpy, memset, strcmp, strlen, strrchr

from fasterlog._io cimport io, io_table

cdef extern from *:
    """
    #include <fcntl.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/mman.h>
    #include <unistd.h>
    /* There in a sanitized process only. */
    extern void __asan_poison_memory_region(const volatile void *, size_t) __attribute__((weak));
    extern void __asan_unpoison_memory_region(const volatile void *, size_t) __attribute__((weak));
    static void memory_poison(void *at, size_t size) {
        if (size && __asan_poison_memory_region) __asan_poison_memory_region(at, size);
    }
    static void memory_unpoison(void *at, size_t size) {
        if (size && __asan_unpoison_memory_region) __asan_unpoison_memory_region(at, size);
    }
    /* What no input may bring about: the fuzzer keeps the input, pytest shows the text. */
    static void broken(const char *what) {
        fprintf(stderr, "BROKEN: %s\\n", what);
        abort();
    }
    static void *room_make(size_t size) {
        void *room = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        return room == MAP_FAILED ? NULL : room;
    }
    /* Twice, back to back, like the ring itself: what wraps is written in one go. */
    static void *ring_room_make(size_t size, int *fd) {
        *fd = memfd_create("fuzz-ring", MFD_CLOEXEC);
        if (*fd < 0 || ftruncate(*fd, (off_t)size) != 0) return NULL;
        char *room = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (room == MAP_FAILED) return NULL;
        for (int half = 0; half < 2; half++)
            if (mmap(room + half * size, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, *fd, 0) == MAP_FAILED) return NULL;
        return room;
    }
    """
    enum:
        O_CREAT
        O_EXCL
        O_DIRECTORY
        PROT_NONE
        MAP_FIXED
    void memory_poison(void *, size_t) nogil
    void memory_unpoison(void *, size_t) nogil
    void broken(const char *) nogil
    void *room_make(size_t) nogil
    void *ring_room_make(size_t, int *) nogil
    int libc_unlink "unlink"(const char *) nogil
    int libc_open "open"(const char *, int, int) nogil
    int libc_close "close"(int) nogil

cdef enum:
    RING = 64 * 1024                # the smallest ring there is
    SEGMENT = 64 * 1024
    SPAN_BITS = 18
    ROOM = 1 << 20                  # of a file; the largest mapping of a segment is 2 * span + 64 KiB
    FILES = 24
    NAME = 48
    FD_FIRST = 1 << 20
    FD_FOLDER = FD_FIRST + 1000     # of every folder

cdef struct memory_file:
    bint there
    char name[NAME]
    uint8_t *data
    uint64_t size
    uint64_t dirty                  # bytes from the start that may not be zero

cdef memory_file files[FILES]
cdef char names[FILES][NAME]      # of segments, in the real folder
cdef int ring_fd = -1               # of the room of files[0], which is always "ring"
cdef io_table real_io
cdef char tail_folder[256]
cdef uint64_t writes                # calls that changed something other than LOCK


cdef uint64_t pages(uint64_t size) noexcept nogil:
    return (size + 4095) & ~<uint64_t>4095


cdef void file_resize(memory_file *file, uint64_t size) noexcept nogil:
    """Zeros between the old end and the new one; what is behind the last page is nobody's."""
    cdef uint64_t limit = RING if file == &files[0] else <uint64_t>ROOM
    size = min(size, limit)
    memory_unpoison(file.data, pages(size))
    if size < file.size:
        memset(file.data + size, 0, file.size - size)
    file.size = size
    file.dirty = max(file.dirty, size)
    if file != &files[0]:
        memory_poison(file.data + pages(size), ROOM - pages(size))


cdef void file_drop(memory_file *file) noexcept nogil:
    cdef uint64_t limit = RING if file == &files[0] else <uint64_t>ROOM
    memory_unpoison(file.data, limit)
    memset(file.data, 0, file.dirty)
    file.dirty = file.size = 0
    file.there = False


cdef memory_file *file_find(const char *path) noexcept nogil:
    cdef const char *slash = strrchr(path, c"/")
    cdef const char *name = slash + 1 if slash != NULL else path
    cdef int i
    for i in range(FILES):
        if files[i].there and strcmp(files[i].name, name) == 0:
            return &files[i]
    return NULL


cdef memory_file *file_new(const char *name) noexcept nogil:
    """An empty file; NULL: the folder is full, or such a name is never made."""
    cdef int i, first = 0 if strcmp(name, b"ring") == 0 else 1
    cdef memory_file *file = file_find(name)
    if strlen(name) >= NAME:
        return NULL
    if file != NULL:
        file_drop(file)
        file.there = True
        return file
    for i in range(first, FILES):
        if not files[i].there:
            if files[i].data == NULL:
                files[i].data = <uint8_t *>room_make(ROOM)
                if files[i].data == NULL:
                    return NULL
            files[i].there = True
            memcpy(files[i].name, name, strlen(name) + 1)
            file_resize(&files[i], 0)
            return &files[i]
    return NULL


cdef bint file_is_segment(const memory_file *file) noexcept nogil:
    cdef size_t length = strlen(file.name)
    return length == 20 and memcmp(file.name + 16, b".seg", 4) == 0


cdef void folder_follow() noexcept nogil:
    """Gives the real folder the names that opendir() is to find; most inputs have the same ones as the input before."""
    cdef int i, k
    cdef bint wanted
    for i in range(FILES):
        if names[i][0] != 0:
            wanted = False
            for k in range(1, FILES):
                wanted = wanted or (files[k].there and strcmp(files[k].name, names[i]) == 0)
            if not wanted:
                name_remove(i)
    for k in range(1, FILES):
        if files[k].there and file_is_segment(&files[k]):
            name_add(files[k].name)


cdef void name_remove(int i) noexcept nogil:
    cdef char path[512]
    snprintf(path, sizeof(path), "%s/%s", tail_folder, names[i])
    libc_unlink(path)
    names[i][0] = 0


cdef void name_add(const char *name) noexcept nogil:
    cdef char path[512]
    cdef int i, fd, free_place = -1
    for i in range(FILES):
        if strcmp(names[i], name) == 0:
            return
        if names[i][0] == 0:
            free_place = i
    snprintf(path, sizeof(path), "%s/%s", tail_folder, name)
    fd = libc_open(path, O_CREAT, 0o600)
    if fd < 0 or free_place < 0:
        broken(b"the real folder cannot follow")
    libc_close(fd)
    memcpy(names[free_place], name, strlen(name) + 1)


cdef void files_reset() noexcept nogil:
    cdef int i
    global writes
    for i in range(FILES):
        if files[i].there:
            file_drop(&files[i])
    writes = 0


# ------------------------------------------------------------------------------------------------------------------ the calls

cdef memory_file *of_fd(int fd) noexcept nogil:
    cdef int i = fd - FD_FIRST
    return &files[i] if 0 <= i < FILES and files[i].there else NULL


cdef int memory_open(const char *path, int flags, int mode) noexcept nogil:
    cdef memory_file *file
    cdef const char *slash = strrchr(path, c"/")
    if flags & O_DIRECTORY:
        return FD_FOLDER
    file = file_find(path)
    if file != NULL and flags & O_EXCL:
        return -EEXIST
    if file == NULL and flags & O_CREAT:
        file = file_new(slash + 1 if slash != NULL else path)
        if file == NULL:
            return -ENOSPC
    if file == NULL:
        return -ENOENT
    return FD_FIRST + <int>(file - files)


cdef int memory_close(int fd) noexcept nogil:
    return 0 if fd >= FD_FIRST else real_io.close(fd)


cdef int64_t memory_pread(int fd, void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef memory_file *file = of_fd(fd)
    if file == NULL:
        return -EINVAL
    if offset >= file.size:
        return 0
    size = min(size, file.size - offset)
    memcpy(data, file.data + offset, size)
    return <int64_t>size


cdef void note_write(const memory_file *file) noexcept nogil:
    global writes
    if strcmp(file.name, b"LOCK") != 0:
        writes += 1


cdef int64_t memory_pwrite(int fd, const void *data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef memory_file *file = of_fd(fd)
    cdef uint64_t limit
    if file == NULL:
        return -EINVAL
    limit = RING if file == &files[0] else <uint64_t>ROOM
    if offset > limit or size > limit - offset:
        return -ENOSPC
    note_write(file)
    if offset + size > file.size:
        file_resize(file, offset + size)
    # The ring's memory may be the file itself.
    if file.data + offset != data:
        memcpy(file.data + offset, data, size)
    return <int64_t>size


cdef int memory_sync(int fd) noexcept nogil:
    return 0


cdef int memory_ftruncate(int fd, uint64_t size) noexcept nogil:
    cdef memory_file *file = of_fd(fd)
    if file == NULL:
        return real_io.ftruncate(fd, size)
    if size > ROOM:
        return -EFBIG
    note_write(file)
    file_resize(file, size)
    return 0


cdef int64_t memory_size(int fd) noexcept nogil:
    cdef memory_file *file = of_fd(fd)
    return <int64_t>file.size if file != NULL else -EINVAL


cdef int memory_rename(const char *source, const char *target) noexcept nogil:
    cdef memory_file *file = file_find(source)
    cdef memory_file *old = file_find(target)
    cdef const char *slash = strrchr(target, c"/")
    if file == NULL:
        return -ENOENT
    if old != NULL and old != file:
        file_drop(old)
    note_write(file)
    slash = slash + 1 if slash != NULL else target
    if strlen(slash) >= NAME:
        return -EINVAL
    memcpy(file.name, slash, strlen(slash) + 1)
    return 0


cdef int memory_unlink(const char *path) noexcept nogil:
    cdef memory_file *file = file_find(path)
    if file == NULL:
        return -ENOENT
    note_write(file)
    file_drop(file)
    return 0


cdef int memory_mkdir(const char *path, int mode) noexcept nogil:
    return -EEXIST


cdef int memory_flock(int fd, int operation) noexcept nogil:
    return 0


cdef int memory_in_place(int fd) noexcept nogil:
    return 1


cdef int memory_sparse(int fd) noexcept nogil:
    return 0


cdef void *memory_mmap(void *address, uint64_t size, int protection, int flags, int fd, uint64_t offset) noexcept nogil:
    cdef memory_file *file = of_fd(fd)
    if fd < FD_FIRST:
        return real_io.mmap(address, size, protection, flags, fd, offset)
    if file == &files[0]:
        return real_io.mmap(address, size, protection, flags, ring_fd, offset)
    # Address space is all that a mapping takes; what an input can ask for is bounded by the span.
    if file == NULL or size > ROOM:
        broken(b"a mapping larger than any segment")
    return file.data


cdef int memory_munmap(void *address, uint64_t size) noexcept nogil:
    cdef int i
    for i in range(1, FILES):
        if files[i].data == address:
            return 0
    return real_io.munmap(address, size)


cdef int memory_madvise(void *address, uint64_t size, int advice) noexcept nogil:
    cdef int i
    for i in range(1, FILES):
        # Populating what is behind the end of a file is an error of the kernel's.
        if files[i].data != NULL and files[i].data <= <uint8_t *>address < files[i].data + ROOM:
            if <uint8_t *>address + size > files[i].data + pages(files[i].size):
                return -ENOMEM
    return 0


cdef void memory_begin(const char *folder) noexcept nogil:
    """From here on the log's files are in memory; `folder` is real and empty."""
    real_io.open, real_io.close, real_io.pread, real_io.pwrite = io.open, io.close, io.pread, io.pwrite
    real_io.fsync, real_io.fdatasync, real_io.ftruncate, real_io.size = io.fsync, io.fdatasync, io.ftruncate, io.size
    real_io.rename, real_io.unlink, real_io.mkdir, real_io.flock = io.rename, io.unlink, io.mkdir, io.flock
    real_io.mmap, real_io.munmap, real_io.madvise, real_io.in_place = io.mmap, io.munmap, io.madvise, io.in_place
    real_io.sparse = io.sparse
    snprintf(tail_folder, sizeof(tail_folder), "%s", folder)
    if files[0].data == NULL:
        files[0].data = <uint8_t *>ring_room_make(RING, &ring_fd)
        if files[0].data == NULL:
            broken(b"no memory for the ring's file")
    memory_resume()


cdef void memory_resume() noexcept nogil:
    io.open, io.close, io.pread, io.pwrite = memory_open, memory_close, memory_pread, memory_pwrite
    io.fsync, io.fdatasync, io.ftruncate, io.size = memory_sync, memory_sync, memory_ftruncate, memory_size
    io.rename, io.unlink, io.mkdir, io.flock = memory_rename, memory_unlink, memory_mkdir, memory_flock
    io.mmap, io.munmap, io.madvise, io.in_place = memory_mmap, memory_munmap, memory_madvise, memory_in_place
    io.sparse = memory_sparse


cdef void memory_end() noexcept nogil:
    files_reset()
    folder_follow()
    io.open, io.close, io.pread, io.pwrite = real_io.open, real_io.close, real_io.pread, real_io.pwrite
    io.fsync, io.fdatasync, io.ftruncate, io.size = real_io.fsync, real_io.fdatasync, real_io.ftruncate, real_io.size
    io.rename, io.unlink, io.mkdir, io.flock = real_io.rename, real_io.unlink, real_io.mkdir, real_io.flock
    io.mmap, io.munmap, io.madvise, io.in_place = real_io.mmap, real_io.munmap, real_io.madvise, real_io.in_place
    io.sparse = real_io.sparse
