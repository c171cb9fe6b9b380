// SPDX-License-Identifier: Apache-2.0
/* Mounts below the container's root: descriptors to descriptors, with no path in between. */
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>

#include "op.h"
#include "op_mount.h"
#include "op_path.h"

#define FS_VALUE_MAX	255	/* fsconfig(2) takes no longer string; mount(2) takes a page of options */
#define PROC_MAGIC	0x9fa0
#define BUSY_TRIES	5
#define BUSY_WAIT_MS	100

#ifndef MS_LAZYTIME
#define MS_LAZYTIME	(1 << 25)
#endif
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW	256	/* 5.10 */
#endif

int mount_attach(int tree, int target, const char *path, struct fail *fail)
{
	struct stat from, to;

	if (sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
		return 0;
	fail_errno(fail, "move_mount", path);
	/* Of EINVAL for a directory on a file, or the other way round, a user can make nothing. */
	if (fail->err == EINVAL && fstat(tree, &from) == 0 && fstat(target, &to) == 0 && S_ISDIR(from.st_mode) != S_ISDIR(to.st_mode))
		return fail_set(fail, ENOTDIR, "move_mount", path);
	return -1;
}

static unsigned long attrs_to_ms(uint64_t attrs)
{
	/* The lowest four bits are the same. */
	unsigned long ms = (unsigned long)(attrs & 0xf);

	switch (attrs & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_NOATIME:
		ms |= MS_NOATIME;
		break;
	case MOUNT_ATTR_STRICTATIME:
		ms |= MS_STRICTATIME;
		break;
	default:
		ms |= MS_RELATIME;
	}
	if (attrs & MOUNT_ATTR_NODIRATIME)
		ms |= MS_NODIRATIME;
	if (attrs & MOUNT_ATTR_NOSYMFOLLOW)
		ms |= MS_NOSYMFOLLOW;
	return ms;
}

/* The flags that a mount has now, as MOUNT_ATTR_*. */
static int attrs_of(int fd, uint64_t *attrs)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return -1;
	*attrs = fs.f_flag & 0xf;
	if (fs.f_flag & ST_NOATIME)
		*attrs |= MOUNT_ATTR_NOATIME;
	else if (!(fs.f_flag & ST_RELATIME))
		*attrs |= MOUNT_ATTR_STRICTATIME;
	if (fs.f_flag & ST_NODIRATIME)
		*attrs |= MOUNT_ATTR_NODIRATIME;
	return 0;
}

/* mount(2) knows paths only: the descriptor's own name in a procfs that is ours, with that as working directory. */
static int mount_on_descriptor(int fd, unsigned long flags, const char *data, const char *path, struct fail *fail)
{
	OWNED_FD procfs = procfs_open(false, fail);
	OWNED_FD cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	OWNED_FD fds = -1;
	char name[16];
	int rc, saved;

	if (procfs < 0)
		return -1;
	fds = openat(procfs, "thread-self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds < 0 || cwd < 0 || fchdir(fds) < 0)
		return fail_errno(fail, "fchdir", "thread-self/fd");
	snprintf(name, sizeof(name), "%d", fd);
	rc = mount(NULL, name, NULL, flags, data);
	saved = errno;
	if (fchdir(cwd) < 0)
		return fail_errno(fail, "fchdir", path);
	errno = saved;
	return rc < 0 ? fail_errno(fail, "mount", path) : 0;
}

/* mount_setattr's work before 5.12. */
static int change_by_remount(int fd, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation,
			     const char *path, struct fail *fail)
{
	uint64_t attrs;

	if (recursive && (set || clear))
		return fail_set(fail, ENOSYS, "mount_setattr", path);
	if (set || clear) {
		if (attrs_of(fd, &attrs) < 0)
			return fail_errno(fail, "fstatvfs", path);
		attrs = (attrs & ~clear) | set;
		if (mount_on_descriptor(fd, MS_REMOUNT | MS_BIND | attrs_to_ms(attrs), NULL, path, fail) < 0)
			return -1;
	}
	if (propagation)
		return mount_on_descriptor(fd, (unsigned long)propagation | (recursive ? MS_REC : 0), NULL, path,
					   fail);
	return 0;
}

int mount_change(int fd, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation,
		 const char *path, struct fail *fail)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .propagation = propagation };

	if (sys_mount_setattr(fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr) == 0)
		return 0;
	if (errno != ENOSYS)
		return fail_errno(fail, "mount_setattr", path);
	return change_by_remount(fd, recursive, set, clear, propagation, path, fail);
}

/* Fill `fail` from errno, with what the file system wrote into its context's log. */
static int fail_context(int fs, const char *call, const char *object, struct fail *fail)
{
	char line[256];
	ssize_t n;

	fail_errno(fail, call, object);
	while ((n = read(fs, line, sizeof(line) - 1)) > 0) {
		while (n > 0 && line[n - 1] == '\n')
			n--;
		line[n] = 0;
		/* "e text": error, "w" warning, "i" information. */
		const char *text = n > 2 && line[1] == ' ' ? line + 2 : line;

		if (fail->detail[0])
			fail_detail(fail, "; ");
		fail_detail(fail, text);
	}
	return -1;
}

static int set_option(int fs, const char *option, const char *fstype, struct fail *fail)
{
	const char *equals = strchr(option, '=');
	char key[128];

	if (!equals) {
		if (sys_fsconfig(fs, FSCONFIG_SET_FLAG, option, NULL, 0) < 0)
			return fail_context(fs, "fsconfig", option, fail);
		return 0;
	}
	if ((size_t)(equals - option) >= sizeof(key))
		return fail_set(fail, EINVAL, "fsconfig", fstype);
	memcpy(key, option, (size_t)(equals - option));
	key[equals - option] = 0;
	if (sys_fsconfig(fs, FSCONFIG_SET_STRING, key, equals + 1, 0) < 0)
		return fail_context(fs, "fsconfig", option, fail);
	return 0;
}

int mount_new(const char *fstype, const char *source, const char *const *options, uint64_t attrs,
	      struct fail *fail)
{
	OWNED_FD fs = sys_fsopen(fstype, FSOPEN_CLOEXEC);
	int mnt;

	if (fs < 0)
		return fail_errno(fail, "fsopen", fstype);
	if (*source && sys_fsconfig(fs, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return fail_context(fs, "fsconfig", source, fail);
	for (; *options; options++)
		if (set_option(fs, *options, fstype, fail) < 0)
			return -1;
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return fail_context(fs, "fsconfig", fstype, fail);
	mnt = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	if (mnt < 0)
		return fail_context(fs, "fsmount", fstype, fail);
	return mnt;
}

/*
 * Does `fd` lie in the procfs at /proc although `path` does not say so?  Which
 * files of it may be covered was decided by their names; a link of the image
 * must not lead a mount to another one, or on top of all (CVE-2019-16884).
 */
static bool hidden_in_proc(int root, const char *path, int fd)
{
	struct statfs fs;
	struct stat here, top;

	while (*path == '/')
		path++;
	if (strncmp(path, "proc", 4) == 0 && (path[4] == '/' || !path[4]))
		return false;
	if (fstatfs(fd, &fs) < 0 || fs.f_type != PROC_MAGIC)
		return false;
	OWNED_FD proc = path_open(root, "proc", O_PATH);

	/* A second procfs elsewhere is nobody's source of truth. */
	return proc >= 0 && fstat(proc, &top) == 0 && fstat(fd, &here) == 0 && top.st_dev == here.st_dev;
}

int mount_target(int root, const char *path, bool file, int64_t mf, bool *existed, struct fail *fail)
{
	int flags = (mf & MF_PLAIN_DIR ? PATH_PLAIN : 0) | (mf & MF_NOFOLLOW ? PATH_NOFOLLOW : 0) |
		    (mf & MF_NO_CREATE ? PATH_EXISTING : 0);
	enum path_kind kind = file || (mf & MF_FILE) ? PATH_FILE : PATH_DIR;
	bool created;
	OWNED_FD fd = path_ensure(root, path, kind, flags, &created, fail);

	if (fd < 0)
		return -1;
	if (existed)
		*existed = !created;
	if (path_is_root(root, fd)) {
		fail_set(fail, EINVAL, "check", path);
		return fail_detail(fail, "target is the root");
	}
	if (hidden_in_proc(root, path, fd)) {
		fail_set(fail, EINVAL, "check", path);
		return fail_detail(fail, "inside /proc");
	}
	return give_fd(&fd);
}

/* Some values are too long for it, and of counting versions it has no word that every file system knows. */
static bool not_for_fsconfig(const char *source, const char *const *options)
{
	if (strlen(source) > FS_VALUE_MAX)
		return true;
	for (; *options; options++) {
		const char *equals = strchr(*options, '=');

		if ((equals && strlen(equals + 1) > FS_VALUE_MAX) || strcmp(*options, "iversion") == 0)
			return true;
	}
	return false;
}

/* Words that are flags to mount(2); fsconfig(2) knows them as words.  Their opposites are the default of a new file system. */
static const struct { const char *word; unsigned long flag; } superblock_words[] = {
	{ "ro", MS_RDONLY }, { "sync", MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC }, { "mand", MS_MANDLOCK },
	{ "lazytime", MS_LAZYTIME }, { "iversion", MS_I_VERSION }, { "rw", 0 }, { "async", 0 }, { "nomand", 0 }, { "nolazytime", 0 },
};

static bool superblock_flag(const char *word, unsigned long *flags)
{
	for (size_t i = 0; i < sizeof(superblock_words) / sizeof(superblock_words[0]); i++)
		if (strcmp(word, superblock_words[i].word) == 0) {
			*flags |= superblock_words[i].flag;
			return true;
		}
	return false;
}

/* The layers of an overlay, mostly: mount(2) on the target as working directory. */
static int mount_by_path(int target, const char *fstype, const char *source, const char *const *options,
			 uint64_t attrs, const char *path, struct fail *fail)
{
	OWNED_FD cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	unsigned long flags = attrs_to_ms(attrs);
	char data[4096];
	size_t used = 0;
	int rc, saved;

	data[0] = 0;
	for (; *options; options++) {
		if (superblock_flag(*options, &flags))
			continue;
		int n = snprintf(data + used, sizeof(data) - used, "%s%s", used ? "," : "", *options);

		if (n < 0 || (size_t)n >= sizeof(data) - used)
			return fail_set(fail, E2BIG, "mount", path);
		used += (size_t)n;
	}
	if (cwd < 0 || fchdir(target) < 0)
		return fail_errno(fail, "fchdir", path);
	rc = mount(source, ".", fstype, flags, data);
	saved = errno;
	if (fchdir(cwd) < 0)
		return fail_errno(fail, "fchdir", path);
	errno = saved;
	return rc < 0 ? fail_errno(fail, "mount", path) : 0;
}

#define OPTIONS_MAX	128

int op_mount_fs(struct init *init, const struct step *step, struct fail *fail)
{
	const char *fstype = step->a[0].s, *source = step->a[1].s, *path = step->a[4].s;
	const char *options[OPTIONS_MAX + 2];
	uint64_t attrs = (uint64_t)step->a[3].i;
	int64_t mf = step->a[5].i;
	int root = root_fd(init, fail);
	char mode[16];
	struct stat st;
	bool existed;

	if (root < 0)
		return -1;
	if (arg_list(&step->a[2], options, OPTIONS_MAX) < 0)
		return fail_set(fail, E2BIG, "check", fstype);
	if (mf & MF_READONLY)
		attrs |= MOUNT_ATTR_RDONLY;
	OWNED_FD target = mount_target(root, path, false, mf, &existed, fail);

	if (target < 0)
		return -1;
	if ((mf & MF_DIR_MODE) && existed) {
		uint32_t n = step->a[2].n;

		if (fstat(target, &st) < 0)
			return fail_errno(fail, "fstat", path);
		/* An option, not a chmod: a mount table then tells it, and who copies the mount from there gets it right. */
		snprintf(mode, sizeof(mode), "mode=%o", (unsigned)(st.st_mode & 07777));
		options[n] = mode;
		options[n + 1] = NULL;
	}
	if (not_for_fsconfig(source, options))
		return mount_by_path(target, fstype, source, options, attrs, path, fail);
	OWNED_FD mnt = mount_new(fstype, source, options, attrs, fail);

	if (mnt < 0)
		return -1;
	if ((mf & MF_COPY_UP) && copy_up(target, mnt, path, fail) < 0)
		return -1;
	return mount_attach(mnt, target, path, fail);
}

int op_mount_tree(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[1].s;
	OWNED_FD tree = slot_take(init, step->a[0].i, fail);
	int root = root_fd(init, fail);
	struct stat st;

	if (tree < 0 || root < 0)
		return -1;
	if (fstat(tree, &st) < 0)
		return fail_errno(fail, "fstat", path);
	OWNED_FD target = mount_target(root, path, !S_ISDIR(st.st_mode), step->a[2].i, NULL, fail);

	if (target < 0)
		return -1;
	return mount_attach(tree, target, path, fail);
}

/*
 * A detached copy of what `source` names.  An absolute one is the host's, named by
 * the bundle's author and not yet out of sight.  Returns it, or -1 with `fail`.
 */
static int copy_source(int root, const char *source, bool recursive, int64_t mf, struct fail *fail)
{
	int flags = O_PATH | (mf & MF_SRC_NOFOLLOW ? O_NOFOLLOW : 0);
	OWNED_FD from = *source == '/' ? open(source, flags | O_CLOEXEC) : path_open(root, source, flags);
	int tree;

	if (from < 0)
		return fail_errno(fail, "open", source);
	tree = sys_open_tree(from, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH |
				       (recursive ? AT_RECURSIVE : 0));
	return tree < 0 ? fail_errno(fail, "open_tree", source) : tree;
}

int op_open_inner(struct init *init, const struct step *step, struct fail *fail)
{
	int root = root_fd(init, fail);
	int tree = root < 0 ? -1 : copy_source(root, step->a[0].s, step->a[1].i, step->a[2].i, fail);

	return tree < 0 ? -1 : init_return(init, tree, fail);
}

int op_mount_inner(struct init *init, const struct step *step, struct fail *fail)
{
	const char *source = step->a[0].s, *path = step->a[2].s;
	uint64_t set = (uint64_t)step->a[3].i, clear = (uint64_t)step->a[4].i;
	int root = root_fd(init, fail);
	struct stat st;

	if (root < 0)
		return -1;
	OWNED_FD tree = copy_source(root, source, step->a[1].i, step->a[5].i, fail);

	if (tree < 0)
		return -1;
	if (fstat(tree, &st) < 0)
		return fail_errno(fail, "fstat", source);
	OWNED_FD target = mount_target(root, path, !S_ISDIR(st.st_mode), step->a[5].i, NULL, fail);

	if (target < 0)
		return -1;
	/* Attached first: the way without mount_setattr needs it, and nobody runs in there yet. */
	if (mount_attach(tree, target, path, fail) < 0)
		return -1;
	return set || clear ? mount_change(tree, false, set, clear, 0, path, fail) : 0;
}

/* The mount whose root is exactly at `path`: a flag on the mount around it would be a surprise. */
static int open_mount(struct init *init, const char *path, struct fail *fail)
{
	int root = root_fd(init, fail);
	struct sys_statx st;

	if (root < 0)
		return -1;
	OWNED_FD fd = path_open(root, path, O_PATH);

	if (fd < 0)
		return fail_errno(fail, "openat2", path);
	if (sys_statx_fd(fd, &st) < 0)
		return fail_errno(fail, "statx", path);
	if (!(st.attributes & SYS_STATX_MOUNT_ROOT)) {
		fail_set(fail, EINVAL, "check", path);
		return fail_detail(fail, "not a mount point");
	}
	return give_fd(&fd);
}

int op_mount_attr(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	OWNED_FD fd = open_mount(init, path, fail);

	if (fd < 0)
		return -1;
	return mount_change(fd, step->a[1].i, (uint64_t)step->a[2].i, (uint64_t)step->a[3].i,
			    (uint64_t)step->a[4].i, path, fail);
}

int op_remount(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s, *data = step->a[2].s;
	OWNED_FD fd = open_mount(init, path, fail);

	if (fd < 0)
		return -1;
	return mount_on_descriptor(fd, MS_REMOUNT | (unsigned long)step->a[1].i, *data ? data : NULL, path, fail);
}

/*
 * Through a descriptor that is open for reading: fsetxattr(2) takes no O_PATH
 * one.  That the mount is the one meant was seen on it before.
 */
int op_mount_label(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s, *label = step->a[1].s;
	OWNED_FD place = open_mount(init, path, fail);

	if (place < 0)
		return -1;
	OWNED_FD fd = path_open(place, ".", O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fail_errno(fail, "openat2", path);
	if (fsetxattr(fd, "security.selinux", label, strlen(label), 0) < 0)
		return fail_errno(fail, "fsetxattr", path);
	return 0;
}

int op_remount_ro(struct init *init, const struct step *step, struct fail *fail)
{
	const struct timespec pause = { .tv_nsec = BUSY_WAIT_MS * 1000000L };
	const char *path = step->a[0].s;
	OWNED_FD fd = open_mount(init, path, fail);

	if (fd < 0)
		return -1;
	for (int i = 0; ; i++) {
		if (mount_change(fd, false, MOUNT_ATTR_RDONLY, 0, 0, path, fail) == 0)
			return 0;
		if (fail->err != EBUSY || i == BUSY_TRIES)
			return -1;
		nanosleep(&pause, NULL);
	}
}
