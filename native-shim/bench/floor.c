// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel floor: the least that any runtime has to ask of the kernel for
 * `run /bin/true` with the default configuration.  New namespaces at once, the
 * default mounts through the new mount API (of cgroups: one of version 2, or each
 * hierarchy of version 1, as the host has them), default devices, pivot_root,
 * masked and read-only paths, exec.  No cgroup, no state, no configuration:
 * what a runtime takes beyond this is its own cost.
 *
 *   floor ROOTFS PROGRAM [ARGUMENT...]
 *
 * Exits with the program's code, or 125 with one line on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "../src/sys.h"

static void die(const char *what)
{
	perror(what);
	_exit(125);
}

/* A new filesystem at `target` below the root `root`.  `options`: "key=value" words, ended by NULL. */
static void mount_fs(int root, const char *type, const char *target, unsigned int attrs, const char *const *options)
{
	OWNED_FD fs = sys_fsopen(type, FSOPEN_CLOEXEC);

	if (fs < 0)
		die(type);
	for (; options && *options; options++) {
		char word[64];
		char *value;

		snprintf(word, sizeof(word), "%s", *options);
		value = strchr(word, '=');
		if (value)
			*value++ = 0;
		if (sys_fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, word, value, 0) < 0)
			die(*options);
	}
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		die(type);
	OWNED_FD mnt = sys_fsmount(fs, FSMOUNT_CLOEXEC, attrs);

	if (mnt < 0)
		die(type);
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };

	if (mkdirat(root, target, 0755) < 0 && errno != EEXIST)
		die(target);
	OWNED_FD at = sys_openat2(root, target, &how);

	if (at < 0 || sys_move_mount(mnt, "", at, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		die(target);
}

#define CGROUP2_MAGIC	0x63677270

/* The hierarchies of version 1, as /proc/self/cgroup names them; NULL at the end, none where /sys/fs/cgroup is of version 2. */
static char *hierarchies[32];

/* Before the clone: no runtime has to learn this again for each container. */
static void find_hierarchies(void)
{
	static char text[16384];
	struct statfs fs;

	if (statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_MAGIC)
		return;
	OWNED_FD fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	char *line, *save = NULL;
	unsigned int found = 0;

	for (line = n > 0 ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save)) {
		char *name = strchr(line, ':');
		char *end = name ? strchr(name + 1, ':') : NULL;

		/* "0::" is version 2. */
		if (!end || end == name + 1 || found == sizeof(hierarchies) / sizeof(hierarchies[0]) - 1)
			continue;
		*end = 0;
		hierarchies[found++] = name + 1;
	}
}

/* What a mount of type cgroup is there: a tmpfs, and in it each hierarchy from the container's own group down. */
static void cgroups_v1(int root, unsigned int attrs)
{
	static const char *const top[] = { "mode=755", NULL };

	mount_fs(root, "tmpfs", "sys/fs/cgroup", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV, top);
	for (char **hierarchy = hierarchies; *hierarchy; hierarchy++) {
		const char *named = strncmp(*hierarchy, "name=", 5) == 0 ? *hierarchy + 5 : NULL;
		const char *options[8] = { NULL };
		char target[96], words[64], *save = NULL;
		unsigned int count = 0;

		snprintf(target, sizeof(target), "sys/fs/cgroup/%s", named ? named : *hierarchy);
		snprintf(words, sizeof(words), "%s", *hierarchy);
		if (named)
			options[count++] = "none";
		for (char *word = strtok_r(words, ",", &save); word && count < 7; word = strtok_r(NULL, ",", &save))
			options[count++] = word;
		mount_fs(root, "cgroup", target, attrs, options);
	}
	OWNED_FD all = openat(root, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

	if (all < 0 || sys_mount_setattr(all, "", AT_EMPTY_PATH, &ro) < 0)
		die("sys/fs/cgroup");
}

static void mounts(int root)
{
	static const char *const dev[] = { "mode=755", "size=65536k", NULL };
	static const char *const pts[] = { "newinstance", "ptmxmode=0666", "mode=0620", "gid=5", NULL };
	static const char *const shm[] = { "mode=1777", "size=65536k", NULL };
	const unsigned int safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV;

	mount_fs(root, "proc", "proc", 0, NULL);
	mount_fs(root, "tmpfs", "dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, dev);
	mount_fs(root, "devpts", "dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, pts);
	mount_fs(root, "tmpfs", "dev/shm", safe, shm);
	mount_fs(root, "mqueue", "dev/mqueue", safe, NULL);
	mount_fs(root, "sysfs", "sys", safe | MOUNT_ATTR_RDONLY, NULL);
	if (hierarchies[0])
		cgroups_v1(root, safe | MOUNT_ATTR_RDONLY);
	else
		mount_fs(root, "cgroup2", "sys/fs/cgroup", safe | MOUNT_ATTR_RDONLY, NULL);
}

static void devices(int root)
{
	static const struct { const char *name; unsigned int major, minor; } nodes[] = {
		{ "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
		{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
	};
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
		{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" },
	};

	for (unsigned int i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		if (mknodat(root, nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)) < 0)
			die(nodes[i].name);
	for (unsigned int i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i][0], root, links[i][1]) < 0)
			die(links[i][1]);
}

static void cover(const char *const *paths, const char *source)
{
	for (; *paths; paths++) {
		OWNED_FD tree = sys_open_tree(AT_FDCWD, source ? source : *paths, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		struct mount_attr ro = { .attr_set = MOUNT_ATTR_RDONLY };

		if (tree < 0)
			continue;
		if (!source && sys_mount_setattr(tree, "", AT_EMPTY_PATH, &ro) < 0)
			die(*paths);
		if (sys_move_mount(tree, "", AT_FDCWD, *paths, MOVE_MOUNT_F_EMPTY_PATH) < 0 && errno != ENOENT && errno != ENOTDIR)
			die(*paths);
	}
}

static void container(const char *rootfs, char **argv)
{
	static const char *const masked[] = { "/proc/kcore", "/proc/keys", "/proc/timer_list", NULL };
	static const char *const readonly[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };
	struct mount_attr slave = { .propagation = MS_SLAVE }, ro = { .attr_set = MOUNT_ATTR_RDONLY };
	char *env[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL };

	setsid();
	if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &slave) < 0)
		die("slave /");
	OWNED_FD tree = sys_open_tree(AT_FDCWD, rootfs, OPEN_TREE_CLONE | AT_RECURSIVE | OPEN_TREE_CLOEXEC);

	if (tree < 0 || sys_move_mount(tree, "", AT_FDCWD, rootfs, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		die(rootfs);
	mounts(tree);
	devices(tree);
	if (fchdir(tree) < 0 || sys_pivot_root(".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		die("pivot_root");
	cover(masked, "/dev/null");
	cover(readonly, NULL);
	if (sys_mount_setattr(AT_FDCWD, "/", 0, &ro) < 0)
		die("read-only /");
	if (sethostname("floor", 5) < 0)
		die("sethostname");
	execve(argv[0], argv, env);
	die(argv[0]);
}

int main(int argc, char **argv)
{
	int pidfd = -1, status;
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_PIDFD,
		.pidfd = (uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: floor ROOTFS PROGRAM [ARGUMENT...]\n");
		return 125;
	}
	find_hierarchies();
	pid = sys_clone3(&args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (pid == 0)
		container(argv[1], argv + 2);
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
