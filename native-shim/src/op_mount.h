/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_OP_MOUNT_H
#define JRUNC_OP_MOUNT_H

#include "fail.h"
#include "sys.h"

/*
 * Attach the detached mount `tree` where `target` is.  Both are descriptors; the
 * path is for messages.  A directory does not go on a file, nor the other way:
 * ENOTDIR.  Afterwards `tree` stands for the mount in its place.
 */
int mount_attach(int tree, int target, const char *path, struct fail *fail);

/*
 * Change flags and propagation of the mount whose root `fd` is: EINVAL when it
 * is not one.  `set`, `clear`: MOUNT_ATTR_*; `propagation`: one MS_* or 0.
 * Before 5.12 there is no call for it: what mount(2) can do is done with that,
 * and ENOSYS remains for the rest.
 */
int mount_change(int fd, bool recursive, uint64_t set, uint64_t clear, uint64_t propagation,
		 const char *path, struct fail *fail);

/* A new file system, not attached: options are "k=v" or "k".  Returns it or -1 with the kernel's words in `fail`. */
int mount_new(const char *fstype, const char *source, const char *const *options, uint64_t attrs,
	      struct fail *fail);

/*
 * O_PATH descriptor of a mount's target, made as the MF_* flags say.  Refuses
 * the root itself: EINVAL, "target is the root"; and what a link leads into
 * /proc: EINVAL, "inside /proc".  `existed` may be NULL.
 */
int mount_target(int root, const char *path, bool file, int64_t mf, bool *existed, struct fail *fail);

/* Copy what the directory `from` holds, and its own mode and owner, into the directory `to`.  op_copy_up.c */
int copy_up(int from, int to, const char *path, struct fail *fail);

#endif
