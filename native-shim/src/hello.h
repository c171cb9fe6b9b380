/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_HELLO_H
#define JRUNC_HELLO_H

#include "launcher.h"

/* Send the first frame: who calls, with what words.  Returns 0 or -1 with errno. */
int hello_send(const struct launcher *l);

/* How many descriptors from 3 up the caller passed by the LISTEN_FDS protocol, to us and not to an ancestor of ours. */
int hello_listen_fds(void);

/*
 * `engine serve` becomes the engine; `engine status` and `engine stop` must not start one.
 * Returns 0 when all is done, the code in l->code, or 1: the engine answers it like any command.
 */
int hello_engine_verb(struct launcher *l, const char *verb);

#endif
