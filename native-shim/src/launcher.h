/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_LAUNCHER_H
#define JRUNC_LAUNCHER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine_start.h"
#include "fail.h"
#include "frame.h"
#include "shim.h"

/* One invocation, from main() to its exit code. */
struct launcher {
	/* what the caller gave us */
	int argc;
	char **argv;
	int64_t start_ns;
	unsigned stdio_open;	/* bit n: the caller gave us fd n; else it is /dev/null now */
	int inherited_end;	/* 3 .. here-1 are the caller's descriptors, without a gap: only they can be kept */
	uint64_t ignored;	/* bit sig-1: ignored when we started; SIGCHLD is not told */

	/* the engine */
	enum engine_mode mode;
	struct engine engine;	/* engine.sock is -1 once it has gone */
	bool heard;		/* it has answered: no falling back from here on */
	int64_t answer_by;	/* ms: until then a resident engine has to answer */

	/* the init */
	int memfd;		/* sealed copy of our executable, -1 until made */
	int pair;		/* to the init, -1 = none or closed */
	int pidfd;
	pid_t pid;		/* 0 = none, or no longer ours to care for */
	bool had_init, announced, failed, ended, reported;
	int status;		/* of the init, once `ended` */
	int stdio[3], relayed[3];	/* pipes for the next clone: the child's end and ours, -1 = none */
	pid_t stage;		/* that the init was before it forked once more; 0 = none, or collected */

	/* signals */
	int sigfd;
	bool reap;		/* SIGCHLD came */
	bool forwarding, forward_at_exec;
	uint64_t early;		/* signals that came before `forward`, for the init */
	int wanted_gone;	/* the signal that asked us to end before `forward` */
	int64_t gone_by;	/* ms: then we end without the engine */

	/* the end */
	char **epilogue;	/* arguments; NULL = none */
	bool finished;
	int code;

	int slots[SLOTS];
};

extern struct launcher launcher;

int launcher_main(int argc, char **argv, int64_t start_ns, unsigned stdio_open);

void launcher_signals(void);			/* read the signalfd, act on what is in it */
int launcher_kill(int sig);			/* to the init, if there is one; 0, or -1 with errno */
void launcher_forward(void);			/* from now on signals are the init's, its end is reported */
void launcher_follow(pid_t pid, int pidfd);	/* the init from now on; takes the pidfd over */

/*
 * Wait until `fd` can be read or written (POLLIN, POLLOUT), with an open ear for signals.
 * Returns 0, or -1 with errno: EINTR = the caller wants us gone, EPIPE = the engine has gone.
 */
int launcher_wait(int fd, short events);

/* Pass on what the engine has sent for the init up to now.  What we are working at is done with. */
void launcher_pass_on(void);

/* Run a batch from the engine and answer it, unless it ended the launcher. */
void launcher_batch(struct frame *f);

/* clone.c: see there */
int seal_own_executable(void);
int network_ahead(struct fail *fail);
int clone_init(uint64_t flags, bool hold, int cgroup, unsigned keep, int death_sig, struct fail *fail);
int clone_release(struct fail *fail);

#endif
