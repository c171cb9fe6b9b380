// SPDX-License-Identifier: Apache-2.0
/* The root itself: making it a mount, making it "/", its propagation. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "op.h"
#include "op_mount.h"
#include "op_path.h"

int op_propagation(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	unsigned long flags = (unsigned long)step->a[1].i;
	int root;

	if (!*path) {
		if (mount(NULL, "/", NULL, flags, NULL) < 0)
			return fail_errno(fail, "mount", "/");
		return 0;
	}
	root = root_fd(init, fail);
	if (root < 0)
		return -1;
	OWNED_FD fd = path_open(root, path, O_PATH);

	if (fd < 0)
		return fail_errno(fail, "openat2", path);
	return mount_change(fd, flags & MS_REC, 0, 0, flags & ~(unsigned long)MS_REC, path, fail);
}

/*
 * The root of the mount that holds `dir`: pivot_root refuses a new root whose
 * parent mount is shared.  Returns -1 without `fail` when it lies above "/".
 */
static int containing_mount(int dir)
{
	OWNED_FD fd = fcntl(dir, F_DUPFD_CLOEXEC, 3);
	struct sys_statx st, up;

	if (fd < 0 || sys_statx_fd(fd, &st) < 0)
		return -1;
	while (!(st.attributes & SYS_STATX_MOUNT_ROOT)) {
		int parent = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		close(fd);
		fd = parent;
		if (fd < 0 || sys_statx_fd(fd, &up) < 0)
			return -1;
		if (up.ino == st.ino && up.mnt_id == st.mnt_id)
			return -1;	/* our "/" is no mount of its own: a chroot */
		st = up;
	}
	return give_fd(&fd);
}

int op_rootfs(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	int64_t propagation = step->a[1].i;
	OWNED_FD dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir < 0)
		return fail_errno(fail, "open", path);
	if (!propagation) {
		slot_put(init, SLOT_ROOT, give_fd(&dir));
		return 0;
	}
	OWNED_FD parent = containing_mount(dir);

	if (parent >= 0 && mount_change(parent, propagation & MS_REC, 0, 0,
					(uint64_t)propagation & ~(uint64_t)MS_REC, path, fail) < 0)
		return -1;
	/* pivot_root wants a mount point, and changes of its flags must not reach the host's mount. */
	OWNED_FD tree = sys_open_tree(dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);

	if (tree < 0)
		return fail_errno(fail, "open_tree", path);
	if (mount_attach(tree, dir, path, fail) < 0)
		return -1;
	slot_put(init, SLOT_ROOT, give_fd(&tree));
	return 0;
}

static int pivot(int root, struct fail *fail)
{
	OWNED_FD old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0)
		return fail_errno(fail, "open", "/");
	if (fchdir(root) < 0)
		return fail_errno(fail, "fchdir", "root");
	/* The old root ends up mounted over the new one: no directory in the rootfs is needed for it. */
	if (sys_pivot_root(".", ".") < 0)
		return fail_errno(fail, "pivot_root", "root");
	if (fchdir(old) < 0)
		return fail_errno(fail, "fchdir", "old root");
	/* Or the unmount would travel to the host. */
	if (mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return fail_errno(fail, "mount", "old root");
	if (umount2(".", MNT_DETACH) < 0)
		return fail_errno(fail, "umount2", "old root");
	if (chdir("/") < 0)
		return fail_errno(fail, "chdir", "/");
	return 0;
}

/* Undo the \ooo of mountinfo in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = 0;
}

struct mount_line {
	uint64_t id;
	char *root, *point, *fstype;
};

/* Cut one line of mountinfo: ID PARENT MAJ:MIN ROOT POINT OPTIONS [FIELDS...] - FSTYPE SOURCE SUPER. */
static bool parse_line(char *line, struct mount_line *m)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);

	for (int i = 0; word; i++, word = strtok_r(NULL, " ", &save)) {
		if (i == 0)
			m->id = strtoull(word, NULL, 10);
		else if (i == 3)
			m->root = word;
		else if (i == 4)
			m->point = word;
		else if (i >= 6 && strcmp(word, "-") == 0) {
			m->fstype = strtok_r(NULL, " ", &save);
			break;
		}
	}
	if (!m->fstype)
		return false;
	unescape(m->root);
	unescape(m->point);
	return true;
}

#define MOUNTINFO_ROOM	(16 * 1024 * 1024)

/* Our mountinfo, NUL ended, in a mapping of MOUNTINFO_ROOM bytes: or NULL with `fail`. */
static char *read_mountinfo(struct fail *fail)
{
	OWNED_FD procfs = procfs_open(false, fail);
	OWNED_FD fd = -1;
	size_t used = 0;
	char *room;
	ssize_t n;

	if (procfs < 0)
		return NULL;
	fd = openat(procfs, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fail_errno(fail, "openat", "thread-self/mountinfo");
		return NULL;
	}
	room = mmap(NULL, MOUNTINFO_ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == MAP_FAILED) {
		fail_errno(fail, "mmap", "mountinfo");
		return NULL;
	}
	while ((n = read(fd, room + used, MOUNTINFO_ROOM - 1 - used)) > 0)
		used += (size_t)n;
	if (n < 0 || used == MOUNTINFO_ROOM - 1) {
		fail_set(fail, n < 0 ? errno : E2BIG, "read", "thread-self/mountinfo");
		munmap(room, MOUNTINFO_ROOM);
		return NULL;
	}
	return room;
}

/* Take a host mount away, or hide it where the kernel keeps it for us. */
static int remove_or_cover(const char *point, struct fail *fail)
{
	if (mount(NULL, point, NULL, MS_SLAVE | MS_REC, NULL) < 0) {
		if (errno == ENOENT || errno == EINVAL)
			return 0;	/* below one that is gone already */
		return fail_errno(fail, "mount", point);
	}
	if (umount2(point, MNT_DETACH) == 0)
		return 0;
	if (errno != EINVAL && errno != EPERM)
		return fail_errno(fail, "umount2", point);
	if (mount("tmpfs", point, "tmpfs", 0, NULL) < 0)
		return fail_errno(fail, "mount", point);
	return 0;
}

/*
 * Without pivot_root the host's mounts stay below us, out of reach but there.
 * A complete procfs or sysfs among them would let a nested user namespace mount
 * one of its own, unmasked.  So they go first.  Their paths are the host's, read
 * from the kernel before the root changes.
 */
static int drop_host_procfs(int root, struct fail *fail)
{
	struct sys_statx st;
	char *room, *line, *save = NULL;
	char keep[PATH_MAX] = "";
	size_t keep_len;
	int rc = 0;

	if (sys_statx_fd(root, &st) < 0)
		return fail_errno(fail, "statx", "root");
	for (int pass = 0; pass < 2 && rc == 0; pass++) {
		room = read_mountinfo(fail);
		if (!room)
			return -1;
		keep_len = strlen(keep);
		for (line = strtok_r(room, "\n", &save); line && rc == 0; line = strtok_r(NULL, "\n", &save)) {
			struct mount_line m = { 0 };

			if (!parse_line(line, &m))
				continue;
			if (pass == 0) {
				if (m.id == st.mnt_id)
					snprintf(keep, sizeof(keep), "%s", m.point);
				continue;
			}
			if (strcmp(m.root, "/") != 0 ||
			    (strcmp(m.fstype, "proc") != 0 && strcmp(m.fstype, "sysfs") != 0))
				continue;
			if (strncmp(m.point, keep, keep_len) == 0 && (m.point[keep_len] == '/' || !m.point[keep_len]))
				continue;
			rc = remove_or_cover(m.point, fail);
		}
		munmap(room, MOUNTINFO_ROOM);
		if (pass == 0 && !keep[0])
			return fail_set(fail, EINVAL, "check", "root is no mount");
	}
	return rc;
}

static int enter(int root, struct fail *fail)
{
	if (fchdir(root) < 0)
		return fail_errno(fail, "fchdir", "root");
	if (chroot(".") < 0)
		return fail_errno(fail, "chroot", "root");
	if (chdir("/") < 0)
		return fail_errno(fail, "chdir", "/");
	return 0;
}

static int move(int root, struct fail *fail)
{
	if (drop_host_procfs(root, fail) < 0)
		return -1;
	if (sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail_errno(fail, "move_mount", "root");
	return enter(root, fail);
}

int op_pivot_root(struct init *init, const struct step *step, struct fail *fail)
{
	int root = root_fd(init, fail);
	int rc;

	if (root < 0)
		return -1;
	switch (step->a[0].i) {
	case 0:
		rc = pivot(root, fail);
		break;
	case 1:
		rc = move(root, fail);
		break;
	case 2:
		rc = enter(root, fail);
		break;
	default:
		return fail_set(fail, EINVAL, "check", "pivot mode");
	}
	init->at_root = rc == 0;
	return rc;
}
