/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_SOCKPATH_H
#define JRUNC_SOCKPATH_H

/*
 * Unix sockets named by a directory and a name in it.  The kernel takes 107
 * bytes of path; through /proc/self/fd the directory's own length does not count.
 */

/* Connect to `name` in `dir`.  Returns the socket, close-on-exec, or -1 with errno. */
int sockpath_connect(int dir, const char *name, int type);

/* Bind `name` in `dir`, mode 0600, and listen.  Returns the socket, close-on-exec, or -1 with errno. */
int sockpath_listen(int dir, const char *name, int type);

/* Connect to a path of any length.  Returns the socket, close-on-exec, or -1 with errno. */
int sockpath_connect_path(const char *path, int type);

#endif
