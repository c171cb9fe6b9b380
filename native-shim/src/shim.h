/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_SHIM_H
#define JRUNC_SHIM_H

#include "fail.h"
#include "frame.h"
#include "op_path.h"

/* Slots: descriptors that steps name.  One table per process. */
#define SLOTS		512
#define RETURNED_FDS	8	/* most descriptors that the steps of one batch can return */
#define KEPT_FDS	8	/* most descriptors that the init hands to what it executes */
#define SLOT_NONE	(-1)
#define SLOT_ROOT	0	/* the container's root directory */
#define SLOT_START	1	/* start fifo, read end */
#define SLOT_REPORT	2	/* report fifo, write end */
#define SLOT_CONSOLE	3	/* launcher: pty master */
#define SLOT_CGROUP	4	/* cgroup2 directory for CLONE_INTO_CGROUP */
#define SLOT_NETWORK	5	/* launcher: a network namespace made ahead, for a clone that would make one */
#define SLOT_SHIM	6	/* launcher: a sealed copy of our executable, for the init to run from */
#define SLOT_NS		8	/* 8..23: namespaces to join */
#define SLOT_JOIN	24	/* 24..63: cgroup v1 "tasks" files to join through */
#define SLOT_SOURCE	64	/* 64..: mount sources of the running batch */

/* Target flags of mount steps. */
#define MF_PLAIN_DIR	1	/* the target must be a directory reached without any link (proc, sysfs) */
#define MF_COPY_UP	2	/* fill the new tmpfs with what the target held */
#define MF_DIR_MODE	4	/* a tmpfs takes the mode of the directory that it covers, if there was one */
#define MF_FILE		8	/* create a missing target as a file, not as a directory */
#define MF_NO_CREATE	16	/* a missing target is an error */
#define MF_NOFOLLOW	32	/* do not follow a link at the last component of the target */
#define MF_READONLY	64	/* mount_fs: make it read-only at once (else a later remount_ro does) */
#define MF_SRC_NOFOLLOW	128	/* mount_inner, open_inner: do not follow a link at the end of the source */

/*
 * The init's descriptor to the launcher, its descriptor slots, and what a step
 * may answer.  Passed to every op_ function of the init.
 */
struct init {
	int sock;		/* to the launcher; -1 once left */
	int report;		/* report fifo after wait_start, else -1 */
	uint32_t seq;		/* batch under way */
	uint32_t index;		/* step under way */
	int slots[SLOTS];	/* -1 = empty; owned */
	int keep_from, keep_to;	/* descriptors [from, to) survive exec: LISTEN_FDS and --preserve-fds */
	int kept[KEPT_FDS];	/* and these, of `keep` */
	unsigned nkept;
	struct out *results;	/* an op appends its results here */
	int returned[RETURNED_FDS];	/* owned: descriptors that go with the answer, */
	uint32_t returned_by[RETURNED_FDS];	/* the index of the step that returned each, */
	unsigned nreturned;	/* and their number */
	bool quiet;		/* nobody waits for an answer to this batch that says no more than "done" */
	bool answered;		/* the reply to this batch has been sent: wait_start, announce */
	bool announced;		/* what fails now has nobody left to tell but standard error */
	bool failed;		/* a step: none is done until `go_on` */
	bool filtered;		/* a seccomp filter is loaded: read, write, close, execve and exit only */
	bool leaving;		/* prepare_to_leave() has been done */
	bool at_root;		/* "/" is the container's: pivot_root */
	int procfs;		/* a whole private procfs, opened by the first sysctl; -1 = none yet */
	uint16_t named;		/* the step that our short name tells of */
	int mask;		/* the attached empty tmpfs that masks directories; -1 = none yet */
	char **argv, **envp;	/* of `words`; NULL = none came */
	/* large, and last: what is always used shares a page */
	struct path_place place;	/* of the last node or link that was made */
	char cwd[4096];		/* where chdir_in got to, "" = nowhere yet */
	char program[4096];	/* what find_program found, for exec with an empty path */
};

/* Run as the init: `sock` is the pair's end.  Returns the exit status; never returns after exec. */
int init_main(int sock, int keep_from, int keep_to, const char *fault);

/* Result of a hook or a tool. */
struct spawn_request {
	const char *path;
	const char *const *argv;
	const char *const *envp;	/* NULL = inherit */
	const uint8_t *input;
	uint32_t input_len;
	int64_t timeout_ms;		/* <= 0: none */
	uint32_t max_output;		/* per stream; the rest is read and dropped */
	int abort_fd;			/* POLLHUP here ends it too, -1 = none */
	int death_sig;			/* PR_SET_PDEATHSIG of the program, 0 = none */
	int ready_fd;			/* looked at only with on_ready: */
	bool (*on_ready)(void);		/* called when ready_fd can be read; true = kill the program now */
};
struct spawn_result {
	int status;			/* as wait(2) */
	int timed_out;			/* 1: killed by us: the time was over, or abort_fd or on_ready asked for it */
	uint8_t *out, *err;		/* mapped, owned by the caller: spawn_done() */
	uint32_t out_len, err_len;
	uint32_t cap;			/* size of each mapping */
};
/*
 * Run a program in its own process group and wait for it.  At the timeout, or
 * when its leader ends while members of the group hold its output, the whole
 * group is killed.  Returns 0 or -1 with `fail` when it could not be started.
 */
int spawn_run(const struct spawn_request *rq, struct spawn_result *rs, struct fail *fail);
void spawn_done(struct spawn_result *rs);

/*
 * Test builds (-DJRUNC_FAULTS) only: JRUNC_FAULT=party:op[:nth]:errno|crash|hang|kill.
 * Called before each step; returns 0 or -1 with `fail`.
 */
int fault_point(char party, const char *op, struct fail *fail);
void fault_setup(const char *text);

#endif
