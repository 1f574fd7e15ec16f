/*
 * Preloaded into an interpreter: makes the k-th allocation fail that a module of fasterlog asks for, by the address the call comes from.
 * The C library's functions that allocate inside (opendir, strdup, pthread_create) count as one allocation of their caller.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

enum { RANGES_MOST = 256 };

static struct { uintptr_t begin, end; } ranges[RANGES_MOST];
static int range_count;
static long first_failing, failing_count; /* 0: none */
static long seen, failed;

static int note_module(struct dl_phdr_info *info, size_t size, void *unused) {
    (void)size, (void)unused;
    if (strstr(info->dlpi_name, "/fasterlog/") == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum && range_count < RANGES_MOST; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && header->p_flags & PF_X) {
            ranges[range_count].begin = info->dlpi_addr + header->p_vaddr;
            ranges[range_count].end = ranges[range_count].begin + header->p_memsz;
            range_count++;
        }
    }
    return 0;
}

/* Once, when all modules are loaded; returns how many there are. */
int oom_find_modules(void) {
    range_count = 0;
    dl_iterate_phdr(note_module, NULL);
    return range_count;
}

/* Allocations first .. first + count - 1 from now on fail. */
void oom_arm(long first, long count) {
    __atomic_store_n(&failing_count, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&seen, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&failed, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&first_failing, first, __ATOMIC_SEQ_CST);
    __atomic_store_n(&failing_count, count, __ATOMIC_SEQ_CST);
}

void oom_disarm(void) { __atomic_store_n(&failing_count, 0, __ATOMIC_SEQ_CST); }
long oom_seen(void) { return __atomic_load_n(&seen, __ATOMIC_SEQ_CST); }
long oom_failed(void) { return __atomic_load_n(&failed, __ATOMIC_SEQ_CST); }

static int fails(void *from) {
    long count = __atomic_load_n(&failing_count, __ATOMIC_SEQ_CST);
    if (count == 0)
        return 0;
    for (int i = 0; i < range_count; i++)
        if ((uintptr_t)from >= ranges[i].begin && (uintptr_t)from < ranges[i].end) {
            long number = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
            if (number < first_failing || number - first_failing >= count)
                return 0;
            __atomic_add_fetch(&failed, 1, __ATOMIC_SEQ_CST);
            errno = ENOMEM;
            return 1;
        }
    return 0;
}

#define FAILS() fails(__builtin_return_address(0))

void *malloc(size_t size) { return FAILS() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return FAILS() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return FAILS() ? NULL : __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { return FAILS() ? NULL : __libc_memalign(alignment, size); }

char *strdup(const char *text) {
    size_t size = strlen(text) + 1;
    char *copy = FAILS() ? NULL : __libc_malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    if (FAILS())
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

DIR *opendir(const char *path) {
    static DIR *(*real)(const char *);
    if (FAILS())
        return NULL;
    if (real == NULL)
        real = (DIR * (*)(const char *)) dlsym(RTLD_NEXT, "opendir");
    return real(path);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (FAILS())
        return EAGAIN;
    if (real == NULL)
        real = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, body, argument);
}
