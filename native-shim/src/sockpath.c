// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "sockpath.h"

/* Returns the length of the address, or -1 with errno.  "@name" is a name without a file. */
static int address(struct sockaddr_un *a, int dir, const char *name)
{
	int n;

	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	n = dir == AT_FDCWD ? snprintf(a->sun_path, sizeof(a->sun_path), "%s", name)
			    : snprintf(a->sun_path, sizeof(a->sun_path), "/proc/self/fd/%d/%s", dir, name);
	if (n < 0 || (size_t)n >= sizeof(a->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (dir != AT_FDCWD || *name != '@')
		return (int)sizeof(*a);
	a->sun_path[0] = 0;
	return (int)offsetof(struct sockaddr_un, sun_path) + n;
}

static int failed(int sock)
{
	int saved = errno;

	close(sock);
	errno = saved;
	return -1;
}

int sockpath_connect(int dir, const char *name, int type)
{
	struct timeval patience = { .tv_sec = 10 }, for_ever = { 0 };
	struct sockaddr_un a;
	int sock, length = address(&a, dir, name);

	if (length < 0)
		return -1;
	sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -1;
	/* A listener whose queue is full would block us without end. */
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (connect(sock, (struct sockaddr *)&a, (socklen_t)length) < 0)
		if (errno != EINTR)
			return failed(sock);
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof(for_ever));
	return sock;
}

int sockpath_listen(int dir, const char *name, int type)
{
	struct sockaddr_un a;
	int sock;

	if (address(&a, dir, name) < 0)
		return -1;
	sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -1;
	mode_t was = umask(0177);
	int rc = bind(sock, (struct sockaddr *)&a, sizeof(a));

	umask(was);
	if (rc < 0 || listen(sock, 128) < 0)
		return failed(sock);
	return sock;
}

int sockpath_connect_path(const char *path, int type)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, sock;

	if (!slash || strlen(path) < sizeof(((struct sockaddr_un *)0)->sun_path))
		return sockpath_connect(AT_FDCWD, path, type);
	if ((size_t)(slash - path) + 2 > sizeof(dir)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, path, (size_t)(slash - path) + 1);
	dir[slash - path + 1] = 0;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	sock = sockpath_connect(fd, slash + 1, type);
	return sock < 0 ? failed(fd) : (close(fd), sock);
}
