// SPDX-License-Identifier: Apache-2.0
/* Hiding and write-protecting paths of the container from itself. */
#include <string.h>
#include <sys/sysmacros.h>

#include "op.h"
#include "op_mount.h"
#include "op_null.h"
#include "op_path.h"

#define NULL_PATH	"/dev/null"

bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

int open_null(int root, int flags, struct fail *fail)
{
	/* Looked at before it is opened: opening some other device may do something. */
	OWNED_FD fd = path_open(root, NULL_PATH, O_PATH | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(fail, "openat2", NULL_PATH);
	if (is_null(&st) && !(flags & O_PATH)) {
		close(fd);
		fd = path_open(root, NULL_PATH, flags | O_NOFOLLOW | O_NOCTTY);
		if (fd < 0 || fstat(fd, &st) < 0)
			return fail_errno(fail, "openat2", NULL_PATH);
	}
	if (!is_null(&st)) {
		fail_set(fail, EINVAL, "check", NULL_PATH);
		return fail_detail(fail, "not the null device");
	}
	return give_fd(&fd);
}

/* -1 with `fail`; -2: there is nothing, which is fine. */
static int open_if_there(int root, const char *path, struct fail *fail)
{
	int fd = path_open(root, path, O_PATH);

	if (fd >= 0)
		return fd;
	return errno == ENOENT || errno == ENOTDIR ? -2 : fail_errno(fail, "openat2", path);
}

static int mask_file(int root, int target, const char *path, struct fail *fail)
{
	OWNED_FD null = open_null(root, O_PATH, fail);

	if (null < 0)
		return -1;
	OWNED_FD tree = sys_open_tree(null, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0)
		return fail_errno(fail, "open_tree", NULL_PATH);
	return mount_attach(tree, target, path, fail);
}

static int empty_tmpfs(struct fail *fail)
{
	static const char *const one[] = { "ro", "nr_blocks=1", "nr_inodes=1", NULL };
	/* Some kernels count the root differently. */
	static const char *const two[] = { "ro", "nr_blocks=1", "nr_inodes=2", NULL };
	int fd = mount_new("tmpfs", "tmpfs", one, MOUNT_ATTR_RDONLY, fail);

	return fd >= 0 ? fd : mount_new("tmpfs", "tmpfs", two, MOUNT_ATTR_RDONLY, fail);
}

/* One superblock for all of them: each more is a thing the kernel's memory shrinker walks. */
static int mask_directory(struct init *init, int target, const char *path, struct fail *fail)
{
	struct stat mask, st;

	if (init->mask < 0) {
		OWNED_FD first = empty_tmpfs(fail);

		if (first < 0 || mount_attach(first, target, path, fail) < 0)
			return -1;
		init->mask = give_fd(&first);
		return 0;
	}
	if (fstat(init->mask, &mask) < 0 || fstat(target, &st) < 0)
		return fail_errno(fail, "fstat", path);
	if (mask.st_dev == st.st_dev)
		return 0;	/* named twice */
	OWNED_FD tree = sys_open_tree(init->mask, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0)
		return fail_errno(fail, "open_tree", path);
	return mount_attach(tree, target, path, fail);
}

int op_mask_path(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	int root = root_fd(init, fail);
	struct stat st;

	if (root < 0)
		return -1;
	OWNED_FD target = open_if_there(root, path, fail);

	if (target < 0)
		return target == -2 ? 0 : -1;
	if (path_is_root(root, target)) {
		fail_set(fail, EINVAL, "check", path);
		return fail_detail(fail, "target is the root");
	}
	if (fstat(target, &st) < 0)
		return fail_errno(fail, "fstat", path);
	if (S_ISDIR(st.st_mode))
		return mask_directory(init, target, path, fail);
	if (is_null(&st))
		return 0;	/* named twice, or nothing to hide */
	return mask_file(root, target, path, fail);
}

int op_readonly_path(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	int root = root_fd(init, fail);

	if (root < 0)
		return -1;
	OWNED_FD target = open_if_there(root, path, fail);

	if (target < 0)
		return target == -2 ? 0 : -1;
	if (path_is_root(root, target)) {
		fail_set(fail, EINVAL, "check", path);
		return fail_detail(fail, "target is the root");
	}
	OWNED_FD tree = sys_open_tree(target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);

	if (tree < 0)
		return fail_errno(fail, "open_tree", path);
	if (mount_attach(tree, target, path, fail) < 0)
		return -1;
	return mount_change(tree, false, MOUNT_ATTR_RDONLY, 0, 0, path, fail);
}

int op_reopen_null(struct init *init, const struct step *step, struct fail *fail)
{
	int root = root_fd(init, fail);
	OWNED_FD null = -1;
	struct stat st;

	(void)step;
	if (root < 0)
		return -1;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0 || !is_null(&st))
			continue;
		if (null < 0)
			null = open_null(root, O_RDWR, fail);
		if (null < 0)
			return -1;
		if (dup3(null, fd, 0) < 0)
			return fail_errno(fail, "dup3", NULL_PATH);
	}
	return 0;
}
