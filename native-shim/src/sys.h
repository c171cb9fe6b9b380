/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_SYS_H
#define JRUNC_SYS_H

/*
 * System calls and constants that musl lacks, and the cleanup attribute for
 * descriptors.  Everything here is one kernel call; nothing decides.
 *
 * Constants newer than the 6.1 headers of Debian 12 are written out, each with
 * the kernel that brought it.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>

/*
 * For static arrays of which little is ever touched.  They come last in memory, so that
 * what is small and always used shares a few pages: each page that is touched first costs
 * the kernel some microseconds, in each process, and again after a fork.
 */
#define ROOM __attribute__((section(".bss.zz.room"), aligned(4096)))

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME		0x00000080
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE		1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC	O_CLOEXEC
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE		0x8000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH		0x1000
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC	(1U << 2)	/* 5.11 */
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW	0x00200000	/* 5.14 */
#endif
#ifndef MFD_EXEC
#define MFD_EXEC		0x0010U		/* 6.3 */
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC		0x0020		/* 6.3 */
#endif

/* One number on every architecture that has the unified table; musl 1.2.3 does not know it. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2		452		/* 6.6 */
#endif

#define PROC_MAGIC		0x9fa0
#define DEVPTS_MAGIC		0x1cd1

/* An int that is closed when it goes out of scope; set it to -1 to hand the descriptor on. */
static inline void close_owned(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}
#define OWNED_FD __attribute__((cleanup(close_owned))) int

/* Hand the descriptor on: returns it and forgets it here. */
static inline int give_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline pid_t sys_clone3(struct clone_args *args, size_t size)
{
	return (pid_t)syscall(SYS_clone3, args, size);
}

/*
 * clone3 with CLONE_VM|CLONE_VFORK: the child runs `child(what)`, which does not return, in our
 * memory and on the stack that `args` names, while we stand still until it has executed a program
 * or ended.  Nothing of our memory has to be copied for it.  Returns as clone3 does, in the parent
 * only.
 *
 * In assembly, as the child comes back from the call on another stack.  Not where that is not
 * written, nor under a sanitizer, which keeps account of the stack.
 */
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__)
#define HAVE_CLONE_SHARED	1
static inline pid_t sys_clone_shared(struct clone_args *args, size_t size, void (*child)(void *), void *what)
{
#if defined(__x86_64__)
	register void (*run)(void *) __asm__("r8") = child;
	register void *with __asm__("r9") = what;
	long rc = SYS_clone3;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %[with], %%rdi\n\t"
			 "call *%[run]\n\t"
			 "ud2\n"
			 "1:"
			 : "+a"(rc)
			 : "D"(args), "S"(size), [run] "r"(run), [with] "r"(with)
			 : "rcx", "r11", "cc", "memory");
#else
	register long rc __asm__("x0") = (long)args;
	register long x1 __asm__("x1") = (long)size;
	register void (*run)(void *) __asm__("x2") = child;
	register void *with __asm__("x3") = what;
	register long number __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "mov x30, xzr\n\t"
			 "mov x0, %[with]\n\t"
			 "blr %[run]\n\t"
			 "brk #1\n"
			 "1:"
			 : "+r"(rc)
			 : "r"(x1), [run] "r"(run), [with] "r"(with), "r"(number)
			 : "cc", "memory");
#endif
	if (rc >= 0)
		return (pid_t)rc;
	errno = (int)-rc;
	return -1;
}
#else
#define HAVE_CLONE_SHARED	0
static inline pid_t sys_clone_shared(struct clone_args *args, size_t size, void (*child)(void *), void *what)
{
	(void)args;
	(void)size;
	(void)child;
	(void)what;
	errno = ENOSYS;
	return -1;
}
#endif

/*
 * CLOCK_MONOTONIC in nanoseconds, for the launcher.  Not through the vDSO: to find it, and
 * the pages that it reads, costs a process that asks a few times more than to ask the kernel.
 */
static inline int64_t sys_now_ns(void)
{
	struct timespec ts;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static inline int64_t sys_now_ms(void)
{
	return sys_now_ns() / 1000000;
}

static inline int sys_openat2(int dir, const char *path, const struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir, path, how, sizeof(*how));
}

static inline int sys_open_tree(int dir, const char *path, unsigned int flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path,
				 unsigned int flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_fsopen(const char *fstype, unsigned int flags)
{
	return (int)syscall(SYS_fsopen, fstype, flags);
}

static inline int sys_fsconfig(int fs, unsigned int cmd, const char *key, const void *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs, cmd, key, value, aux);
}

static inline int sys_fsmount(int fs, unsigned int flags, unsigned int attrs)
{
	return (int)syscall(SYS_fsmount, fs, flags, attrs);
}

/* 5.12. */
static inline int sys_mount_setattr(int dir, const char *path, unsigned int flags, struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof(*attr));
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int sys_pidfd_getfd(int pidfd, int target, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, target, flags);
}

static inline int sys_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, info, flags);
}

static inline int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int sys_execveat(int dir, const char *path, char *const argv[], char *const envp[], int flags)
{
	return (int)syscall(SYS_execveat, dir, path, argv, envp, flags);
}

/* 6.6: the only way to change the mode behind an O_PATH descriptor without /proc. */
static inline int sys_fchmodat2(int dir, const char *path, mode_t mode, unsigned int flags)
{
	return (int)syscall(SYS_fchmodat2, dir, path, mode, flags);
}

/* musl's faccessat() forks when it wants AT_EACCESS of an old kernel; the call exists since 5.8. */
static inline int sys_faccessat2(int dir, const char *path, int mode, int flags)
{
	return (int)syscall(SYS_faccessat2, dir, path, mode, flags);
}

static inline int sys_seccomp(unsigned int operation, unsigned int flags, void *args)
{
	return (int)syscall(SYS_seccomp, operation, flags, args);
}

/* The whole kernel mask, signals 32-34 included, which musl keeps for itself. */
static inline int sys_sigmask(int how, uint64_t set)
{
	return (int)syscall(SYS_rt_sigprocmask, how, &set, NULL, sizeof(set));
}

/* Those that the C library refuses to look at, and a caller's posix_spawn() may leave ignored: 32-34. */
#define LIBC_SIGNALS	(7ULL << 31)

/*
 * Signals of these bits (sig - 1) back to their default action, as a new program
 * expects it.  All zero is SIG_DFL without flags in the kernel's struct of every
 * architecture.
 */
static inline void sys_default_signals(uint64_t which)
{
	static const uint64_t dfl[4];

	for (int sig = 1; sig < 65; sig++)
		if ((which >> (sig - 1) & 1) && sig != SIGKILL && sig != SIGSTOP)
			syscall(SYS_rt_sigaction, sig, dfl, NULL, sizeof(uint64_t));
}

static inline int sys_signalfd(uint64_t set, int flags)
{
	return (int)syscall(SYS_signalfd4, -1, &set, sizeof(set), flags);
}

/* The C library wraps these three for threads, which we have none of, and turns some ids away itself. */
static inline int sys_setresuid(uid_t r, uid_t e, uid_t s)
{
	return (int)syscall(SYS_setresuid, r, e, s);
}

static inline int sys_setresgid(gid_t r, gid_t e, gid_t s)
{
	return (int)syscall(SYS_setresgid, r, e, s);
}

static inline int sys_setgroups(size_t n, const gid_t *list)
{
	return (int)syscall(SYS_setgroups, n, list);
}

/* Bytes including the NUL, or -1: the raw call says "(unreachable)" where the C library would say ENOENT. */
static inline long sys_getcwd(char *room, size_t size)
{
	return syscall(SYS_getcwd, room, size);
}

/* What statx(2) tells beside fstat(2): musl's own struct has no mount id before 1.2.4. */
struct sys_statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	uint64_t times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mnt_id;
	uint64_t later[13];
};
#define SYS_STATX_BASIC		0x000007ffU
#define SYS_STATX_MNT_ID	0x00001000U	/* 5.8 */
#define SYS_STATX_MOUNT_ROOT	0x00002000ULL	/* 5.8, an attribute: this is the root of a mount */

/* Of the open descriptor itself. */
static inline int sys_statx_fd(int fd, struct sys_statx *st)
{
	return (int)syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW,
			    SYS_STATX_BASIC | SYS_STATX_MNT_ID, st);
}

#endif
