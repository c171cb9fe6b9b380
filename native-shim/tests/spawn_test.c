// SPDX-License-Identifier: Apache-2.0
/* Running hooks: whatever they do, it ends, and what they said is known. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "shim.h"

/* What nobody waits for: sleepers would end after twice as long. */
#define QUITE_LONG_MS	300000

static struct spawn_result rs;
static struct fail fail;

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int sh(const char *script, const char *input, int64_t timeout_ms, uint32_t max_output)
{
	const char *argv[] = { "sh", "-c", script, NULL };
	const char *envp[] = { "PATH=/bin:/usr/bin", "WHO=hook", NULL };
	struct spawn_request rq = {
		.path = "/bin/sh", .argv = argv, .envp = envp,
		.input = (const uint8_t *)input, .input_len = (uint32_t)strlen(input),
		.timeout_ms = timeout_ms, .max_output = max_output, .abort_fd = -1,
	};

	return spawn_run(&rq, &rs, &fail);
}

static bool said(const char *out, const char *err)
{
	bool yes = rs.out_len == strlen(out) && !memcmp(rs.out, out, rs.out_len) &&
		   rs.err_len == strlen(err) && !memcmp(rs.err, err, rs.err_len);

	spawn_done(&rs);
	return yes;
}

static void input_output_environment_and_status_pass_through(void)
{
	CHECK(sh("cat; echo $WHO >&2; exit 3", "state", 0, 100) == 0);
	CHECK(WIFEXITED(rs.status) && WEXITSTATUS(rs.status) == 3 && !rs.timed_out);
	CHECK(said("state", "hook\n"));
}

static void only_stdio_is_open_and_signals_are_as_in_a_new_program(void)
{
	int extra = open("/dev/null", O_RDONLY);	/* without close-on-exec, as a careless caller leaves it */
	sigset_t all, was;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &was);
	signal(SIGUSR1, SIG_IGN);
	CHECK(sh("for n in 0 1 2 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/$$/fd/$n ] && echo $n; done; grep -E 'SigBlk|SigIgn' /proc/self/status >&2", "", 0, 200) == 0);
	CHECK(said("0\n1\n2\n", "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"));
	signal(SIGUSR1, SIG_DFL);
	sigprocmask(SIG_SETMASK, &was, NULL);
	close(extra);
}

static void output_beyond_the_bound_is_read_and_dropped(void)
{
	CHECK(sh("head -c 3000000 /dev/zero | tr '\\0' x; exit 0", "", 0, 5) == 0);
	CHECK(rs.status == 0 && said("xxxxx", ""));
}

static void unread_input_is_no_error(void)
{
	static char input[300001];

	memset(input, 'i', sizeof(input) - 1);
	CHECK(sh("exec <&-; exit 0", input, 0, 10) == 0);
	CHECK(rs.status == 0 && said("", ""));
}

static void at_the_timeout_the_whole_group_is_killed(void)
{
	bool heard = false;

	/* On a busy machine the shell may not have come to its first word by then: so it gets more time. */
	for (int64_t timeout = 200; !heard; timeout *= 2) {
		int64_t start = now_ms();

		CHECK(timeout < QUITE_LONG_MS);
		CHECK(sh("trap '' TERM; echo a; sleep 600 & sleep 600", "", timeout, 10) == 0);
		CHECK(rs.timed_out && WIFSIGNALED(rs.status) && WTERMSIG(rs.status) == SIGKILL);
		CHECK(now_ms() - start < timeout + QUITE_LONG_MS);
		heard = rs.out_len > 0;
		CHECK(said(heard ? "a\n" : "", ""));
	}
}

/* Killed processes go when they are next scheduled, and are reaped by whoever is their parent now: here they are zombies at most. */
static void await_death(pid_t pid)
{
	char path[64], state[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (;;) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = fd < 0 ? -1 : read(fd, state, sizeof(state) - 1);

		if (fd >= 0)
			close(fd);
		if (n <= 0)
			return;
		state[n] = 0;
		if (strstr(state, ") Z") || strstr(state, ") X"))
			return;
		usleep(1000);
	}
}

static void a_member_that_holds_the_output_is_not_waited_for(void)
{
	int64_t start = now_ms();

	CHECK(sh("sleep 600 & echo $!", "", 0, 32) == 0);
	CHECK(rs.status == 0 && !rs.timed_out && now_ms() - start < QUITE_LONG_MS);
	rs.out[rs.out_len] = 0;
	await_death(atoi((const char *)rs.out));
	spawn_done(&rs);
}

static void a_daemon_that_lets_go_of_the_output_lives(void)
{
	/* The shell stays until it has let go. */
	CHECK(sh("sleep 600 </dev/null >/dev/null 2>&1 & until [ /proc/$!/fd/2 -ef /dev/null ]; do :; done; echo $!", "", 0, 32) == 0);
	rs.out[rs.out_len] = 0;
	pid_t left = atoi((const char *)rs.out);

	CHECK(left > 0 && kill(left, SIGKILL) == 0);
	spawn_done(&rs);
}

static void a_program_that_is_not_there_is_named(void)
{
	const char *argv[] = { "x", NULL };
	struct spawn_request rq = { .path = "/nonexistent/x", .argv = argv, .abort_fd = -1, .max_output = 10 };

	CHECK(spawn_run(&rq, &rs, &fail) == -1);
	CHECK(fail.err == ENOENT && !strcmp(fail.call, "execve") && !strcmp(fail.object, "/nonexistent/x"));
	rq.path = "/dev";
	CHECK(spawn_run(&rq, &rs, &fail) == -1 && fail.err == EACCES);
}

static void the_other_end_of_abort_fd_ends_it(void)
{
	const char *argv[] = { "sleep", "600", NULL };
	int64_t start = now_ms();
	int p[2];

	CHECK(pipe(p) == 0);
	close(p[1]);
	struct spawn_request rq = { .path = "/bin/sleep", .argv = argv, .abort_fd = p[0], .max_output = 10 };

	CHECK(spawn_run(&rq, &rs, &fail) == 0);
	CHECK(WIFSIGNALED(rs.status) && rs.timed_out && now_ms() - start < QUITE_LONG_MS);
	spawn_done(&rs);
	close(p[0]);
}

int main(void)
{
	alarm(900);	/* of waits that have no end of their own */
	input_output_environment_and_status_pass_through();
	only_stdio_is_open_and_signals_are_as_in_a_new_program();
	output_beyond_the_bound_is_read_and_dropped();
	unread_input_is_no_error();
	at_the_timeout_the_whole_group_is_killed();
	a_member_that_holds_the_output_is_not_waited_for();
	a_daemon_that_lets_go_of_the_output_lives();
	a_program_that_is_not_there_is_named();
	the_other_end_of_abort_fd_ends_it();
	return 0;
}
