/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_OP_NULL_H
#define JRUNC_OP_NULL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "fail.h"

/* Is it the null device, wherever it lies? */
bool is_null(const struct stat *st);
/*
 * The container's own /dev/null, proven to be that device: the image may have
 * put anything there.  `flags` as for open(2).  Returns it or -1.  op_mask.c
 */
int open_null(int root, int flags, struct fail *fail);

#endif
