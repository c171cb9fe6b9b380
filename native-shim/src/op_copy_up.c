// SPDX-License-Identifier: Apache-2.0
/*
 * What a directory holds, copied into the new tmpfs that will cover it.
 *
 * The source is the image's: no link is followed, nothing but regular files is
 * read, and the depth has an end.  Times and extended attributes stay behind.
 */
#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>

#include "op.h"
#include "op_mount.h"

#define DEPTH_MAX	128

struct entry {		/* as getdents64(2) writes it */
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

static int copy_content(int from, int to, const char *name, struct fail *fail)
{
	ssize_t n;

	do {
		n = sendfile(to, from, NULL, 1 << 20);
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? fail_errno(fail, "sendfile", name) : 0;
}

static int copy_file(int from, int to, const char *name, struct fail *fail)
{
	OWNED_FD in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	OWNED_FD out = -1;
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		return fail_errno(fail, "openat", name);
	if (!S_ISREG(st.st_mode))
		return fail_set(fail, EAGAIN, "check", name);	/* exchanged under us */
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return fail_errno(fail, "openat", name);
	if (copy_content(in, out, name, fail) < 0)
		return -1;
	if (fchown(out, st.st_uid, st.st_gid) < 0)
		return fail_errno(fail, "fchown", name);
	if (fchmod(out, st.st_mode & 07777) < 0)
		return fail_errno(fail, "fchmod", name);
	return 0;
}

static int copy_link(int from, int to, const char *name, const struct stat *st, struct fail *fail)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(from, name, text, sizeof(text));

	if (n < 0)
		return fail_errno(fail, "readlinkat", name);
	if (n == sizeof(text))
		return fail_set(fail, ENAMETOOLONG, "readlinkat", name);
	text[n] = 0;
	if (symlinkat(text, to, name) < 0)
		return fail_errno(fail, "symlinkat", name);
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(fail, "fchownat", name);
	return 0;
}

/* Devices, fifos, sockets: the node alone. */
static int copy_node(int to, const char *name, const struct stat *st, struct fail *fail)
{
	if (mknodat(to, name, st->st_mode & (S_IFMT | 07777), st->st_rdev) < 0)
		return fail_errno(fail, "mknodat", name);
	if (fchownat(to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(fail, "fchownat", name);
	if (fchmodat(to, name, st->st_mode & 07777, 0) < 0)	/* ours alone, so there is no link to follow */
		return fail_errno(fail, "fchmodat", name);
	return 0;
}

static int copy_directory(int from, int to, int depth, const char *path, struct fail *fail);

static int copy_entry(int from, int to, const char *name, int depth, struct fail *fail)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(fail, "fstatat", name);
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, fail);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name, &st, fail);
	if (!S_ISDIR(st.st_mode))
		return copy_node(to, name, &st, fail);

	OWNED_FD in = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	OWNED_FD out = -1;

	if (in < 0)
		return fail_errno(fail, "openat", name);
	if (mkdirat(to, name, 0700) < 0)
		return fail_errno(fail, "mkdirat", name);
	out = openat(to, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return fail_errno(fail, "openat", name);
	return copy_directory(in, out, depth + 1, name, fail);
}

static int copy_directory(int from, int to, int depth, const char *path, struct fail *fail)
{
	OWNED_FD dir = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct entry) char room[2048];
	struct stat st;
	long n;

	if (dir < 0 || fstat(dir, &st) < 0)
		return fail_errno(fail, "openat", path);
	if (depth > DEPTH_MAX)
		return fail_set(fail, ELOOP, "check", path);
	while ((n = syscall(SYS_getdents64, dir, room, sizeof(room))) > 0) {
		for (long at = 0; at < n; ) {
			struct entry *e = (struct entry *)(room + at);

			at += e->reclen;
			if (strcmp(e->name, ".") == 0 || strcmp(e->name, "..") == 0)
				continue;
			if (copy_entry(dir, to, e->name, depth, fail) < 0)
				return -1;
		}
	}
	if (n < 0)
		return fail_errno(fail, "getdents64", path);
	/* Last: the copy of a directory that we may not write is written first. */
	if (fchownat(to, ".", st.st_uid, st.st_gid, 0) < 0)
		return fail_errno(fail, "fchownat", path);
	/* The new file system's own root has the mode that an option gave it. */
	if (depth > 0 && fchmodat(to, ".", st.st_mode & 07777, 0) < 0)
		return fail_errno(fail, "fchmodat", path);
	return 0;
}

int copy_up(int from, int to, const char *path, struct fail *fail)
{
	return copy_directory(from, to, 0, path, fail);
}
