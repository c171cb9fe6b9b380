// SPDX-License-Identifier: Apache-2.0
/* Hooks that run where the container's process is. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "op.h"

#define WORDS_MAX	4096

/*
 * After wait_start the result reaches nobody who could judge it, so a hook that
 * did not succeed is a failed step.  Detail: how it ended, then what it said.
 */
static int fail_unsuccessful(const char *path, const struct spawn_result *rs, struct fail *fail)
{
	uint32_t n = rs->err_len < 400 ? rs->err_len : 400;
	char text[512];

	fail_set(fail, rs->timed_out ? ETIMEDOUT : ECANCELED, "hook", path);
	if (rs->timed_out)
		fail_detail(fail, "timed out\n");
	else if (WIFSIGNALED(rs->status))
		snprintf(fail->detail, sizeof(fail->detail), "signal %d\n", WTERMSIG(rs->status));
	else
		snprintf(fail->detail, sizeof(fail->detail), "exit status %d\n", WEXITSTATUS(rs->status));
	snprintf(text, sizeof(text), "%.*s", (int)n, (const char *)rs->err + (rs->err_len - n));
	return fail_detail(fail, text);
}

int op_hook(struct init *init, const struct step *step, struct fail *fail)
{
	static const char *argv[WORDS_MAX] ROOM, *envp[WORDS_MAX] ROOM;
	struct spawn_request rq = {
		.path = step->a[0].s,
		.argv = argv,
		.envp = step->a[2].i ? NULL : envp,
		.input = step->a[4].b,
		.input_len = step->a[4].n,
		.timeout_ms = step->a[5].i,
		.max_output = (uint32_t)step->a[6].i,
		.abort_fd = init->sock,
		.death_sig = (int)step->a[7].i,
	};
	struct spawn_result rs;
	int rc = 0;

	if (step->a[6].i < 0 || step->a[6].i > 1024 * 1024)
		return fail_set(fail, EINVAL, "check", rq.path);
	if (arg_list(&step->a[1], argv, WORDS_MAX) < 0 || arg_list(&step->a[3], envp, WORDS_MAX) < 0)
		return fail_set(fail, E2BIG, "check", rq.path);
	/* Before the root changes a hook finds the container's root as its working directory. */
	if (!init->at_root && init->slots[SLOT_ROOT] >= 0 && fchdir(init->slots[SLOT_ROOT]) < 0)
		return fail_errno(fail, "fchdir", "root");
	if (spawn_run(&rq, &rs, fail) < 0)
		return -1;
	if (init->answered && (rs.timed_out || rs.status != 0))
		rc = fail_unsuccessful(rq.path, &rs, fail);
	out_i(init->results, rs.status);
	out_i(init->results, rs.timed_out);
	out_b(init->results, rs.out, rs.out_len);
	out_b(init->results, rs.err, rs.err_len);
	spawn_done(&rs);
	return rc;
}
