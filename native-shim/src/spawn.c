// SPDX-License-Identifier: Apache-2.0
/*
 * Run a hook or a tool, bounded in time, in output and in what it leaves behind.
 *
 * Used by the launcher and by the init, hence no state of either.  Whatever the
 * program does, this ends: a program that forks and keeps its output open, one
 * that ignores SIGTERM, one that never reads its input.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim.h"
#include "sys.h"

extern char **environ;

#define GRACE_MS	100	/* for members that left the group and still hold the output */
#define TICK_MS		20	/* how often to look where there is no pidfd */

enum { IN, OUT, ERR, EXEC, NPIPES };	/* EXEC: close-on-exec, carries the errno of a failed exec */

struct run {
	int mine[NPIPES];	/* our ends, -1 = closed */
	int theirs[NPIPES];
	int pidfd;
	pid_t pid;
	bool ended;		/* the leader is a zombie now */
	int exec_errno;
	uint32_t fed;		/* bytes of input written */
};

/* Through the vDSO: hooks run in the init, too, and a seccomp filter may know no call for it. */
static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void drop_all(struct run *r)
{
	for (int i = 0; i < NPIPES; i++) {
		drop(&r->mine[i]);
		drop(&r->theirs[i]);
	}
	drop(&r->pidfd);
}

static int make_pipes(struct run *r)
{
	for (int i = 0; i < NPIPES; i++) {
		int p[2];

		if (pipe2(p, O_CLOEXEC) < 0)
			return -1;
		r->mine[i] = p[i == IN ? 1 : 0];
		r->theirs[i] = p[i == IN ? 0 : 1];
		if (fcntl(r->mine[i], F_SETFL, O_NONBLOCK) < 0)
			return -1;
	}
	return 0;
}

/* In the child: never returns.  Only async-signal-safe calls. */
static void child(struct run *r, const struct spawn_request *rq, pid_t parent)
{
	int fd[NPIPES];

	setpgid(0, 0);
	sys_default_signals(~0ULL);
	sys_sigmask(SIG_SETMASK, 0);
	if (rq->death_sig) {
		prctl(PR_SET_PDEATHSIG, rq->death_sig);
		if (parent > 0 && getppid() != parent)
			_exit(127);
	}
	/* Lift all four above 3 first, so that no dup2 below hits one that is still needed. */
	for (int i = 0; i < NPIPES; i++) {
		fd[i] = fcntl(r->theirs[i], F_DUPFD_CLOEXEC, 4);
		if (fd[i] < 0)
			goto fail;
	}
	if (dup2(fd[IN], 0) < 0 || dup2(fd[OUT], 1) < 0 || dup2(fd[ERR], 2) < 0 || dup3(fd[EXEC], 3, O_CLOEXEC) < 0)
		goto fail;
	if (sys_close_range(4, ~0U, 0) < 0)
		goto fail;
	fd[EXEC] = 3;
	execve(rq->path, (char *const *)rq->argv, rq->envp ? (char *const *)rq->envp : environ);
fail:;
	int err = errno;
	int to = fd[EXEC] > 0 ? fd[EXEC] : r->theirs[EXEC];

	if (write(to, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static void feed(struct run *r, const struct spawn_request *rq)
{
	while (r->fed < rq->input_len) {
		ssize_t n = write(r->mine[IN], rq->input + r->fed, rq->input_len - r->fed);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			break;	/* EPIPE: it does not want its input, which is its right */
		r->fed += (uint32_t)n;
	}
	drop(&r->mine[IN]);
}

/* Read what is there; beyond `cap` it is dropped.  Closes at the end of the stream. */
static void collect(int *fd, uint8_t *buf, uint32_t *len, uint32_t cap)
{
	uint8_t rest[1024];

	for (int rounds = 0; rounds < 64; rounds++) {	/* a fast writer must not keep us from the clock */
		bool full = *len >= cap;
		ssize_t n = full ? read(*fd, rest, sizeof(rest)) : read(*fd, buf + *len, cap - *len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			drop(fd);
			return;
		}
		if (!full)
			*len += (uint32_t)n;
	}
}

static void kill_group(const struct run *r)
{
	/* The leader is not reaped yet, so neither number can belong to somebody else. */
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL);
}

static void look_for_end(struct run *r)
{
	siginfo_t si = { 0 };

	if (waitid(P_PID, (id_t)r->pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid == r->pid)
		r->ended = true;
}

/* Until the leader has ended and its output is closed, or nobody should wait longer. */
static void attend(struct run *r, const struct spawn_request *rq, struct spawn_result *rs)
{
	int64_t deadline = rq->timeout_ms > 0 ? now_ms() + rq->timeout_ms : INT64_MAX;
	int64_t grace = INT64_MAX;
	bool killed = false;

	for (;;) {
		struct pollfd p[] = {
			{ r->mine[IN], POLLOUT, 0 },
			{ r->mine[OUT], POLLIN, 0 },
			{ r->mine[ERR], POLLIN, 0 },
			{ r->mine[EXEC], POLLIN, 0 },
			{ r->ended ? -1 : r->pidfd, POLLIN, 0 },
			{ killed || r->ended ? -1 : rq->abort_fd, 0, 0 },
			{ killed || r->ended || !rq->on_ready ? -1 : rq->ready_fd, POLLIN, 0 },
		};
		int64_t now = now_ms();
		int64_t until = r->ended || killed ? grace : deadline;
		int64_t wait = until == INT64_MAX ? -1 : until > now ? until - now : 0;

		if (!r->ended && r->pidfd < 0 && (wait < 0 || wait > TICK_MS))
			wait = TICK_MS;
		poll(p, sizeof(p) / sizeof(p[0]), wait > 3600000 ? 3600000 : (int)wait);

		if (r->mine[IN] >= 0 && p[0].revents)
			feed(r, rq);
		if (r->mine[OUT] >= 0 && p[1].revents)
			collect(&r->mine[OUT], rs->out, &rs->out_len, rq->max_output);
		if (r->mine[ERR] >= 0 && p[2].revents)
			collect(&r->mine[ERR], rs->err, &rs->err_len, rq->max_output);
		if (r->mine[EXEC] >= 0 && p[3].revents) {
			if (read(r->mine[EXEC], &r->exec_errno, sizeof(r->exec_errno)) != sizeof(r->exec_errno))
				r->exec_errno = 0;
			drop(&r->mine[EXEC]);
		}
		if (!r->ended)
			look_for_end(r);
		if (!killed && !r->ended &&
		    (now_ms() >= deadline || p[5].revents || (p[6].revents && rq->on_ready()))) {
			kill_group(r);
			killed = true;
			rs->timed_out = 1;
		}
		if (!r->ended)
			continue;
		if (r->mine[OUT] < 0 && r->mine[ERR] < 0)
			return;
		/* A daemon that it left needs a moment to leave the group and let go of the output. */
		if (grace == INT64_MAX) {
			grace = now_ms() + GRACE_MS;
		} else if (now_ms() >= grace) {
			if (killed)
				return;
			kill_group(r);
			killed = true;
			grace = now_ms() + GRACE_MS;
		}
	}
}

static uint8_t *map_output(uint32_t size)
{
	void *p = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void spawn_done(struct spawn_result *rs)
{
	if (rs->out)
		munmap(rs->out, rs->cap);
	if (rs->err)
		munmap(rs->err, rs->cap);
	rs->out = rs->err = NULL;
}

int spawn_run(const struct spawn_request *rq, struct spawn_result *rs, struct fail *fail)
{
	struct run r = { .pidfd = -1 };
	struct sigaction ign = { .sa_handler = SIG_IGN }, was;
	pid_t me = getpid();

	memset(r.mine, -1, sizeof(r.mine));
	memset(r.theirs, -1, sizeof(r.theirs));
	memset(rs, 0, sizeof(*rs));
	rs->cap = rq->max_output ? rq->max_output : 1;
	rs->out = map_output(rs->cap);
	rs->err = map_output(rs->cap);
	if (!rs->out || !rs->err) {
		fail_errno(fail, "mmap", "output");
		spawn_done(rs);
		return -1;
	}
	if (make_pipes(&r) < 0) {
		fail_errno(fail, "pipe2", rq->path);
		goto out;
	}
	r.pid = fork();
	if (r.pid < 0) {
		fail_errno(fail, "fork", rq->path);
		goto out;
	}
	if (r.pid == 0)
		child(&r, rq, me);
	setpgid(r.pid, r.pid);	/* as the child does: whoever comes first */
	for (int i = 0; i < NPIPES; i++)
		drop(&r.theirs[i]);
	r.pidfd = sys_pidfd_open(r.pid, 0);

	sigaction(SIGPIPE, &ign, &was);
	attend(&r, rq, rs);
	sigaction(SIGPIPE, &was, NULL);

	while (waitpid(r.pid, &rs->status, 0) < 0 && errno == EINTR)
		;
	while (waitpid(-r.pid, NULL, WNOHANG) > 0)	/* members that became our children, as pid 1 or subreaper */
		;
	drop_all(&r);
	if (r.exec_errno) {
		fail_set(fail, r.exec_errno, "execve", rq->path);
		spawn_done(rs);
		return -1;
	}
	return 0;
out:
	drop_all(&r);
	spawn_done(rs);
	return -1;
}
