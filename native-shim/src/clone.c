// SPDX-License-Identifier: Apache-2.0
/*
 * From launcher to init: clone3, then the same program again from a sealed memfd.
 *
 * A network may be made ahead, while the engine reads what else is wanted.  It is
 * entered before the clone and left after it, so that the child is born in it: who
 * looks at it in its first moment must not find ours.
 *
 * The order in the child: signals as a new program expects them; stdio; every
 * descriptor gone that is not the container's; wait for the id maps; root in the
 * user namespace; no environment; and only then exec, from a copy that the
 * container cannot write through /proc/PID/exe (CVE-2019-5736).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher.h"
#include "relay.h"
#include "sys.h"


/* The numbers of plan_ops.def under their names. */
enum {
#define OP(number, name, party, args, results) OP_##name = number,
#include "plan_ops.def"
#undef OP
};

/* Without them whoever reaches the copy could change it; where the kernel knows F_SEAL_EXEC, its mode as well. */
#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Of a child that shares our memory until its exec; child_failed() with what it calls needs a fifth of it. */
#define CHILD_STACK	(16 * 1024)

/* Returns a sealed, executable memfd, close-on-exec, or -1 with errno. */
int seal_own_executable(void)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int fd, saved;
	struct stat st;

	if (self < 0)
		return -1;
	fd = memfd_create("jrunc-init", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("jrunc-init", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fstat(self, &st) < 0)
		goto fail;
	for (off_t left = st.st_size; left > 0;) {
		ssize_t n = sendfile(fd, self, NULL, (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n == 0 ? EIO : errno;
			goto fail;
		}
		left -= n;
	}
	fchmod(fd, 0555);	/* for an init whose uid is another one; EPERM is no harm, memfds are 0777 */
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) < 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		goto fail;
	close(self);
	return fd;
fail:
	saved = errno;
	close(self);
	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

/* What the engine has brought: taken if it is sealed as ours would be.  Else -1. */
static int take_sealed_copy(void)
{
	int fd = launcher.slots[SLOT_SHIM];
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS)
		return -1;
	launcher.slots[SLOT_SHIM] = -1;
	return fd;
}

struct child {
	int sock;		/* our end of the pair */
	int memfd;
	int stdio[3];
	int keep_to;		/* 3 .. here-1 stay */
	bool hold, become_root;
	int death_sig;
	uint64_t ignored;	/* as of the launcher */
	char *argv[6];
};

/* Tell the engine why there is no init, and end. */
static void __attribute__((noreturn)) child_failed(int sock, const char *call, const char *object)
{
	uint8_t room[1024];
	struct out o = { room, sizeof(room), 0, false };
	struct fail fail;

	fail_errno(&fail, call, object);
	out_fail(&o, 0, OP_clone, &fail);
	out_u32(&o, 0);
	frame_send(sock, FRAME_FAIL, TO_INIT, 0, room, o.len, NULL, NULL, 0);
	_exit(1);
}

/* Close everything from 3 up but the kept ones, `a` and `b`. */
static int close_others(int keep_to, int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	if (low > keep_to && sys_close_range((unsigned)keep_to, (unsigned)low - 1, 0) < 0)
		return -1;
	if (high > low + 1 && sys_close_range((unsigned)low + 1, (unsigned)high - 1, 0) < 0)
		return -1;
	return sys_close_range((unsigned)high + 1, ~0U, 0);
}

/*
 * It may share the launcher's memory: whatever it writes that is not on its stack, the launcher finds
 * changed.
 */
static void __attribute__((noreturn)) run_child(const struct child *c)
{
	static char *const no_env[] = { NULL };
	char go;
	ssize_t n;

	/* CLONE_CLEAR_SIGHAND has left those that are ignored. */
	sys_default_signals(c->ignored);
	for (int i = 0; i < 3; i++)
		if (c->stdio[i] >= 0 && dup2(c->stdio[i], i) < 0)
			child_failed(c->sock, "dup2", "stdio");
	if (fcntl(c->sock, F_SETFD, 0) < 0 || close_others(c->keep_to, c->sock, c->memfd) < 0)
		child_failed(c->sock, "close_range", "");
	if (c->hold) {
		do {
			n = read(c->sock, &go, 1);
		} while (n < 0 && errno == EINTR);
		if (n != 1)
			_exit(1);	/* the launcher has gone */
	}
	if (c->become_root) {
		if (sys_setresgid(0, 0, 0) < 0)
			child_failed(c->sock, "setresgid", "0");
		if (sys_setresuid(0, 0, 0) < 0)
			child_failed(c->sock, "setresuid", "0");
	}
	/* After the ids: changing them clears it. */
	if (c->death_sig && prctl(PR_SET_PDEATHSIG, c->death_sig) < 0)
		child_failed(c->sock, "prctl", "PR_SET_PDEATHSIG");
	sys_sigmask(SIG_SETMASK, 0);
	sys_execveat(c->memfd, "", c->argv, no_env, AT_EMPTY_PATH);
	child_failed(c->sock, "execveat", "jrunc-init");
}

static void run_shared_child(void *c)
{
	run_child(c);
}

/*
 * The child, in this process's own namespaces but for those that `args` makes.
 *
 * Without a copy of our memory where we may stand still until its exec: it is to wait for nobody,
 * and the kernel stops it on its way for one reason only, that its cgroup is frozen.  That of a
 * new container is not, or nothing comes of it either way; one that an exec joins may be.
 *
 * Returns as clone3 does, in the parent only.
 */
static pid_t clone_child(struct clone_args *args, struct child *c)
{
	static uint8_t stack[CHILD_STACK] ROOM;
	bool frozen = (args->flags & CLONE_INTO_CGROUP) && !(args->flags & CLONE_NEWNS);
	pid_t pid;

	if (HAVE_CLONE_SHARED && !c->hold && !frozen) {
		struct clone_args shared = *args;

		shared.flags |= CLONE_VM | CLONE_VFORK;
		shared.stack = (uintptr_t)stack;
		shared.stack_size = sizeof(stack);
		pid = sys_clone_shared(&shared, sizeof(shared), run_shared_child, c);
		/* Older kernels refuse it to a process whose children get another time namespace than its own. */
		if (pid > 0 || errno != EINVAL)
			return pid;
	}
	pid = sys_clone3(args, sizeof(*args));
	if (pid == 0)
		run_child(c);
	return pid;
}

/* Our own network, opened while we are in it.  Stays open; -1 with `fail`. */
static int home_network(struct fail *fail)
{
	static int home = -1;

	if (home < 0)
		home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return home < 0 ? fail_errno(fail, "open", "/proc/self/ns/net") : home;
}

/* Everything from here on would happen in the container's network: without a way back, `made` is killed and we end. */
static void go_home(int home, pid_t made)
{
	if (setns(home, CLONE_NEWNET) == 0)
		return;
	if (made > 0)
		kill(made, SIGKILL);
	dprintf(2, "jrunc: cannot go back to the network of the host: %s\n", strerror(errno));
	_exit(1);
}

/* Make the network of the init to come, into its slot.  Returns 0, or -1 with `fail`; in our own again. */
int network_ahead(struct fail *fail)
{
	int home = home_network(fail), made;

	if (home < 0)
		return -1;
	/* Where our own belongs to an outer user namespace we could leave it, and not come back. */
	if (setns(home, CLONE_NEWNET) < 0)
		return fail_errno(fail, "setns", "network");
	if (unshare(CLONE_NEWNET) < 0)
		return fail_errno(fail, "unshare", "network");
	made = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (made < 0)
		fail_errno(fail, "open", "/proc/self/ns/net");
	go_home(home, 0);
	if (made < 0)
		return -1;
	if (launcher.slots[SLOT_NETWORK] >= 0)
		close(launcher.slots[SLOT_NETWORK]);
	launcher.slots[SLOT_NETWORK] = made;
	return 0;
}

/* clone_child() from inside another network, -1 = ours.  Returns with us back in ours: the pid, or -1 with `fail`. */
static pid_t clone_in(int network, struct clone_args *args, struct child *c, struct fail *fail)
{
	int home = -1;
	pid_t pid;

	if (network >= 0) {
		home = home_network(fail);
		if (home < 0)
			return -1;
		if (setns(network, CLONE_NEWNET) < 0)
			return fail_errno(fail, "setns", "network");
	}
	pid = clone_child(args, c);
	if (pid < 0)
		fail_errno(fail, "clone3", "");
	if (home >= 0)
		go_home(home, pid);
	return pid;
}

/*
 * Start the init.  `keep` descriptors from 3 up stay open in it at their numbers.
 * With `hold` it waits for clone_release() before it does anything.
 *
 * Returns 0, with launcher.pid, .pidfd and .pair set and the pipes of stdio_pipes
 * connected; or -1 with `fail` and no process.
 */
int clone_init(uint64_t flags, bool hold, int cgroup, unsigned keep, int death_sig, struct fail *fail)
{
	static char sock_arg[16], to_arg[16];
	struct launcher *l = &launcher;
	int pidfd = -1, network = -1, pair[2];
	struct clone_args args = { .flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND, .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };
	struct child c = { .hold = hold, .become_root = hold && (flags & CLONE_NEWUSER), .death_sig = death_sig };
	pid_t pid;

	if (l->had_init)
		return fail_set(fail, EBUSY, "there is an init already", "");
	if (keep > (unsigned)(l->inherited_end - 3)) {
		char number[16];

		snprintf(number, sizeof(number), "%d", l->inherited_end);
		return fail_set(fail, EBADF, "fstat", number);
	}
	if (l->memfd < 0)
		l->memfd = take_sealed_copy();
	if (l->memfd < 0 && (l->memfd = seal_own_executable()) < 0)
		return fail_errno(fail, "memfd_create", "jrunc-init");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(fail, "socketpair", "");
	if (cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	/* One that belongs to a user namespace can only be made by that one's process. */
	if ((flags & CLONE_NEWNET) && !(flags & CLONE_NEWUSER) && l->slots[SLOT_NETWORK] >= 0) {
		args.flags &= ~(uint64_t)CLONE_NEWNET;
		network = l->slots[SLOT_NETWORK];
	}
	c.sock = pair[1];
	c.memfd = l->memfd;
	c.keep_to = 3 + (int)keep;
	c.ignored = l->ignored | LIBC_SIGNALS;
	memcpy(c.stdio, l->stdio, sizeof(c.stdio));
	snprintf(sock_arg, sizeof(sock_arg), "%d", c.sock);
	snprintf(to_arg, sizeof(to_arg), "%d", c.keep_to);
	c.argv[0] = "jrunc-init";
	c.argv[1] = sock_arg;
	c.argv[2] = "3";
	c.argv[3] = to_arg;
#ifdef JRUNC_FAULTS
	c.argv[4] = getenv("JRUNC_FAULT");
#endif
	/*
	 * Until its exec the child runs from the installed program.  A container that
	 * sees the host's pids may have a process of our user, and that user owns the
	 * child's new user namespace: enough to look into it, and by /proc/PID/exe to
	 * reach the program, unless nobody may.  An engine of another user than root
	 * must be able to look, or it could not write the id maps.
	 */
	if (geteuid() == 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	pid = clone_in(network, &args, &c, fail);
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return -1;
	}
	if (l->slots[SLOT_NETWORK] >= 0)
		close(l->slots[SLOT_NETWORK]);
	l->slots[SLOT_NETWORK] = -1;
	l->had_init = true;
	l->pid = pid;
	l->pidfd = pidfd;
	l->pair = pair[0];
	for (int i = 0; i < 3; i++) {
		if (l->stdio[i] < 0)
			continue;
		close(l->stdio[i]);
		relay_pipe(i, l->relayed[i]);
		l->stdio[i] = l->relayed[i] = -1;
	}
	return 0;
}

/* Let a held init go on.  One that has ended meanwhile is not our error: its end is reported. */
int clone_release(struct fail *fail)
{
	if (launcher.pair < 0)
		return 0;
	if (send(launcher.pair, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return fail_errno(fail, "send", "jrunc-init");
	return 0;
}
