// SPDX-License-Identifier: Apache-2.0
/*
 * The launcher's steps: one function each, named after its line in plan_ops.def.
 *
 * Each returns 0, or -1 with `fail`.  Results go to `results`, descriptors to
 * return with the reply to `reply_fds`.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher.h"
#include "relay.h"
#include "sockpath.h"
#include "sys.h"

#define RESULTS_START	65536
#define REPLY_FDS	4
#define MAX_OUTPUT	(16 * 1024 * 1024)

static struct out results;
static uint32_t reply_slots[REPLY_FDS];
static int reply_fds[REPLY_FDS];
static bool ours_to_close[REPLY_FDS];	/* once they are sent; others the launcher needs itself */
static unsigned nreply_fds;
static uint32_t step_index;	/* of the step under way */

/* Make room for `more` bytes of results.  Untouched pages cost nothing. */
static int reserve(uint32_t more, struct fail *fail)
{
	static uint8_t first[RESULTS_START] ROOM;
	size_t want = (size_t)results.len + more + 4096;
	void *p;

	if (!results.buf) {
		results.buf = first;
		results.cap = sizeof(first);
	}
	if (want <= results.cap)
		return 0;
	want = (want + RESULTS_START) & ~(size_t)4095;
	if (want > FRAME_LARGE)
		return fail_set(fail, EMSGSIZE, "reply", "");
	p = results.buf != first ? mremap(results.buf, results.cap, want, MREMAP_MAYMOVE)
				 : mmap(NULL, want, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return fail_errno(fail, "mmap", "reply");
	if (results.buf == first)
		memcpy(p, first, results.len);
	results.buf = p;
	results.cap = (uint32_t)want;
	return 0;
}

/* The descriptor in a slot, or -1 with `fail`. */
static int slot_fd(int64_t slot, struct fail *fail)
{
	if (slot < 0 || slot >= SLOTS || launcher.slots[slot] < 0)
		return fail_set(fail, EBADF, "slot", "");
	return launcher.slots[slot];
}

static int op_write(const struct step *s, struct fail *fail)
{
	static int views[3] = { -1, -1, -1 };
	int fd = (int)s->a[0].i;
	const uint8_t *p = s->a[1].b;
	uint32_t left = s->a[1].n;
	const char *name = fd == 1 ? "standard output" : "standard error";

	if (s->a[0].i != 1 && s->a[0].i != 2)
		return fail_set(fail, EBADF, "write", "");
	if (views[fd] < 0)
		views[fd] = relay_own_view(fd);
	while (left) {
		ssize_t n = write(views[fd], p, left);

		if (n < 0 && errno == EAGAIN && launcher_wait(views[fd], POLLOUT) == 0)
			continue;
		if (n < 0 && errno == EINTR && !launcher.wanted_gone)
			continue;
		if (n < 0)
			return fail_errno(fail, "write", name);
		p += n;
		left -= (uint32_t)n;
	}
	return 0;
}

static int op_exit(const struct step *s, struct fail *fail)
{
	(void)fail;
	launcher.finished = true;
	launcher.code = (int)(s->a[0].i & 0xff);
	return 0;
}

static int op_close(const struct step *s, struct fail *fail)
{
	int fd = slot_fd(s->a[0].i, fail);

	if (fd < 0)
		return -1;
	close(fd);
	launcher.slots[s->a[0].i] = -1;
	return 0;
}

/* Connect and send the message with the descriptor, if there is one.  Returns the connection, the caller's to close, or -1. */
static int connect_and_send(const struct step *s, bool datagrams, struct fail *fail)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)s->a[1].b, s->a[1].n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int sock;

	if (s->a[2].i != SLOT_NONE) {
		int fd = slot_fd(s->a[2].i, fail);

		if (fd < 0)
			return -1;
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control.room);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	sock = sockpath_connect_path(s->a[0].s, SOCK_STREAM);
	if (sock < 0 && errno == EPROTOTYPE && datagrams)	/* the service manager's: it takes datagrams */
		sock = sockpath_connect_path(s->a[0].s, SOCK_DGRAM);
	if (sock < 0)
		return fail_errno(fail, "connect", s->a[0].s);
	while (sendmsg(sock, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR) {
			fail_errno(fail, "sendmsg", s->a[0].s);
			close(sock);
			return -1;
		}
	return sock;
}

static int op_connect_send(const struct step *s, struct fail *fail)
{
	int sock = connect_and_send(s, true, fail);

	return sock < 0 ? -1 : close(sock);
}

/* The engine goes on talking; that the other end saw us connect is what counts for its permissions. */
static int op_connect_keep(const struct step *s, struct fail *fail)
{
	if (nreply_fds == REPLY_FDS)
		return fail_set(fail, E2BIG, "connect_keep", "");
	int sock = connect_and_send(s, false, fail);

	if (sock < 0)
		return -1;
	ours_to_close[nreply_fds] = true;
	reply_fds[nreply_fds++] = sock;
	return 0;
}

/*
 * A descriptor that the caller left open for us, by the number that it knows.  Ours
 * are all close-on-exec, and what came through an exec is not: so none of ours is
 * given away.
 */
static int op_take(const struct step *s, struct fail *fail)
{
	char number[24];
	int flags = -1, fd = -1;

	snprintf(number, sizeof(number), "%lld", (long long)s->a[0].i);
	if (nreply_fds == REPLY_FDS)
		return fail_set(fail, E2BIG, "take", number);
	if (s->a[0].i >= 0 && s->a[0].i <= INT_MAX)
		flags = fcntl((int)s->a[0].i, F_GETFD);
	if (flags < 0 || (flags & FD_CLOEXEC))
		return fail_set(fail, EBADF, "fcntl", number);
	fd = fcntl((int)s->a[0].i, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return fail_errno(fail, "fcntl", number);
	/* 0-2 stay taken: something else opened there would be mistaken for a stream. */
	if (s->a[0].i > 2)
		close((int)s->a[0].i);
	ours_to_close[nreply_fds] = true;
	reply_fds[nreply_fds++] = fd;
	return 0;
}

/* A record for the command's log. */
static void warn(const char *text)
{
	uint8_t room[512];
	struct out o = { room, sizeof(room), 0, false };

	out_i(&o, LOG_WARNING);
	out_s(&o, text);
	if (!o.overflow && launcher.engine.sock >= 0)
		frame_send(launcher.engine.sock, FRAME_LOG, TO_LAUNCHER, 0, o.buf, o.len, NULL, NULL, 0);
}

/* Where it is refused the orphans go to whoever adopts them else: as good for the container. */
static int op_subreaper(const struct step *s, struct fail *fail)
{
	char text[128];

	(void)s;
	(void)fail;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		snprintf(text, sizeof(text), "cannot adopt the container's orphans: prctl PR_SET_CHILD_SUBREAPER: %s", strerror(errno));
		warn(text);
	}
	return 0;
}

/* A list of the payload as an array; the strings stay in the payload.  NULL with `fail`. */
static const char **list(const struct arg *a, struct fail *fail)
{
	const char **v = malloc(((size_t)a->n + 1) * sizeof(*v));

	if (!v)
		fail_errno(fail, "malloc", "list");
	else
		arg_list(a, v, a->n + 1);
	return v;
}

static int op_epilogue(const struct step *s, struct fail *fail)
{
	char **words = arg_list_copy(&s->a[0]);

	if (!words)
		return fail_errno(fail, "mmap", "epilogue");
	launcher.epilogue = words;	/* at most a few times in a life: the old one is not worth freeing */
	return 0;
}

static bool spawn_interrupted(void)
{
	launcher_signals();
	return launcher.wanted_gone != 0;
}

static int op_spawn(const struct step *s, struct fail *fail)
{
	const struct arg *a = s->a;
	struct spawn_result rs;
	int rc = -1;

	if (a[6].i < 0 || a[6].i > MAX_OUTPUT)
		return fail_set(fail, EINVAL, "max_output", a[0].s);
	if (reserve(2 * (uint32_t)a[6].i + 64, fail) < 0)
		return -1;
	const char **argv = list(&a[1], fail), **envp = list(&a[3], fail);

	if (argv && envp) {
		struct spawn_request rq = {
			.path = a[0].s, .argv = argv, .envp = a[2].i ? NULL : envp,
			.input = a[4].b, .input_len = a[4].n, .timeout_ms = a[5].i,
			.max_output = (uint32_t)a[6].i, .death_sig = (int)a[7].i,
			.abort_fd = launcher.engine.sock,
			.ready_fd = launcher.sigfd, .on_ready = spawn_interrupted,
		};

		rc = spawn_run(&rq, &rs, fail);
	}
	free(argv);
	free(envp);
	if (rc < 0)
		return -1;
	out_i(&results, rs.status);
	out_i(&results, rs.timed_out);
	out_b(&results, rs.out, rs.out_len);
	out_b(&results, rs.err, rs.err_len);
	spawn_done(&rs);
	return 0;
}

static int op_chdir(const struct step *s, struct fail *fail)
{
	return chdir(s->a[0].s) < 0 ? fail_errno(fail, "chdir", s->a[0].s) : 0;
}

static int op_read(const struct step *s, struct fail *fail)
{
	uint32_t len = 0, cap = (uint32_t)s->a[0].i;
	uint32_t at = results.len;

	if (s->a[0].i < 0 || s->a[0].i > FRAME_LARGE / 2)
		return fail_set(fail, EINVAL, "read", "standard input");
	if (reserve(cap, fail) < 0)
		return -1;
	while (len < cap) {
		ssize_t n = -1;

		if (launcher_wait(0, POLLIN) == 0)
			n = read(0, results.buf + at + 4 + len, cap - len);
		if (n < 0 && (errno == EAGAIN || (errno == EINTR && !launcher.wanted_gone)))
			continue;
		if (n < 0)
			return fail_errno(fail, "read", "standard input");
		if (n == 0)
			break;
		len += (uint32_t)n;
	}
	out_u32(&results, len);
	results.len += len;
	return 0;
}

/*
 * The process that holds a new user namespace while the engine writes its maps
 * and takes a descriptor of it: a namespace for an id-mapped mount.  It has
 * nothing of ours, and does not outlive us.
 */
static void __attribute__((noreturn)) hold_namespace(pid_t launcher_pid)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != launcher_pid || sys_close_range(0, ~0U, 0) < 0)
		_exit(1);
	for (;;)
		pause();	/* every signal but SIGKILL is blocked, as with us */
}

static int op_userns(const struct step *s, struct fail *fail)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD, .pidfd = (uintptr_t)&pidfd,
		.exit_signal = 0,	/* reap() can tell it from the init by that */
	};
	pid_t parent = getpid(), pid;

	(void)s;
	if (nreply_fds == REPLY_FDS)
		return fail_set(fail, E2BIG, "userns", "");
	pid = sys_clone3(&args, sizeof(args));
	if (pid == 0)
		hold_namespace(parent);
	if (pid < 0)
		return fail_errno(fail, "clone3", "user namespace");
	out_i(&results, pid);
	ours_to_close[nreply_fds] = true;
	reply_fds[nreply_fds++] = pidfd;
	return 0;
}

static int op_stdio_pipes(const struct step *s, struct fail *fail)
{
	struct launcher *l = &launcher;

	for (int i = 0; i < 3; i++) {
		int p[2];

		if (l->stdio[i] >= 0)
			return fail_set(fail, EBUSY, "there are pipes already", "stdio");
		if (pipe2(p, O_CLOEXEC) < 0)
			return fail_errno(fail, "pipe2", "stdio");
		l->stdio[i] = p[i == 0 ? 0 : 1];
		l->relayed[i] = p[i == 0 ? 1 : 0];
		/* The program opens /dev/stdout anew, under its own uid. */
		if (fchown(p[0], (uid_t)s->a[0].i, (gid_t)s->a[1].i) < 0)
			return fail_errno(fail, "fchown", "stdio");
	}
	return 0;
}

static int op_network(const struct step *s, struct fail *fail)
{
	(void)s;
	return network_ahead(fail);
}

static int op_clone(const struct step *s, struct fail *fail)
{
	const struct arg *a = s->a;
	int cgroup = -1;

	/* Nothing in the slot: the engine was refused a cgroup and may do without. */
	if (a[2].i != SLOT_NONE && a[2].i != SLOT_CGROUP)
		return fail_set(fail, EBADF, "slot", "");
	if (a[2].i == SLOT_CGROUP)
		cgroup = launcher.slots[SLOT_CGROUP];
	if (a[3].i < 0 || a[3].i > 1 << 20)
		return fail_set(fail, EINVAL, "kept descriptors", "");
	if (nreply_fds == REPLY_FDS)
		return fail_set(fail, E2BIG, "clone", "");
	if (clone_init((uint64_t)a[0].i, a[1].i != 0, cgroup, (unsigned)a[3].i, (int)a[4].i, fail) < 0)
		return -1;
	out_i(&results, launcher.pid);
	reply_fds[nreply_fds++] = launcher.pidfd;
	return 0;
}

static int op_release(const struct step *s, struct fail *fail)
{
	(void)s;
	return clone_release(fail);
}

static int op_forward(const struct step *s, struct fail *fail)
{
	(void)fail;
	if (s->a[0].i) {
		launcher.forward_at_exec = true;
		return 0;
	}
	launcher.wanted_gone = 0;	/* came after the exec: the engine has told the program, or will */
	launcher_forward();
	return 0;
}

static int op_relay_terminal(const struct step *s, struct fail *fail)
{
	int fd = slot_fd(s->a[0].i, fail);

	if (fd < 0 || relay_terminal(fd, s->a[1].i != 0, fail) < 0)
		return -1;
	launcher.slots[s->a[0].i] = -1;
	return 0;
}

/*
 * An init that has gone is no error: its end is, or will be, reported.  That there
 * never was one, or that it is no longer ours, is: nobody is to wait for that.
 */
static int op_kill(const struct step *s, struct fail *fail)
{
	if (launcher.pid <= 0)
		return fail_set(fail, ESRCH, "pidfd_send_signal", "");
	if (launcher_kill((int)s->a[0].i) < 0 && errno != ESRCH)
		return fail_errno(fail, "pidfd_send_signal", "");
	return 0;
}

static int op_detach(const struct step *s, struct fail *fail)
{
	(void)s;
	(void)fail;
	launcher.pid = 0;
	return 0;
}

/* The process must be our child, or its end would never come to us. */
static int op_adopt(const struct step *s, struct fail *fail)
{
	pid_t pid = (pid_t)s->a[0].i;
	siginfo_t si;
	int pidfd;

	if (nreply_fds == REPLY_FDS)
		return fail_set(fail, E2BIG, "adopt", "");
	pidfd = sys_pidfd_open(pid, 0);
	if (pidfd < 0)
		return fail_errno(fail, "pidfd_open", "");
	if (waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED | WNOHANG | WNOWAIT) < 0) {
		fail_errno(fail, "waitid", "");
		close(pidfd);
		return -1;
	}
	launcher_follow(pid, pidfd);
	launcher.had_init = true;
	reply_fds[nreply_fds++] = launcher.pidfd;
	return 0;
}

/* The numbers of plan_ops.def under their names. */
enum {
#define OP(number, name, party, args, results) OP_##name = number,
#include "plan_ops.def"
#undef OP
};

static const struct {
	uint16_t number;
	int (*run)(const struct step *s, struct fail *fail);
} functions[] = {
#define STEP(name) { OP_##name, op_##name }
	STEP(write), STEP(exit), STEP(close), STEP(connect_send), STEP(subreaper), STEP(epilogue), STEP(spawn),
	STEP(chdir), STEP(read), STEP(userns), STEP(connect_keep), STEP(take), STEP(network), STEP(stdio_pipes), STEP(clone), STEP(release), STEP(forward),
	STEP(relay_terminal), STEP(kill), STEP(detach), STEP(adopt),
#undef STEP
};

static int run_step(const struct step *s, struct fail *fail)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (functions[i].number == s->op)
			return functions[i].run(s, fail);
	return fail_set(fail, EPROTO, "unknown step", "");
}

/* Move the frame's descriptors into the slots that it names for them. */
static int fill_slots(struct frame *f, struct fail *fail)
{
	for (unsigned i = 0; i < f->head.nfds; i++) {
		uint32_t slot = f->slots[i];

		if (slot >= SLOTS)
			return fail_set(fail, EPROTO, "slot", "");
		if (launcher.slots[slot] >= 0)
			close(launcher.slots[slot]);
		launcher.slots[slot] = f->fds[i];
		f->fds[i] = -1;
	}
	return 0;
}

static void drop_reply_fds(void)
{
	for (unsigned i = 0; i < nreply_fds; i++)
		if (ours_to_close[i])
			close(reply_fds[i]);
	memset(ours_to_close, 0, sizeof(ours_to_close));
	nreply_fds = 0;
}

static void answer_fail(uint32_t seq, uint32_t index, uint16_t op, const struct fail *fail, uint32_t done)
{
	size_t cap = 4096 + (size_t)results.len;
	struct out o = { malloc(cap), (uint32_t)cap, 0, false };

	if (!o.buf)
		return;
	memcpy(results.buf, &done, sizeof(done));
	out_fail(&o, index, op, fail);
	memcpy(o.buf + o.len, results.buf, results.len);
	o.len += results.len;
	frame_send(launcher.engine.sock, FRAME_FAIL, TO_LAUNCHER, seq, o.buf, o.len, reply_slots, reply_fds, nreply_fds);
	drop_reply_fds();
	free(o.buf);
}

void launcher_batch(struct frame *f)
{
	struct launcher *l = &launcher;
	struct fail fail = { 0 };
	struct step step = { 0 };
	struct batch batch;
	uint32_t done = 0;
	unsigned nslots = 0;
	bool had_init = l->had_init;
	bool quiet = f->head.type == FRAME_QUIET;
	uint32_t seq = f->head.seq;
	int more;

	results.len = 0;
	results.overflow = false;
	drop_reply_fds();
	if (reserve(4, &fail) < 0)
		return;
	out_u32(&results, 0);
	if (fill_slots(f, &fail) < 0 || batch_open(&batch, f->payload, f->head.length) < 0) {
		fail_set(&fail, EPROTO, "malformed batch", "");
		answer_fail(f->head.seq, 0, 0, &fail, 0);
		return;
	}
	while ((more = step_next(&batch, 'L', &step)) > 0) {
		const struct op_info *info = op_find(step.op);
		uint32_t at = results.len;
		bool has_results = *info->results != 0;

		step_index = batch.index;
		if (has_results) {
			out_u32(&results, batch.index);
			out_u32(&results, 0);
		}
		if (reserve(256, &fail) < 0 || fault_point('L', info->name, &fail) < 0 || run_step(&step, &fail) < 0) {
			results.len = at;
			answer_fail(f->head.seq, batch.index, step.op, &fail, done);
			return;
		}
		/* A descriptor that a step returns is found by the step's index. */
		for (; nslots < nreply_fds; nslots++)
			reply_slots[nslots] = batch.index;
		if (has_results) {
			uint32_t n = results.len - at - 8;

			memcpy(results.buf + at + 4, &n, sizeof(n));
		}
		done++;
		if (l->finished)
			return;
	}
	if (more < 0) {
		fail_set(&fail, EPROTO, "malformed step", "");
		answer_fail(f->head.seq, batch.index, step.op, &fail, done);
		return;
	}
	memcpy(results.buf, &done, sizeof(done));
	if (quiet && results.len == sizeof(done) && nreply_fds == 0)
		return;
	if (l->had_init && !had_init) {
		/* Our answer may wake the engine where we run: first the init gets what it is to do. */
		frame_done(f);
		launcher_pass_on();
		if (l->finished)
			return;
	}
	frame_send(l->engine.sock, FRAME_REPLY, TO_LAUNCHER, seq, results.buf, results.len,
		   reply_slots, reply_fds, nreply_fds);
	drop_reply_fds();
}
