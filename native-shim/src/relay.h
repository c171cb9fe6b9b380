/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_RELAY_H
#define JRUNC_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "fail.h"

/*
 * Copies between the caller's stdio and the container's pipes or terminal.
 *
 * The caller's descriptors are shared with the caller, so they are never made
 * non-blocking themselves: we open them a second time where that is possible.
 */
#define RELAYS		3	/* one for each of 0, 1, 2; a terminal uses 0 and 1 */
#define RELAY_POLLFDS	(2 * RELAYS)

/* Start copying to the container's stdin (n = 0) or from its stdout or stderr (n = 1, 2).  Owns `pipe`. */
void relay_pipe(int n, int pipe);

/*
 * Copy between `master` and our 0 and 1.  With `raw` the caller's terminal is made
 * raw and lends its window size.  Returns 0, the master is ours then; or -1 with
 * `fail`, the terminal as it was and the master still the caller's.
 */
int relay_terminal(int master, bool raw, struct fail *fail);

/* Stdin is taken from the caller only once there is a program to read it. */
void relay_open_stdin(void);

/* Fill `p` (RELAY_POLLFDS entries).  Returns the longest time to wait in ms, -1 = for ever. */
int relay_poll(struct pollfd *p);
void relay_run(const struct pollfd *p);

/* The container's process has gone: what it wrote is still copied, its input is not fed any more. */
void relay_program_ended(void);
/* True once everything is copied, or nothing came for 100 ms although somebody holds the other end. */
bool relay_drained(void);
void relay_stop(void);			/* close everything that is still open */

void relay_window_size(void);		/* copy it from the caller's terminal */
void relay_restore(void);		/* the caller's terminal as we found it */

/* Our fd 0, 1 or 2 opened once more, non-blocking; the number itself where that cannot be done. */
int relay_own_view(int fd);

#endif
