/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_FAIL_H
#define JRUNC_FAIL_H

/*
 * Why a step failed.  Strings point to static text or into `room`; they are cut,
 * never overrun.  The engine turns this into the user's words.
 */
struct fail {
	int err;		/* errno of the failed call, or EPROTO/EINVAL for a refused step */
	const char *call;	/* the system call or the check: "openat2", "not a directory" */
	char object[256];	/* what it was done to: a path, a name */
	char detail[512];	/* what the kernel said beside errno, e.g. the fs context's log */
};

/* Fill `fail` from errno.  Always returns -1, so that `return fail_errno(...)` reads well. */
int fail_errno(struct fail *fail, const char *call, const char *object);

/* The same with an errno of the caller's own. */
int fail_set(struct fail *fail, int err, const char *call, const char *object);

/* Add to what the kernel said beside errno.  Always returns -1 too. */
int fail_detail(struct fail *fail, const char *text);

#endif
