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
	int64_t start = now_ms();

	CHECK(sh("trap '' TERM; echo a; sleep 60 & sleep 60", "", 200, 10) == 0);
	CHECK(rs.timed_out && WIFSIGNALED(rs.status) && WTERMSIG(rs.status) == SIGKILL);
	CHECK(said("a\n", "") && now_ms() - start < 5000);
}

static void a_member_that_holds_the_output_is_not_waited_for(void)
{
	int64_t start = now_ms();

	CHECK(sh("sleep 60 & echo $!", "", 0, 32) == 0);
	CHECK(rs.status == 0 && !rs.timed_out && now_ms() - start < 5000);
	rs.out[rs.out_len] = 0;
	/* It was killed, and reaped by whoever is its parent now: init, or a zombie at most. */
	pid_t left = atoi((const char *)rs.out);

	for (int i = 0; i < 1000 && kill(left, 0) == 0; i++) {
		char path[64], state[256] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)left);
		fd = open(path, O_RDONLY);
		if (fd < 0 || read(fd, state, sizeof(state) - 1) <= 0 || strstr(state, ") Z"))
			i = 1000;
		close(fd);
		CHECK(i != 999);
		sched_yield();
	}
	spawn_done(&rs);
}

static void a_daemon_that_lets_go_of_the_output_lives(void)
{
	CHECK(sh("sleep 60 </dev/null >/dev/null 2>&1 & echo $!", "", 0, 32) == 0);
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
	const char *argv[] = { "sleep", "60", NULL };
	int64_t start = now_ms();
	int p[2];

	CHECK(pipe(p) == 0);
	close(p[1]);
	struct spawn_request rq = { .path = "/bin/sleep", .argv = argv, .abort_fd = p[0], .max_output = 10 };

	CHECK(spawn_run(&rq, &rs, &fail) == 0);
	CHECK(WIFSIGNALED(rs.status) && rs.timed_out && now_ms() - start < 5000);
	spawn_done(&rs);
	close(p[0]);
}

int main(void)
{
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
