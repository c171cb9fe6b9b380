// SPDX-License-Identifier: Apache-2.0
/* Steps that make the init a member of the container's namespaces. */
#include <string.h>
#include <sys/prctl.h>

#include "op.h"

int op_setns(struct init *init, const struct step *step, struct fail *fail)
{
	OWNED_FD ns = slot_take(init, step->a[0].i, fail);
	int type = (int)step->a[1].i;

	if (ns < 0)
		return -1;
	if (setns(ns, type) < 0)
		return fail_errno(fail, "setns", "");
	stay_closed();
	/* "/" is another one now, and so is what a procfs shows. */
	if (type == CLONE_NEWNS)
		slot_put(init, SLOT_ROOT, -1);
	return 0;
}

int op_unshare(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	if (unshare((int)step->a[0].i) < 0)
		return fail_errno(fail, "unshare", "");
	stay_closed();
	return 0;
}

/* In the parent stage: hand over to `pid` and end.  Never returns. */
static void hand_over(const struct init *init, pid_t pid, int pidfd)
{
	uint8_t room[8];
	struct out o = { room, sizeof(room), 0, false };
	uint32_t slot = 0;

	out_i(&o, pid);
	if (frame_send(init->sock, FRAME_FORKED, TO_LAUNCHER, 0, o.buf, o.len, &slot, &pidfd, 1) < 0)
		sys_pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	_exit(0);
}

int op_fork(struct init *init, const struct step *step, struct fail *fail)
{
	int pidfd = -1, gate[2], death_signal = 0;
	struct clone_args args = {
		.flags = (uint64_t)step->a[0].i | CLONE_PARENT | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
	};
	char byte;
	pid_t pid;

	prctl(PR_GET_PDEATHSIG, &death_signal);
	if (pipe2(gate, O_CLOEXEC) < 0)
		return fail_errno(fail, "pipe2", "");
	pid = sys_clone3(&args, sizeof(args));
	if (pid < 0) {
		fail_errno(fail, "clone3", "");
		close(gate[0]);
		close(gate[1]);
		return -1;
	}
	if (pid > 0)
		hand_over(init, pid, pidfd);

	/*
	 * The launcher must know us before it hears from us: go on when our
	 * parent stage has ended and with it the pipe's other end.
	 */
	close(gate[1]);
	while (read(gate[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(gate[0]);
	prctl(PR_SET_PDEATHSIG, death_signal);	/* not inherited; our parent is the launcher too */
	if (init->procfs >= 0)
		close(init->procfs);	/* of the old pid namespace */
	init->procfs = -1;
	return 0;
}

int op_become_root(struct init *init, const struct step *step, struct fail *fail)
{
	int death_signal = 0;

	(void)init;
	(void)step;
	prctl(PR_GET_PDEATHSIG, &death_signal);
	if (sys_setresgid(0, 0, 0) < 0)
		return fail_errno(fail, "setresgid", "0");
	if (sys_setresuid(0, 0, 0) < 0)
		return fail_errno(fail, "setresuid", "0");
	stay_closed();
	prctl(PR_SET_PDEATHSIG, death_signal);	/* new ids clear it */
	return 0;
}

int op_timens_offsets(struct init *init, const struct step *step, struct fail *fail)
{
	const struct arg *text = &step->a[0];

	(void)init;
	OWNED_FD procfs = procfs_open(false, fail);
	OWNED_FD ns = -1;

	if (procfs < 0)
		return -1;
	if (text->n && procfs_write(procfs, "self/timens_offsets", text->s, text->n, fail) < 0)
		return -1;
	/* A magic link, on a procfs that is proven to be one. */
	ns = openat(procfs, "self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return fail_errno(fail, "openat", "self/ns/time_for_children");
	if (setns(ns, CLONE_NEWTIME) < 0)
		return fail_errno(fail, "setns", "time_for_children");
	return 0;
}

int op_setsid(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	(void)step;
	if (setsid() < 0)
		return fail_errno(fail, "setsid", "");
	return 0;
}

/*
 * "0" in "tasks" is the writer itself, one thread: the kernel then spares the
 * lock that a move from outside takes.  That lock waits for an RCU grace period,
 * which is 10 ms and more, and every fork and exec of the machine waits with it.
 */
int op_join_cgroup(struct init *init, const struct step *step, struct fail *fail)
{
	OWNED_FD tasks = slot_take(init, step->a[0].i, fail);

	if (tasks < 0)
		return -1;
	if (write(tasks, "0", 1) == 1)
		return 0;
	if (step->a[1].i && (errno == EACCES || errno == EPERM || errno == EROFS))
		return 0;
	return fail_errno(fail, "write", "tasks");
}

/* Its being first in a batch is what counts: init.c */
int op_go_on(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	(void)step;
	(void)fail;
	return 0;
}

int op_dumpable(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	if (prctl(PR_SET_DUMPABLE, step->a[0].i ? 1 : 0, 0, 0, 0) < 0)
		return fail_errno(fail, "prctl", "PR_SET_DUMPABLE");
	return 0;
}
