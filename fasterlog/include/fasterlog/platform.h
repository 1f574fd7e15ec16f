/* What Linux and macOS do in different ways, each under one name; everything else that the log calls is POSIX.
 *
 * The functions keep to the rules of the table in _io.pyx: 0 or more, or -errno; EINTR is taken up again, except in a wait.
 *
 * The macOS branch has never run on macOS.  FL_PORTABLE_PLATFORM selects it on Linux, where tests can run most of it: all but
 * F_FULLFSYNC and minherit.
 */
#ifndef FASTERLOG_PLATFORM_H
#define FASTERLOG_PLATFORM_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "atomics.h"

#define FL_PLATFORM static inline __attribute__((unused))

FL_PLATFORM int fl_fsync(int fd) {
#ifdef F_FULLFSYNC
    /* Darwin's fsync leaves the bytes in the drive's cache.  It is the next best where a file system has no full sync, and only
     * there: after any other error bytes may be lost, and a second call could answer 0. */
    do {
        if (fcntl(fd, F_FULLFSYNC) != -1) return 0;
    } while (errno == EINTR);
    if (errno != ENOTSUP && errno != ENOTTY && errno != EINVAL) return -errno;
#endif
    while (fsync(fd) != 0)
        if (errno != EINTR) return -errno;
    return 0;
}

#if defined(__linux__) && !defined(FL_PORTABLE_PLATFORM)

#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22       /* Linux 5.14; older kernels answer EINVAL */
#define MADV_POPULATE_WRITE 23
#endif

enum {
    FL_ADVICE_NOT_IN_CHILD = MADV_DONTFORK,
    FL_ADVICE_POPULATE_READ = MADV_POPULATE_READ,
    FL_ADVICE_POPULATE_WRITE = MADV_POPULATE_WRITE,
    FL_ADVICE_WRITE_BACK = -1,      /* never given */
};

/* fdatasync brings stores through a mapping to disk as well. */
#define FL_SYNC_NEEDS_WRITE_BACK 0

#define FL_ZFS_MAGIC 0x2fc12fc1

/* 1: the file's blocks are overwritten where they are, so a store through a mapping needs no new ones.  On btrfs that takes a flag,
 * which an empty file accepts; ZFS never does. */
FL_PLATFORM int fl_in_place(int fd) {
    struct statfs system;
    int flags = 0;
    if (fstatfs(fd, &system) != 0) return -errno;
    if ((unsigned long)system.f_type == FL_ZFS_MAGIC) return 0;
    if ((unsigned long)system.f_type != BTRFS_SUPER_MAGIC) return 1;
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return 0;
    if (flags & FS_NOCOW_FL) return 1;
    flags |= FS_NOCOW_FL;
    /* Not an error in itself: a file that holds bytes keeps its ways. */
    if (ioctl(fd, FS_IOC_SETFLAGS, &flags) != 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return 0;
    return (flags & FS_NOCOW_FL) != 0;
}

FL_PLATFORM int fl_fdatasync(int fd) {
    while (fdatasync(fd) != 0)
        if (errno != EINTR) return -errno;
    return 0;
}

FL_PLATFORM int fl_memfd(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    return fd >= 0 ? fd : -errno;
}

FL_PLATFORM int fl_madvise(void *address, uint64_t size, int advice) {
    while (madvise(address, size, advice) != 0)
        if (errno != EINTR) return -errno;
    return 0;
}

FL_PLATFORM int fl_futex_wait(fl_word32 *word, uint32_t expected, uint64_t timeout_ns) {
    struct timespec timeout = {(time_t)(timeout_ns / 1000000000), (long)(timeout_ns % 1000000000)};
    return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &timeout, NULL, 0) == 0 ? 0 : -errno;
}

FL_PLATFORM int fl_futex_wake(fl_word32 *word, int count) {
    long woken = syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
    return woken >= 0 ? (int)woken : -errno;
}

#elif defined(__APPLE__) || defined(FL_PORTABLE_PLATFORM)

#ifdef __APPLE__
#include <mach/vm_inherit.h>
#endif

/* Beside madvise's own numbers: these are calls of other names here, or none. */
enum {
    FL_ADVICE_NOT_IN_CHILD = 0x10001,
    FL_ADVICE_POPULATE_READ,
    FL_ADVICE_POPULATE_WRITE,
    FL_ADVICE_WRITE_BACK,
};

/* POSIX does not promise that fsync covers stores through a mapping. */
#define FL_SYNC_NEEDS_WRITE_BACK 1

/* APFS copies on write, but only where a clone shares the blocks. */
FL_PLATFORM int fl_in_place(int fd) { (void)fd; return 1; }

FL_PLATFORM int fl_fdatasync(int fd) { return fl_fsync(fd); }

/* A name that lives from one call to the next.  shm_open makes the descriptor close-on-exec by itself. */
FL_PLATFORM int fl_memfd(const char *name) {
    char path[32];                  /* macOS takes 31 characters */
    struct timespec now;
    (void)name;
    /* A name may be there: another thread's of this moment, or one left by a process that died between the two calls. */
    for (int turn = 0; turn < 100; turn++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        snprintf(path, sizeof path, "/fasterlog-%08x-%08x", (unsigned)getpid(), (unsigned)now.tv_nsec);
        int fd = shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        if (fd >= 0) {
            shm_unlink(path);
            return fd;
        }
        if (errno != EEXIST && errno != EINTR) return -errno;
    }
    return -EEXIST;
}

FL_PLATFORM int fl_madvise(void *address, uint64_t size, int advice) {
    int status;
    do {
        switch (advice) {
        case FL_ADVICE_NOT_IN_CHILD:
#ifdef __APPLE__
            status = minherit(address, size, VM_INHERIT_NONE);
#else
            status = madvise(address, size, MADV_DONTFORK);
#endif
            break;
        case FL_ADVICE_WRITE_BACK:
            status = msync(address, size, MS_SYNC);
            break;
        default:                    /* no populating: as an older Linux answers, so that the caller touches the pages */
            return -EINVAL;
        }
    } while (status != 0 && errno == EINTR);
    return status == 0 ? 0 : -errno;
}

/* Looks at the word instead of being woken.  Every waiter looks at its condition again after a wait, whatever ended it, and who
 * notifies changes the word before it wakes: so this is a futex that is up to a millisecond late. */
FL_PLATFORM int fl_futex_wait(fl_word32 *word, uint32_t expected, uint64_t timeout_ns) {
    uint64_t waited = 0, nap = 50000;
    struct timespec began, now, pause = {0, 0};
    if (fl_load32_seqcst(word) != expected) return -EAGAIN;
    clock_gettime(CLOCK_MONOTONIC, &began);
    while (waited < timeout_ns) {
        pause.tv_nsec = (long)(nap < timeout_ns - waited ? nap : timeout_ns - waited);
        if (nanosleep(&pause, NULL) != 0) return -errno;
        if (fl_load32_seqcst(word) != expected) return 0;
        clock_gettime(CLOCK_MONOTONIC, &now);
        waited = (uint64_t)(now.tv_sec - began.tv_sec) * 1000000000 + (uint64_t)(now.tv_nsec - began.tv_nsec);
        nap = nap < 500000 ? 2 * nap : 1000000;
    }
    return -ETIMEDOUT;
}

FL_PLATFORM int fl_futex_wake(fl_word32 *word, int count) {
    (void)word;
    (void)count;
    return 0;
}

#else
#error "fasterlog is written for Linux and macOS"
#endif
#endif
