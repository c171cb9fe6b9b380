// SPDX-License-Identifier: Apache-2.0
/* An engine that starts takes the directories away whose engines are gone, and no others. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "engine_start.h"
#include "sockpath.h"

static char top[] = "/tmp/jrunc-sweep-XXXXXX";
static int all;

static int make(const char *name, mode_t mode)
{
	CHECK(mkdirat(all, name, mode) == 0);
	return openat(all, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void file(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	close(fd);
}

static bool there(const char *name)
{
	return faccessat(all, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int main(void)
{
	int own, busy, starting, lock, sock, dead, elsewhere;

	CHECK(mkdtemp(top));
	all = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(all, "engines", 0700) == 0 && mkdirat(all, "elsewhere", 0700) == 0);
	elsewhere = openat(all, "elsewhere", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file(elsewhere, ENGINE_LOCK);
	all = openat(all, "engines", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own = make("own", 0700);
	file(own, ENGINE_LOCK);

	dead = make("dead", 0700);
	file(dead, ENGINE_LOCK);
	close(sockpath_listen(dead, ENGINE_SOCKET, SOCK_SEQPACKET));
	make("empty", 0700);

	busy = make("busy", 0700);
	file(busy, ENGINE_LOCK);
	sock = sockpath_listen(busy, ENGINE_SOCKET, SOCK_SEQPACKET);
	CHECK(sock >= 0);

	starting = make("starting", 0700);
	lock = openat(starting, ENGINE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(flock(lock, LOCK_EX) == 0);

	file(make("used", 0700), "something");
	make("open", 0755);
	CHECK(symlinkat("../elsewhere", all, "link") == 0);

	engine_sweep(own, "own");
	CHECK(!there("dead") && !there("empty"));
	CHECK(there("own/lock") && there("busy/" ENGINE_SOCKET) && there("starting/lock"));
	CHECK(there("used/something") && there("open") && there("link"));
	CHECK(faccessat(elsewhere, ENGINE_LOCK, F_OK, 0) == 0);

	/* One that is started there meanwhile finds its directory gone, and nothing is made where nobody looks. */
	CHECK(openat(dead, ENGINE_LOCK, O_RDWR | O_CREAT, 0600) < 0);

	close(sock);
	close(lock);
	engine_sweep(own, "own");
	CHECK(!there("busy") && !there("starting") && there("own/lock"));

	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	CHECK(system(command) == 0);
	return 0;
}
