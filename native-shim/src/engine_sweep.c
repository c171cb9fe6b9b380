// SPDX-License-Identifier: Apache-2.0
/*
 * Directories of engines that are gone: of builds that were replaced, of
 * installations that were removed.  An engine that starts takes them away.
 *
 * Whose socket still listens is there, and so is one that somebody is just
 * starting, who has the lock.  Whoever comes for a directory while it is taken
 * away meets one without a name, in which nothing can be made, and serves himself.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine_start.h"
#include "sockpath.h"

/* Open `name` in `dir` for reading: a directory of ours that nobody else can enter, and no link to one.  Returns -1 if it is not. */
static int ours(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & 077))
		return fd;
	close(fd);
	return -1;
}

/* With its lock: does nobody listen there? */
static bool gone(int dir)
{
	/* One that is too busy to take us in at once is there. */
	int sock = sockpath_connect(dir, ENGINE_SOCKET, SOCK_SEQPACKET | SOCK_NONBLOCK);

	if (sock < 0)
		return errno == ENOENT || errno == ECONNREFUSED;
	close(sock);
	return false;
}

static void sweep(int all, const char *name)
{
	int dir = ours(all, name);
	int lock = dir < 0 ? -1 : openat(dir, ENGINE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0 && gone(dir)) {
		unlinkat(dir, ENGINE_SOCKET, 0);
		unlinkat(dir, ENGINE_LOCK, 0);
		unlinkat(all, name, AT_REMOVEDIR);	/* not if somebody has put something else there */
	}
	if (lock >= 0)
		close(lock);
	if (dir >= 0)
		close(dir);
}

void engine_sweep(int own_dir, const char *own)
{
	int all = ours(own_dir, "..");
	struct dirent *entry;
	DIR *d;

	if (all < 0)
		return;
	d = fdopendir(all);
	if (!d) {
		close(all);
		return;
	}
	while ((entry = readdir(d)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0)
			sweep(all, entry->d_name);
	closedir(d);
}
