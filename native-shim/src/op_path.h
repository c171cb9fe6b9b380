/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_OP_PATH_H
#define JRUNC_OP_PATH_H

#include <limits.h>
#include <stdbool.h>

#include "fail.h"
#include "sys.h"

/*
 * Paths below the container's root.
 *
 * The root file system belongs to whoever made the image, and may change while
 * we look at it.  So no function here walks a path itself: the kernel resolves
 * it below `root` (openat2, RESOLVE_IN_ROOT), and what comes out is a descriptor
 * that stays what it is whatever is renamed afterwards.  There is no string
 * fallback on purpose.  Needs Linux 5.6.
 *
 * A leading '/' and "." mean nothing; ".." stops at the root; "" is the root.
 */

/* What a missing last component becomes. */
enum path_kind {
	PATH_DIR,
	PATH_FILE,
};

#define PATH_NOFOLLOW	1	/* a link at the end is not followed but returned */
#define PATH_PLAIN	2	/* no link anywhere, and a directory at the end */
#define PATH_EXISTING	4	/* a missing component is ENOENT, not created */

/*
 * Open what exists.  `flags` as for open(2), O_CLOEXEC is added.
 * Returns the descriptor or -1 with errno alone: callers decide what ENOENT means.
 */
int path_open(int root, const char *path, int flags);

/*
 * O_PATH descriptor of `path`.  Missing components are made one by one, parents
 * as directories 0755, the last as `kind` (0755 or 0644, whatever the umask).
 * A link to nothing gets its target made, inside the root.
 * `created`, if not NULL, tells whether the last one is new.
 *
 * Returns it, or -1 with `fail`.  Directories made before a failure stay.
 */
int path_ensure(int root, const char *path, enum path_kind kind, int flags, bool *created, struct fail *fail);

/* The directory that was looked for last; -1 = none. */
struct path_place {
	int fd;
	char dir[PATH_MAX];
};

/*
 * The same for the directory that holds the last component; `name` (256 bytes)
 * gets that component.  For *at calls that make, remove or replace it.  EINVAL
 * when there is none ("/", "a/..").  The directory stays open in `kept`, for the
 * next one of the same name, until path_forget(): by whoever may have changed
 * what that name leads to.
 */
int path_parent(int root, const char *path, char *name, struct path_place *kept, struct fail *fail);
void path_forget(struct path_place *kept);

/* Is this descriptor the very root, by mount and inode?  -1 when that cannot be told. */
int path_is_root(int root, int fd);

/* Does it have this mode and owner?  -1 = any. */
bool path_owned(const struct stat *st, int64_t mode, int64_t uid, int64_t gid);

/* Set mode and owner of what an O_PATH descriptor stands for, where they differ; -1 = leave. */
int path_own(int fd, int64_t mode, int64_t uid, int64_t gid, const char *path, struct fail *fail);

#endif
