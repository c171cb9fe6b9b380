// SPDX-License-Identifier: Apache-2.0
/*
 * What a resident engine does not keep of the command that happened to start it.
 *
 * It serves others afterwards: limits, priorities and processors that this one
 * caller was given, or gave itself, must not be theirs.  Containers are children
 * of their launchers and go on to inherit what their own callers have.
 */
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine_start.h"

#define SLACK_NS	50000		/* the kernel's own */
#define STACK		(8UL << 20)
#define DESCRIPTORS	524288UL	/* what service managers give */
#define CPUS		8192

/* Both limits where that is permitted, else as much as the caller's hard limit leaves. */
static void limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit old, wanted = { .rlim_cur = soft, .rlim_max = hard };

	if (getrlimit(resource, &old) < 0)
		return;
	if (wanted.rlim_max < old.rlim_max)	/* infinity is the largest */
		wanted.rlim_max = old.rlim_max;
	if (setrlimit(resource, &wanted) == 0)
		return;
	wanted.rlim_max = old.rlim_max;
	if (wanted.rlim_cur > old.rlim_max)
		wanted.rlim_cur = old.rlim_max;
	setrlimit(resource, &wanted);
}

static void limits(void)
{
	static const int without[] = { RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS, RLIMIT_NPROC, RLIMIT_LOCKS };
	struct rlimit nofile;

	for (unsigned i = 0; i < sizeof(without) / sizeof(without[0]); i++)
		limit(without[i], RLIM_INFINITY, RLIM_INFINITY);
	limit(RLIMIT_STACK, STACK, RLIM_INFINITY);
	limit(RLIMIT_NOFILE, DESCRIPTORS, DESCRIPTORS);
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		setrlimit(RLIMIT_NOFILE, &nofile);
	}
}

/* Each of these may be refused, as to go back to the usual can need a right: then it stays. */
static void priorities(void)
{
	static const struct sched_param usual = { .sched_priority = 0 };
	unsigned long all[CPUS / 8 / sizeof(unsigned long)];
	ssize_t kept;
	int score;

	/* As a system call: musl's own function only says that it has none. */
	syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &usual);
	setpriority(PRIO_PROCESS, 0, 0);
	memset(all, 0xff, sizeof(all));
	syscall(SYS_sched_setaffinity, 0, sizeof(all), all);	/* those of the cpuset, if there is one */
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, 0);
	syscall(SYS_set_mempolicy, 0, NULL, 0UL);
	prctl(PR_SET_TIMERSLACK, SLACK_NS, 0, 0, 0);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
	personality(PER_LINUX);
	score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (score >= 0) {
		kept = write(score, "0", 1);
		(void)kept;
		close(score);
	}
}

void engine_defaults(void)
{
	limits();
	priorities();
}
