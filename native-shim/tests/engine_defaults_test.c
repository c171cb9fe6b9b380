// SPDX-License-Identifier: Apache-2.0
/* An engine for everybody keeps nothing of who started it.  Run as root. */
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "engine_start.h"

/* Up to infinity, where a hard limit may rise; else as far as it goes. */
static bool freed(int resource, bool may_rise)
{
	struct rlimit now;

	return getrlimit(resource, &now) == 0 && now.rlim_cur == now.rlim_max && (!may_rise || now.rlim_max == RLIM_INFINITY);
}

static bool hard_limits_may_rise(void)
{
	struct rlimit low = { .rlim_cur = 0, .rlim_max = 1 }, high = { .rlim_cur = 0, .rlim_max = 2 };

	return setrlimit(RLIMIT_LOCKS, &low) == 0 && setrlimit(RLIMIT_LOCKS, &high) == 0;
}

static long score(void)
{
	char text[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);

	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	return strtol(text, NULL, 10);
}

static int cpus(void)
{
	cpu_set_t set;

	CHECK(sched_getaffinity(0, sizeof(set), &set) == 0);
	return CPU_COUNT(&set);
}

static void tight(void)
{
	struct rlimit low = { .rlim_cur = 64, .rlim_max = 64 };
	struct rlimit time = { .rlim_cur = 3600, .rlim_max = 3600 };
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	cpu_set_t set;

	CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0 && setrlimit(RLIMIT_NPROC, &time) == 0 && setrlimit(RLIMIT_CPU, &time) == 0 && setrlimit(RLIMIT_FSIZE, &time) == 0);
	CHECK(write(fd, "300", 3) == 3);
	close(fd);
	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&set) == 0; cpu++) {
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set) < 0)
			CPU_ZERO(&set);
	}
	CHECK(setpriority(PRIO_PROCESS, 0, 7) == 0);
	CHECK(syscall(SYS_ioprio_set, 1, 0, (3 << 13)) == 0);
	CHECK(prctl(PR_SET_TIMERSLACK, 1000000, 0, 0, 0) == 0);
	CHECK(personality(ADDR_NO_RANDOMIZE) >= 0);
}

static void what_the_starter_was_bound_by_does_not_bind_the_engine(void)
{
	int status, all = cpus();
	pid_t pid = fork();

	if (pid == 0) {
		bool rise = hard_limits_may_rise();
		struct rlimit nofile;

		tight();
		CHECK(cpus() == 1);
		engine_defaults();
		CHECK(getrlimit(RLIMIT_NOFILE, &nofile) == 0 && nofile.rlim_cur == nofile.rlim_max && nofile.rlim_cur >= (rise ? 65 : 64));
		CHECK(freed(RLIMIT_CPU, rise) && freed(RLIMIT_FSIZE, rise) && freed(RLIMIT_NPROC, rise));
		CHECK(cpus() >= all);
		CHECK(getpriority(PRIO_PROCESS, 0) == 0);
		CHECK(syscall(SYS_ioprio_get, 1, 0) >> 13 != 3);
		CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 50000);
		CHECK(personality(0xffffffff) == 0);
		CHECK(score() == 0);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void who_may_not_raise_a_limit_gets_what_is_left_of_it(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct rlimit now, low = { .rlim_cur = 16, .rlim_max = 64 };

		CHECK(setrlimit(RLIMIT_NOFILE, &low) == 0);
		CHECK(setresuid(65534, 65534, 65534) == 0);
		engine_defaults();
		CHECK(getrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == 64 && now.rlim_max == 64);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	if (geteuid() != 0) {
		puts("engine_defaults_test: skipped: not root");
		return 0;
	}
	what_the_starter_was_bound_by_does_not_bind_the_engine();
	who_may_not_raise_a_limit_gets_what_is_left_of_it();
	return 0;
}
