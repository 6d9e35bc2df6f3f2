/* Stands between a process and its SQLite file: fails chosen calls, and records what is written and what was forced to
 * disk. Preloaded by tests; commands come through a page that both sides share (see disk.rs for its numbers). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum call { WRITE, SYNC, TRUNCATE, OPEN, READ, MAP, UNLINK, STAT, LOCK, CALLS };
enum file { NONE, MAIN, LOG, SHARED, FILES };
enum mode { REFUSED, SHORTENED, TORN };
enum field { ARMED, CALL, FILE_, SKIPPED, MODE, ERRNO, TIMES, SEEN, HITS, RECORDS, COUNTS };

#define DESCRIPTORS_MAX 65536
static volatile uint64_t *page;
static int record = -1;
static unsigned char files[DESCRIPTORS_MAX];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...)                                                                                        \
    static type (*real)(__VA_ARGS__);                                                                                \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("DISK_CONTROL");
    int (*real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    if (!path) return;
    int fd = real_open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED) page = at;
    path = getenv("DISK_RECORD");
    if (path) record = real_open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int file_of_path(const char *path) {
    static const char *ends[] = {"/muster.db", "/muster.db-wal", "/muster.db-shm"};
    size_t length = strlen(path);
    for (int at = 0; at < 3; at++) {
        size_t end = strlen(ends[at]);
        if (length >= end && !strcmp(path + length - end, ends[at])) return at + 1;
    }
    return NONE;
}

static int file_of(int fd) { return fd >= 0 && fd < DESCRIPTORS_MAX ? files[fd] : NONE; }

/* The mode in which a call fails; -1 if it does not. */
static int fails(int call, int file) {
    if (!page || !file) return -1;
    __sync_fetch_and_add(&page[COUNTS + call * FILES + file], 1);
    if (!page[ARMED] || page[CALL] != (uint64_t)call || page[FILE_] != (uint64_t)file) return -1;
    uint64_t at = __sync_fetch_and_add(&page[SEEN], 1);
    if (at < page[SKIPPED] || at - page[SKIPPED] >= page[TIMES]) return -1;
    __sync_fetch_and_add(&page[HITS], 1);
    return (int)page[MODE];
}

static int refused(void) {
    errno = (int)page[ERRNO];
    return -1;
}

/* Numbers of records: the call; 32 more where it began, 64 more where it failed. */
static void note(int call, int file, uint64_t offset, uint64_t length, const void *bytes) {
    if (record < 0 || !page || file == NONE || file == SHARED) return;
    REAL(ssize_t, "write", int, const void *, size_t);
    uint64_t head[4] = {(uint64_t)call, (uint64_t)file, offset, length};
    if (real(record, head, sizeof head) != sizeof head) abort();
    if (bytes && real(record, bytes, length) != (ssize_t)length) abort();
    page[RECORDS]++;
}

static ssize_t real_pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return real(fd, bytes, length, offset);
}

static int opened(const char *path, int fd) {
    if (fd >= 0 && fd < DESCRIPTORS_MAX) files[fd] = (unsigned char)file_of_path(path);
    return fd;
}

#define OPENING(name)                                                                                                \
    int name(const char *path, int flags, ...) {                                                                     \
        REAL(int, #name, const char *, int, ...);                                                                    \
        va_list list;                                                                                                \
        va_start(list, flags);                                                                                       \
        int mode = va_arg(list, int);                                                                                \
        va_end(list);                                                                                                \
        return fails(OPEN, file_of_path(path)) >= 0 ? refused() : opened(path, real(path, flags, mode));             \
    }
OPENING(open)
OPENING(open64)

int close(int fd) {
    REAL(int, "close", int);
    if (fd >= 0 && fd < DESCRIPTORS_MAX) files[fd] = NONE;
    return real(fd);
}

/* Writes where the file stands, or at an offset. */
static ssize_t written(int fd, const void *bytes, size_t length, off_t offset, int is_placed) {
    int file = file_of(fd);
    pthread_mutex_lock(&turn);
    int mode = fails(WRITE, file);
    size_t part = mode == REFUSED ? 0 : mode < 0 ? length : length / 2;
    if (!is_placed) offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = part ? real_pwrite(fd, bytes, part, offset) : 0;
    int failure = errno;
    if (done > 0) note(WRITE, file, (uint64_t)offset, (uint64_t)done, bytes);
    if (done > 0 && !is_placed) lseek(fd, done, SEEK_CUR);
    pthread_mutex_unlock(&turn);
    errno = failure;
    return mode == REFUSED || mode == TORN ? refused() : done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return file_of(fd) ? written(fd, bytes, length, 0, 0) : real(fd, bytes, length);
}

#define PLACED(writes, reads)                                                                                        \
    ssize_t writes(int fd, const void *bytes, size_t length, off_t offset) {                                         \
        return file_of(fd) ? written(fd, bytes, length, offset, 1) : real_pwrite(fd, bytes, length, offset);         \
    }                                                                                                                \
    ssize_t reads(int fd, void *bytes, size_t length, off_t offset) {                                                \
        REAL(ssize_t, #reads, int, void *, size_t, off_t);                                                           \
        int mode = fails(READ, file_of(fd));                                                                         \
        if (mode == REFUSED || mode == TORN) return refused();                                                       \
        return real(fd, bytes, mode == SHORTENED && length > 1 ? length / 2 : length, offset);                       \
    }
PLACED(pwrite, pread)
PLACED(pwrite64, pread64)

ssize_t read(int fd, void *bytes, size_t length) {
    REAL(ssize_t, "read", int, void *, size_t);
    int mode = fails(READ, file_of(fd));
    if (mode == REFUSED || mode == TORN) return refused();
    return real(fd, bytes, mode == SHORTENED && length > 1 ? length / 2 : length);
}

#define SYNCING(name)                                                                                                \
    int name(int fd) {                                                                                               \
        REAL(int, #name, int);                                                                                       \
        int file = file_of(fd);                                                                                      \
        if (!file) return real(fd);                                                                                  \
        pthread_mutex_lock(&turn);                                                                                   \
        int mode = fails(SYNC, file);                                                                                \
        note(SYNC + (mode < 0 ? 32 : 64), file, (uint64_t)pthread_self(), 0, NULL);                                  \
        pthread_mutex_unlock(&turn);                                                                                 \
        if (mode >= 0) return refused();                                                                             \
        /* Where all is recorded, the record decides what is on the disk. */                                         \
        if (record >= 0) usleep(300);                                                                                \
        else if (real(fd)) return -1;                                                                                \
        pthread_mutex_lock(&turn);                                                                                   \
        note(SYNC, file, (uint64_t)pthread_self(), 0, NULL);                                                         \
        pthread_mutex_unlock(&turn);                                                                                 \
        return 0;                                                                                                    \
    }
SYNCING(fsync)
SYNCING(fdatasync)

#define TRUNCATING(name)                                                                                             \
    int name(int fd, off_t length) {                                                                                 \
        REAL(int, #name, int, off_t);                                                                                \
        int file = file_of(fd);                                                                                      \
        if (!file) return real(fd, length);                                                                          \
        pthread_mutex_lock(&turn);                                                                                   \
        int mode = fails(TRUNCATE, file), done = mode >= 0 ? -1 : real(fd, length), failure = errno;                 \
        if (!done) note(TRUNCATE, file, (uint64_t)length, 0, NULL);                                                  \
        pthread_mutex_unlock(&turn);                                                                                 \
        errno = failure;                                                                                             \
        return mode >= 0 ? refused() : done;                                                                         \
    }
TRUNCATING(ftruncate)
TRUNCATING(ftruncate64)

#define MAPPING(name)                                                                                                \
    void *name(void *at, size_t length, int protection, int flags, int fd, off_t offset) {                           \
        REAL(void *, #name, void *, size_t, int, int, int, off_t);                                                   \
        int file = flags & MAP_ANONYMOUS ? NONE : file_of(fd);                                                       \
        if (file && fails(MAP, file) >= 0) return (void *)(intptr_t)refused();                                       \
        return real(at, length, protection, flags, fd, offset);                                                      \
    }
MAPPING(mmap)
MAPPING(mmap64)

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    int file = file_of_path(path);
    if (!file) return real(path);
    pthread_mutex_lock(&turn);
    int mode = fails(UNLINK, file), done = mode >= 0 ? -1 : real(path), failure = errno;
    if (!done) note(UNLINK, file, 0, 0, NULL);
    pthread_mutex_unlock(&turn);
    errno = failure;
    return mode >= 0 ? refused() : done;
}

#define STATTING(name, type)                                                                                         \
    int name(int fd, struct type *status) {                                                                          \
        REAL(int, #name, int, struct type *);                                                                        \
        return fails(STAT, file_of(fd)) >= 0 ? refused() : real(fd, status);                                         \
    }
STATTING(fstat, stat)
STATTING(fstat64, stat64)

#define LOCKING(name)                                                                                                \
    int name(int fd, int command, ...) {                                                                             \
        REAL(int, #name, int, int, ...);                                                                             \
        va_list list;                                                                                                \
        va_start(list, command);                                                                                     \
        void *argument = va_arg(list, void *);                                                                       \
        va_end(list);                                                                                                \
        /* To give a lock back takes no room and no device. */                                                       \
        int is_lock = (command == F_SETLK || command == F_SETLKW) && ((struct flock *)argument)->l_type != F_UNLCK;  \
        return is_lock && fails(LOCK, file_of(fd)) >= 0 ? refused() : real(fd, command, argument);                   \
    }
LOCKING(fcntl)
LOCKING(fcntl64)
