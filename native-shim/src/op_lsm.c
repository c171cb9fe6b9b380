// SPDX-License-Identifier: Apache-2.0
/* Keyring, LSM labels, no_new_privs and seccomp. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "op.h"

#define KEYCTL_JOIN_SESSION_KEYRING	1
#define KEYCTL_SETPERM			5
#define KEYCTL_DESCRIBE			6

static long keyctl(int operation, unsigned long a, unsigned long b, unsigned long c)
{
	return syscall(SYS_keyctl, operation, a, b, c, 0);
}

int op_keyring(struct init *init, const struct step *step, struct fail *fail)
{
	const char *name = step->a[0].s;
	char description[512], *at = description;
	unsigned long permissions;
	long ring, n;

	ring = keyctl(KEYCTL_JOIN_SESSION_KEYRING, (unsigned long)(uintptr_t)name, 0, 0);
	if (ring < 0 && errno == ENOSYS) {
		init_log(init, LOG_WARNING, "the kernel has no keyrings: the session keyring stays");
		return 0;
	}
	if (ring < 0)
		return fail_errno(fail, "keyctl", name);
	n = keyctl(KEYCTL_DESCRIBE, (unsigned long)ring, (unsigned long)(uintptr_t)description,
		   sizeof(description) - 1);
	if (n < 0)
		return fail_errno(fail, "KEYCTL_DESCRIBE", name);
	description[n < (long)sizeof(description) ? n : (long)sizeof(description) - 1] = 0;
	for (int i = 0; i < 3; i++) {	/* type;uid;gid;permissions;description */
		at = strchr(at, ';');
		if (!at)
			return fail_set(fail, EPROTO, "KEYCTL_DESCRIBE", name);
		at++;
	}
	permissions = strtoul(at, NULL, 16);
	permissions = (permissions & (unsigned long)step->a[2].i) | (unsigned long)step->a[1].i;
	if (keyctl(KEYCTL_SETPERM, (unsigned long)ring, permissions, 0) < 0)
		return fail_errno(fail, "KEYCTL_SETPERM", name);
	return 0;
}

int op_attr_exec(struct init *init, const struct step *step, struct fail *fail)
{
	const char *module = step->a[0].s, *text = step->a[1].s;
	OWNED_FD procfs = procfs_open(false, fail);
	size_t n = step->a[1].n;

	(void)init;
	if (procfs < 0)
		return -1;
	if (strcmp(module, "selinux") == 0)
		return procfs_write(procfs, "thread-self/attr/exec", text, n, fail);
	if (strcmp(module, "selinux-key") == 0)
		return procfs_write(procfs, "thread-self/attr/keycreate", text, n, fail);
	if (strcmp(module, "apparmor") != 0)
		return fail_set(fail, EINVAL, "check", module);
	if (procfs_write(procfs, "thread-self/attr/apparmor/exec", text, n, fail) == 0)
		return 0;
	/* What a write says of is a profile that is not loaded. */
	if (fail->err != ENOENT || strcmp(fail->call, "write") == 0)
		return -1;
	/* Before 5.8 each module had not its own directory. */
	return procfs_write(procfs, "thread-self/attr/exec", text, n, fail);
}

int op_nnp(struct init *init, const struct step *step, struct fail *fail)
{
	(void)init;
	(void)step;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_errno(fail, "prctl", "PR_SET_NO_NEW_PRIVS");
	return 0;
}

int op_seccomp(struct init *init, const struct step *step, struct fail *fail)
{
	const struct arg *program = &step->a[0];
	unsigned flags = (unsigned)step->a[1].i;
	struct sock_fprog prog = {
		.len = (unsigned short)(program->n / sizeof(struct sock_filter)),
		.filter = (struct sock_filter *)(uintptr_t)program->b,	/* the kernel copies it */
	};
	int fd;

	if (!program->n || program->n % sizeof(struct sock_filter) ||
	    program->n / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return fail_set(fail, EINVAL, "check", "seccomp program");
	/* The filter may forbid that afterwards. */
	if (prepare_to_leave(init, fail) < 0)
		return -1;
	fd = sys_seccomp(SECCOMP_SET_MODE_FILTER, flags, &prog);
	if (fd < 0)
		return fail_errno(fail, "seccomp", "");
	init->filtered = true;
	out_i(init->results, flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? fd : -1);
	return 0;
}
