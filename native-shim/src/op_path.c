// SPDX-License-Identifier: Apache-2.0
/* Paths below the container's root: see op_path.h. */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "op.h"
#include "op_path.h"

#define AGAIN_TRIES	128	/* openat2 says EAGAIN when a rename runs beside a ".." below the root */
#define RACE_TRIES	16	/* somebody makes or removes the component that we make */
#define LINK_DEPTH	40	/* as the kernel's own limit on nested links */
#define NAME_ROOM	256

static int open_below(int root, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve,
	};
	int fd;

	for (int i = 0; i < AGAIN_TRIES; i++) {
		fd = sys_openat2(root, *path ? path : ".", &how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			return fd;
	}
	return -1;
}

int path_open(int root, const char *path, int flags)
{
	return open_below(root, path, flags, 0);
}

/* The component after `at`: its bounds.  "." is no component.  False at the end of the path. */
static bool next_component(const char *path, size_t at, size_t *start, size_t *end)
{
	for (;;) {
		while (path[at] == '/')
			at++;
		if (!path[at])
			return false;
		*start = at;
		while (path[at] && path[at] != '/')
			at++;
		*end = at;
		if (at - *start != 1 || path[*start] != '.')
			return true;
	}
}

/* The bounds of the last component.  False when there is none. */
static bool last_component(const char *path, size_t *start, size_t *end)
{
	size_t from = 0, to = 0;
	bool any = false;

	while (next_component(path, to, &from, &to)) {
		*start = from;
		*end = to;
		any = true;
	}
	return any;
}

/*
 * What a link at `path` says.  Returns its length, 0 when there is no link, or
 * -1 with errno (ENOENT: there is nothing at all).
 */
static ssize_t link_text(int root, const char *path, char *text, size_t room)
{
	OWNED_FD fd = open_below(root, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISLNK(st.st_mode))
		return 0;
	n = readlinkat(fd, "", text, room);
	if (n >= (ssize_t)room) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (n >= 0)
		text[n] = 0;
	return n;
}

static int make(int parent, const char *name, enum path_kind kind)
{
	mode_t was = umask(0);
	int rc = kind == PATH_DIR ? mkdirat(parent, name, 0755) : mknodat(parent, name, S_IFREG | 0644, 0);
	int saved = errno;

	umask(was);
	errno = saved;
	return rc;
}

static int ensure(int root, const char *path, enum path_kind kind, int flags, bool *created,
		  int depth, struct fail *fail);

/* The link that `prefix` ends with leads to nothing: make what it leads to.  `start`: where its name begins. */
static int make_link_target(int root, const char *prefix, size_t start, const char *text, enum path_kind kind,
			    int depth, struct fail *fail)
{
	char target[PATH_MAX];
	int n, fd;

	n = snprintf(target, sizeof(target), "%.*s%s", text[0] == '/' ? 0 : (int)start, prefix, text);
	if (n < 0 || n >= (int)sizeof(target))
		return fail_set(fail, ENAMETOOLONG, "readlinkat", prefix);
	fd = ensure(root, target, kind, 0, NULL, depth + 1, fail);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/*
 * Open the component that `prefix` ends with, made if it is missing.  `parent` is the
 * directory that holds it; `missing`: it was not there a moment ago, or is a link to nothing.
 */
static int step_into(int root, int parent, const char *prefix, size_t start, bool last, bool missing, enum path_kind kind,
		     int flags, bool *created, int depth, struct fail *fail)
{
	uint64_t resolve = flags & PATH_PLAIN ? RESOLVE_NO_SYMLINKS : 0;
	int how = O_PATH | (last ? (flags & PATH_NOFOLLOW ? O_NOFOLLOW : 0) : O_DIRECTORY);
	enum path_kind wanted = last ? kind : PATH_DIR;
	char text[PATH_MAX];

	for (int i = 0; i < RACE_TRIES; i++) {
		int fd = missing ? -1 : open_below(root, prefix, how, resolve);

		if (fd >= 0)
			return fd;
		if (!missing && errno != ENOENT)
			return fail_errno(fail, "openat2", prefix);
		missing = false;
		if (make(parent, prefix + start, wanted) == 0) {
			if (created && last)
				*created = true;
			continue;
		}
		if (errno != EEXIST)
			return fail_errno(fail, wanted == PATH_DIR ? "mkdirat" : "mknodat", prefix);
		ssize_t n = link_text(root, prefix, text, sizeof(text));

		/* No link, or nothing: it has come into being meanwhile, and perhaps gone again. */
		if (n < 0 && errno != ENOENT)
			return fail_errno(fail, "readlinkat", prefix);
		/* A link that must not be followed is what it is: opened again it says so itself. */
		if (n > 0 && ((flags & PATH_PLAIN) || (last && (flags & PATH_NOFOLLOW))))
			continue;
		if (n > 0 && make_link_target(root, prefix, start, text, wanted, depth, fail) < 0)
			return -1;
	}
	return fail_set(fail, EAGAIN, "openat2", prefix);
}

static int ensure(int root, const char *path, enum path_kind kind, int flags, bool *created,
		  int depth, struct fail *fail)
{
	uint64_t resolve = flags & PATH_PLAIN ? RESOLVE_NO_SYMLINKS : 0;
	size_t start, end, next_start, next_end;
	char prefix[PATH_MAX];
	bool missing = false;
	int fd;

	/* Most targets are there: one call. */
	fd = open_below(root, path, O_PATH | (flags & PATH_NOFOLLOW ? O_NOFOLLOW : 0), resolve);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT || (flags & PATH_EXISTING))
		return fail_errno(fail, "openat2", path);
	if (depth >= LINK_DEPTH)
		return fail_set(fail, ELOOP, "openat2", path);
	if (strlen(path) >= sizeof(prefix))
		return fail_set(fail, ENAMETOOLONG, "openat2", path);

	OWNED_FD parent = -1;
	bool named = next_component(path, 0, &start, &end);

	if (named && last_component(path, &next_start, &next_end) && next_start > start) {
		/* Mostly it is the last component alone that is missing. */
		memcpy(prefix, path, next_start);
		prefix[next_start] = 0;
		fd = open_below(root, prefix, O_PATH | O_DIRECTORY, resolve);
		if (fd >= 0) {
			parent = fd;
			start = next_start;
			end = next_end;
			missing = true;
		}
	}
	if (parent < 0)
		parent = openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0)
		return fail_errno(fail, "openat", path);
	if (!named)
		return give_fd(&parent);
	for (;;) {
		bool last = !next_component(path, end, &next_start, &next_end);

		memcpy(prefix, path, end);
		prefix[end] = 0;
		fd = step_into(root, parent, prefix, start, last, missing, kind, flags, created, depth, fail);
		if (fd < 0 || last)
			return fd;
		missing = false;
		close(parent);
		parent = fd;
		start = next_start;
		end = next_end;
	}
}

int path_ensure(int root, const char *path, enum path_kind kind, int flags, bool *created, struct fail *fail)
{
	struct stat st;

	if (created)
		*created = false;
	OWNED_FD fd = ensure(root, path, kind, flags, created, 0, fail);

	if (flags & PATH_PLAIN) {
		bool plain = fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);

		if (!plain && (fd >= 0 || fail->err == ELOOP || fail->err == ENOTDIR)) {
			fail_set(fail, ENOTDIR, "check", path);
			return fail_detail(fail, "not a plain directory");
		}
	}
	return give_fd(&fd);
}

int path_parent(int root, const char *path, char *name, struct path_place *kept, struct fail *fail)
{
	size_t last_start = 0, last_end = 0;
	char dir[PATH_MAX];

	if (!last_component(path, &last_start, &last_end) || (last_end - last_start == 2 && memcmp(path + last_start, "..", 2) == 0))
		return fail_set(fail, EINVAL, "check", path);
	if (last_end - last_start >= NAME_ROOM || last_start >= sizeof(dir))
		return fail_set(fail, ENAMETOOLONG, "check", path);
	memcpy(name, path + last_start, last_end - last_start);
	name[last_end - last_start] = 0;
	memcpy(dir, path, last_start);
	dir[last_start] = 0;
	if (kept->fd >= 0 && strcmp(kept->dir, dir) == 0)
		return kept->fd;
	path_forget(kept);
	kept->fd = path_ensure(root, dir, PATH_DIR, 0, NULL, fail);
	memcpy(kept->dir, dir, last_start + 1);
	return kept->fd;
}

void path_forget(struct path_place *kept)
{
	close_owned(&kept->fd);
	kept->fd = -1;
}

int path_is_root(int root, int fd)
{
	struct sys_statx a, b;

	if (sys_statx_fd(root, &a) < 0 || sys_statx_fd(fd, &b) < 0)
		return -1;
	return a.mnt_id == b.mnt_id && a.ino == b.ino &&
	       a.dev_major == b.dev_major && a.dev_minor == b.dev_minor;
}

/* Before 6.6 only a procfs can lead from an O_PATH descriptor to its inode. */
static int chmod_through_procfs(int fd, mode_t mode, const char *path, struct fail *fail)
{
	OWNED_FD procfs = procfs_open(false, fail);
	char name[64];

	if (procfs < 0)
		return -1;
	snprintf(name, sizeof(name), "thread-self/fd/%d", fd);
	if (fchmodat(procfs, name, mode, 0) < 0)
		return fail_errno(fail, "fchmodat", path);
	return 0;
}

static bool has_owner(const struct stat *st, int64_t uid, int64_t gid)
{
	return (uid < 0 || st->st_uid == (uid_t)uid) && (gid < 0 || st->st_gid == (gid_t)gid);
}

static bool has_mode(const struct stat *st, int64_t mode)
{
	return mode < 0 || (st->st_mode & 07777) == (mode_t)mode;
}

bool path_owned(const struct stat *st, int64_t mode, int64_t uid, int64_t gid)
{
	return has_owner(st, uid, gid) && has_mode(st, mode);
}

int path_own(int fd, int64_t mode, int64_t uid, int64_t gid, const char *path, struct fail *fail)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_errno(fail, "fstat", path);
	/* The owner first: chown takes setuid and setgid bits away. */
	if (!has_owner(&st, uid, gid)) {
		if (fchownat(fd, "", (uid_t)uid, (gid_t)gid, AT_EMPTY_PATH) < 0)
			return fail_errno(fail, "fchownat", path);
		if (fstat(fd, &st) < 0)
			return fail_errno(fail, "fstat", path);
	}
	if (has_mode(&st, mode))
		return 0;
	if (sys_fchmodat2(fd, "", (mode_t)mode, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOSYS)
		return fail_errno(fail, "fchmodat2", path);
	return chmod_through_procfs(fd, (mode_t)mode, path, fail);
}
