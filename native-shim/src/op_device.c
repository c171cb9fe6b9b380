// SPDX-License-Identifier: Apache-2.0
/* Nodes, links and directories below the container's root. */
#include <string.h>
#include <sys/sysmacros.h>

#include "op.h"
#include "op_mount.h"
#include "op_path.h"

#define NAME_ROOM	256

static bool same_device(const struct stat *st, mode_t mode, dev_t device)
{
	if ((st->st_mode & S_IFMT) != (mode & S_IFMT))
		return false;
	return S_ISFIFO(mode) || st->st_rdev == device;
}

static int fail_other_file(const char *path, struct fail *fail)
{
	fail_set(fail, EEXIST, "mknodat", path);
	return fail_detail(fail, "existing file is another kind or device");
}

/* Where the kernel makes no device nodes (user namespaces): the host's own, bound over an empty file. */
static int bind_device(int root, const char *path, const char *source, mode_t mode, dev_t device,
		       struct fail *fail)
{
	OWNED_FD from = open(source, O_PATH | O_CLOEXEC);
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return fail_errno(fail, "open", source);
	if (!same_device(&st, mode, device)) {
		fail_set(fail, EINVAL, "check", source);
		return fail_detail(fail, "the host has another kind or device there");
	}
	OWNED_FD tree = sys_open_tree(from, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0)
		return fail_errno(fail, "open_tree", source);
	OWNED_FD target = mount_target(root, path, true, MF_NOFOLLOW, NULL, fail);

	if (target < 0)
		return -1;
	return mount_attach(tree, target, path, fail);
}

int op_mknod(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s, *source = step->a[6].s;
	mode_t mode = (mode_t)step->a[1].i;
	dev_t device = makedev((unsigned)step->a[2].i, (unsigned)step->a[3].i);
	int root = root_fd(init, fail);
	char name[NAME_ROOM];
	struct stat st;
	bool made;

	if (root < 0)
		return -1;
	int parent = path_parent(root, path, name, &init->place, fail);

	if (parent < 0)
		return -1;
	mode_t was = umask(0);

	made = mknodat(parent, name, mode, S_ISFIFO(mode) ? 0 : device) == 0;
	int err = errno;

	umask(was);
	errno = err;
	if (!made && err == EPERM && *source)
		return bind_device(root, path, source, mode, device, fail);
	if (!made && err != EEXIST)
		return fail_errno(fail, "mknodat", path);
	if (made && fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && same_device(&st, mode, device) &&
	    path_owned(&st, mode & 07777, step->a[4].i, step->a[5].i))
		return 0;
	OWNED_FD node = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (node < 0 || fstat(node, &st) < 0)
		return fail_errno(fail, "openat", path);
	if (!same_device(&st, mode, device)) {
		/* An empty file is what an earlier bind left for us to cover. */
		if (*source && S_ISREG(st.st_mode) && st.st_size == 0)
			return bind_device(root, path, source, mode, device, fail);
		return fail_other_file(path, fail);
	}
	int rc = path_own(node, mode & 07777, step->a[4].i, step->a[5].i, path, fail);

	/* In a user namespace the host's node is not ours to change, and may be bound here already. */
	return rc < 0 && fail->err == EPERM && *source ? bind_device(root, path, source, mode, device, fail) : rc;
}

/* Does the link `name` in `parent` say `text`? */
static bool says(int parent, const char *name, const char *text)
{
	size_t n = strlen(text);
	char room[4096];

	return readlinkat(parent, name, room, sizeof(room)) == (ssize_t)n && memcmp(room, text, n) == 0;
}

int op_symlink(struct init *init, const struct step *step, struct fail *fail)
{
	const char *text = step->a[0].s, *path = step->a[1].s;
	bool replace = step->a[2].i;
	int root = root_fd(init, fail);
	char name[NAME_ROOM];

	if (root < 0)
		return -1;
	int parent = path_parent(root, path, name, &init->place, fail);

	if (parent < 0)
		return -1;
	for (int i = 0; i < 16; i++) {
		if (symlinkat(text, parent, name) == 0)
			return 0;
		if (errno != EEXIST)
			return fail_errno(fail, "symlinkat", path);
		if (!replace || says(parent, name, text))
			return 0;
		if (unlinkat(parent, name, 0) < 0 && errno == EISDIR)
			unlinkat(parent, name, AT_REMOVEDIR);
	}
	/* What is there does not go away: say why. */
	if (unlinkat(parent, name, 0) < 0)
		return fail_errno(fail, "unlinkat", path);
	return fail_set(fail, EEXIST, "symlinkat", path);
}

int op_mkdir(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	int root = root_fd(init, fail);
	struct stat st;
	bool created;

	if (root < 0)
		return -1;
	OWNED_FD dir = path_ensure(root, path, PATH_DIR, 0, &created, fail);

	if (dir < 0)
		return -1;
	if (fstat(dir, &st) < 0)
		return fail_errno(fail, "fstat", path);
	if (!S_ISDIR(st.st_mode))
		return fail_set(fail, ENOTDIR, "mkdirat", path);
	return created ? path_own(dir, step->a[1].i, -1, -1, path, fail) : 0;
}
