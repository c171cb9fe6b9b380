/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_OP_H
#define JRUNC_OP_H

#include <sys/prctl.h>

#include "shim.h"
#include "sys.h"

/*
 * The steps of the init, one function each: op_NAME of plan_ops.def.  Returns 0,
 * or -1 with `fail`.  What each does, and which slots it empties: docs/protocol.md.
 */
#define OP(number, name, party, args, results) \
	enum { OP_##name = number }; \
	int op_##name(struct init *init, const struct step *step, struct fail *fail);
#include "plan_ops.def"
#undef OP

typedef int (*op_function)(struct init *init, const struct step *step, struct fail *fail);

/* The function of a step of the init, or NULL.  init.c */
op_function op_function_of(uint16_t number);

/* The descriptor in a slot, or -1 with `fail`.  It stays in its slot. */
int slot_fd(struct init *init, int64_t slot, struct fail *fail);
/* Take it out: the caller owns it now. */
int slot_take(struct init *init, int64_t slot, struct fail *fail);
/* Put `fd` there (owned by the slot from now on); what was there is closed. */
void slot_put(struct init *init, unsigned slot, int fd);
/*
 * The container's root directory.  Where no step has set it, it is the
 * process's own "/": so it is after a mount namespace was joined.
 */
int root_fd(struct init *init, struct fail *fail);

/*
 * Nobody may trace us or look through our /proc.  Said again after each change of
 * ids or capabilities: on hosts with the sysctl fs.suid_dumpable = 1 the kernel
 * takes that for the moment to allow it.
 */
static inline void stay_closed(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* The step under way returns this descriptor, which the init owns from now on: -1 with `fail` when there are too many. */
int init_return(struct init *init, int fd, struct fail *fail);

/* Tell the engine something that is no failure.  Lost when nobody listens any more. */
void init_log(struct init *init, int level, const char *text);

/* Answer the batch up to and with the step under way, before its end: wait_start, announce. */
int init_answer(struct init *init, struct fail *fail);

/*
 * What must be done before exec and may be forbidden after a seccomp filter,
 * once: nothing but 0-2 and the kept descriptors survives the exec, and the
 * launcher's death means nothing any more.  op_exec.c
 */
int prepare_to_leave(struct init *init, struct fail *fail);

/*
 * A private procfs, attached nowhere, so that nobody can mount or bind into it:
 * the container's own /proc may be anything by now.  `whole` has sys/ too, else
 * only the processes.  Where the kernel forbids that (a user namespace that sees
 * no complete procfs) it is /proc, proven to be the root of a procfs.
 * Returns a directory the caller owns, or -1.  op_procfs.c
 */
int procfs_open(bool whole, struct fail *fail);
/*
 * Write `text` at once to a file below it.  Nothing mounted on the way is
 * entered and no magic link is followed.  `name` is for messages as well.
 */
int procfs_write(int procfs, const char *name, const char *text, size_t length, struct fail *fail);

#endif
