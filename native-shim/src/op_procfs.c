// SPDX-License-Identifier: Apache-2.0
/* A procfs of our own: see op.h. */
#include <string.h>
#include <sys/statfs.h>

#include "op.h"

#define PROC_ROOT_INO	1

/* A new instance, attached nowhere.  -1 with errno. */
static int procfs_new(bool whole)
{
	OWNED_FD fs = sys_fsopen("proc", FSOPEN_CLOEXEC);

	if (fs < 0)
		return -1;
	if (!whole && sys_fsconfig(fs, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0 && errno != EINVAL)
		return -1;	/* EINVAL: before 5.8 there is no subset */
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return sys_fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* /proc itself, if it is the root of a procfs.  What may be mounted below it, RESOLVE_NO_XDEV keeps out. */
static int procfs_of_the_system(struct fail *fail)
{
	OWNED_FD fd = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return fail_errno(fail, "open", "/proc");
	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return fail_errno(fail, "fstatfs", "/proc");
	if (fs.f_type != PROC_MAGIC || st.st_ino != PROC_ROOT_INO) {
		fail_set(fail, EXDEV, "check", "/proc");
		return fail_detail(fail, "not a procfs");
	}
	return give_fd(&fd);
}

int procfs_open(bool whole, struct fail *fail)
{
	int fd = procfs_new(whole);

	if (fd >= 0)
		return fd;
	if (errno != EPERM && errno != ENOSYS && errno != EACCES)
		return fail_errno(fail, "fsopen", "proc");
	return procfs_of_the_system(fail);
}

int procfs_write(int procfs, const char *name, const char *text, size_t length, struct fail *fail)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int tries = 128;
	OWNED_FD fd = -1;
	ssize_t n;

	do {
		fd = sys_openat2(procfs, name, &how);
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries);
	if (fd < 0)
		return fail_errno(fail, "openat2", name);
	/* The kernel parses each write by itself: one, and whole. */
	do {
		n = write(fd, text, length);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_errno(fail, "write", name);
	if ((size_t)n != length)
		return fail_set(fail, EIO, "write", name);
	return 0;
}
