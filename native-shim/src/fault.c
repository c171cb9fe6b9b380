// SPDX-License-Identifier: Apache-2.0
/*
 * Faults on demand, in test builds only: JRUNC_FAULT=party:op[:nth]:what
 *
 *   party  launcher | init
 *   op     a name of plan_ops.def, or * for every step
 *   nth    the nth time that it is reached (default 1)
 *   what   an errno name or number, or crash, hang, kill
 *
 *   init:pivot_root:EBUSY    launcher:spawn:2:kill    init:*:7:ENOMEM
 */
#include <errno.h>

#include "shim.h"

#ifdef JRUNC_FAULTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
	char party;		/* 0 = no fault wanted */
	char op[32];
	unsigned nth, seen;
	char what[16];
} fault;

static const struct {
	const char *name;
	int value;
} errnos[] = {
	{ "EPERM", EPERM }, { "ENOENT", ENOENT }, { "EINTR", EINTR }, { "EIO", EIO }, { "ENXIO", ENXIO },
	{ "EBADF", EBADF }, { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EACCES", EACCES },
	{ "EBUSY", EBUSY }, { "EEXIST", EEXIST }, { "EXDEV", EXDEV }, { "ENODEV", ENODEV },
	{ "ENOTDIR", ENOTDIR }, { "EINVAL", EINVAL }, { "EMFILE", EMFILE }, { "ENOSPC", ENOSPC },
	{ "EROFS", EROFS }, { "EPIPE", EPIPE }, { "ELOOP", ELOOP }, { "ENOSYS", ENOSYS },
	{ "EOPNOTSUPP", EOPNOTSUPP }, { "ETIMEDOUT", ETIMEDOUT },
};

/* Copy the field up to ':' or the end.  Returns what follows the ':' or NULL. */
static const char *field(const char *text, char *to, size_t cap)
{
	size_t n = strcspn(text, ":");
	size_t m = n < cap - 1 ? n : cap - 1;

	memcpy(to, text, m);
	to[m] = 0;
	return text[n] ? text + n + 1 : NULL;
}

void fault_setup(const char *text)
{
	char word[32];

	fault.party = 0;
	if (!text || !(text = field(text, word, sizeof(word))))
		return;
	char party = strcmp(word, "launcher") == 0 || strcmp(word, "L") == 0 ? 'L' :
		     strcmp(word, "init") == 0 || strcmp(word, "I") == 0 ? 'I' : 0;

	if (!party || !(text = field(text, fault.op, sizeof(fault.op))))
		return;
	fault.nth = 1;
	fault.seen = 0;
	const char *rest = field(text, word, sizeof(word));

	if (rest) {
		fault.nth = (unsigned)strtoul(word, NULL, 10);
		field(rest, fault.what, sizeof(fault.what));
	} else {
		field(text, fault.what, sizeof(fault.what));
	}
	fault.party = party;
}

static int fault_errno(void)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strcmp(errnos[i].name, fault.what) == 0)
			return errnos[i].value;
	int n = atoi(fault.what);

	return n > 0 ? n : EIO;
}

int fault_point(char party, const char *op, struct fail *fail)
{
	if (fault.party != party || (strcmp(fault.op, "*") != 0 && strcmp(fault.op, op) != 0))
		return 0;
	if (++fault.seen != fault.nth)
		return 0;
	if (strcmp(fault.what, "crash") == 0)
		__builtin_trap();
	if (strcmp(fault.what, "hang") == 0)
		for (;;)
			pause();
	if (strcmp(fault.what, "kill") == 0) {
		kill(getpid(), SIGKILL);
		_exit(137);	/* pid 1 of its namespace does not hear its own SIGKILL */
	}
	return fail_set(fail, fault_errno(), "fault", op);
}
#else
void fault_setup(const char *text)
{
	(void)text;
}

int fault_point(char party, const char *op, struct fail *fail)
{
	(void)party;
	(void)op;
	(void)fail;
	return 0;
}
#endif
