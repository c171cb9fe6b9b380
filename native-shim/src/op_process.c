// SPDX-License-Identifier: Apache-2.0
/* Steps that set what the process and its namespaces are like, credentials aside. */
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "op.h"
#include "op_path.h"

int op_hostname(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	if (sethostname(step->a[0].s, step->a[0].n) < 0)
		return fail_errno(fail, "sethostname", step->a[0].s);
	return 0;
}

int op_domainname(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	if (setdomainname(step->a[0].s, step->a[0].n) < 0)
		return fail_errno(fail, "setdomainname", step->a[0].s);
	return 0;
}

int op_sysctl(struct init *init, const struct step *step, struct fail *fail)
{
	const char *name = step->a[0].s;

	/* One procfs for all of them: each new one costs more than the write. */
	if (init->procfs < 0)
		init->procfs = procfs_open(true, fail);
	if (init->procfs < 0)
		return -1;
	/* Where it is the container's /proc, a mount of the bundle's may lie over this directory. */
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	OWNED_FD sys = sys_openat2(init->procfs, "sys", &how);

	if (sys < 0)
		return fail_errno(fail, "openat2", "/proc/sys");
	return procfs_write(sys, name, step->a[1].s, step->a[1].n, fail);
}

int op_loopback_up(struct init *init, const struct step *step, struct fail *fail)
{
	/* Any socket will do, and a kernel without IPv4 has this one. */
	OWNED_FD sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq rq = { .ifr_name = "lo" };

	(void)init;
	(void)step;
	if (sock < 0)
		return fail_errno(fail, "socket", "lo");
	if (ioctl(sock, SIOCGIFFLAGS, &rq) < 0)
		return fail_errno(fail, "SIOCGIFFLAGS", "lo");
	rq.ifr_flags |= IFF_UP;
	if (ioctl(sock, SIOCSIFFLAGS, &rq) < 0)
		return fail_errno(fail, "SIOCSIFFLAGS", "lo");
	return 0;
}

int op_scheduler(struct init *init, const struct step *step, struct fail *fail)
{
	struct {		/* struct sched_attr, first version */
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attr = {
		.size = 48,
		.policy = (uint32_t)step->a[0].i,
		.flags = (uint64_t)step->a[1].i,
		.nice = (int32_t)step->a[2].i,
		.priority = (uint32_t)step->a[3].i,
		.runtime = (uint64_t)step->a[4].i,
		.deadline = (uint64_t)step->a[5].i,
		.period = (uint64_t)step->a[6].i,
	};

	(void)init;
	_Static_assert(sizeof(attr) == 48, "a kernel format");
	if (syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
		return fail_errno(fail, "sched_setattr", "");
	return 0;
}

int op_ioprio(struct init *init, const struct step *step, struct fail *fail)
{
	const int who_process = 1;

	(void)init;
	if (syscall(SYS_ioprio_set, who_process, 0, (int)step->a[0].i) < 0)
		return fail_errno(fail, "ioprio_set", "");
	return 0;
}

#define MASK_BYTES	8192	/* ids up to 65535 */

/* A mask as the kernel wants it: in longs.  Returns false when it is larger than that. */
static bool mask_longs(const struct arg *a, unsigned long *mask)
{
	if (a->n > MASK_BYTES)
		return false;
	memset(mask, 0, MASK_BYTES);
	if (a->n)
		memcpy(mask, a->b, a->n);
	return true;
}

int op_affinity(struct init *init, const struct step *step, struct fail *fail)
{
	unsigned long mask[MASK_BYTES / sizeof(long)];
	size_t bytes = step->a[0].n;

	(void)init;
	if (!mask_longs(&step->a[0], mask))
		return fail_set(fail, EINVAL, "check", "CPU mask");
	if (!bytes) {		/* every CPU there is; the kernel cuts it to those, and to the cpuset */
		bytes = MASK_BYTES;
		memset(mask, 0xff, bytes);
	}
	bytes = (bytes + sizeof(long) - 1) / sizeof(long) * sizeof(long);
	if (syscall(SYS_sched_setaffinity, 0, bytes, mask) < 0)
		return fail_errno(fail, "sched_setaffinity", "");
	return 0;
}

int op_personality(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	if (personality((unsigned long)step->a[0].i) < 0)
		return fail_errno(fail, "personality", "");
	return 0;
}

int op_mempolicy(struct init *init, const struct step *step, struct fail *fail)
{
	unsigned long nodes[MASK_BYTES / sizeof(long)];
	size_t bytes = step->a[1].n;

	(void)init;
	if (!mask_longs(&step->a[1], nodes))
		return fail_set(fail, EINVAL, "check", "node mask");
	/* The kernel looks at one bit less than it is told. */
	if (syscall(SYS_set_mempolicy, (int)step->a[0].i, bytes ? nodes : NULL, bytes ? bytes * 8 + 1 : 0) < 0)
		return fail_errno(fail, "set_mempolicy", "");
	return 0;
}

int op_umask(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	(void)fail;
	umask((mode_t)step->a[0].i);
	return 0;
}

int op_rlimit(struct init *init, const struct step *step, struct fail *fail)
{
	/* The kernel's own structure, whatever the C library's rlim_t is. */
	const uint64_t limit[2] = { (uint64_t)step->a[1].i, (uint64_t)step->a[2].i };

	(void)init;
	if (syscall(SYS_prlimit64, 0, (int)step->a[0].i, limit, NULL) < 0)
		return fail_errno(fail, "prlimit", "");
	return 0;
}

/* A directory that was reached through a leaked descriptor is outside, and its path says so. */
static int check_inside(struct fail *fail)
{
	char room[PATH_MAX];

	if (sys_getcwd(room, sizeof(room)) < 0) {
		if (errno == ERANGE)
			return 0;	/* too long, but a path from "/" on: else ENOENT or "(unreachable)" */
		return fail_errno(fail, "getcwd", "");
	}
	if (room[0] != '/') {
		fail_set(fail, EXDEV, "check", room);
		return fail_detail(fail, "outside the root");
	}
	return 0;
}

int op_chdir_in(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = step->a[0].s;
	bool denied_is_fine = step->a[1].i;
	int root = root_fd(init, fail);

	if (root < 0)
		return -1;
	/* One of the two users that we are may not go there; the other already has. */
	if (init->cwd[0] && strcmp(init->cwd, path) == 0)
		return 0;
	OWNED_FD dir = path_open(root, path, O_PATH | O_DIRECTORY);

	if (dir < 0 || fchdir(dir) < 0) {
		if (errno == EACCES && denied_is_fine)
			return 0;
		return fail_errno(fail, "chdir", path);
	}
	if (check_inside(fail) < 0)
		return -1;
	if (step->a[0].n < sizeof(init->cwd))
		memcpy(init->cwd, path, step->a[0].n + 1);
	return 0;
}

int op_check_cwd(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	(void)step;
	return check_inside(fail);
}

#define READ_MAX	(1024 * 1024)

int op_read_file(struct init *init, const struct step *step, struct fail *fail)
{
	static uint8_t room[READ_MAX] ROOM;
	const char *path = step->a[0].s;
	int64_t limit = step->a[1].i;
	int root = root_fd(init, fail);
	uint32_t used = 0;
	struct stat st;
	ssize_t n;

	if (root < 0)
		return -1;
	if (limit < 0 || limit > READ_MAX)
		return fail_set(fail, EINVAL, "check", path);
	/* Looked at before it is opened: opening a device may do something, opening a fifo waits. */
	OWNED_FD fd = path_open(root, path, O_PATH);

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		out_b(init->results, room, 0);
		return 0;
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(fail, "openat2", path);
	if (S_ISREG(st.st_mode)) {
		close(fd);
		fd = path_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
		if (fd < 0 || fstat(fd, &st) < 0)
			return fail_errno(fail, "openat2", path);
	}
	if (!S_ISREG(st.st_mode)) {
		fail_set(fail, EINVAL, "check", path);
		return fail_detail(fail, "not a regular file");
	}
	while (used < limit) {
		n = read(fd, room + used, (size_t)limit - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(fail, "read", path);
		if (n == 0)
			break;
		used += (uint32_t)n;
	}
	out_b(init->results, room, used);
	return 0;
}
