// SPDX-License-Identifier: Apache-2.0
/* What the launcher tells the engine about its caller. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hello.h"

extern char **environ;

int hello_listen_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	char *end;

	if (!pid || !fds || strtol(pid, &end, 10) != getpid() || *end)
		return 0;
	long n = strtol(fds, &end, 10);

	return *end || n < 0 || n > 1024 ? 0 : (int)n;
}

static size_t list_size(char *const *list)
{
	size_t n = 4;

	for (; *list; list++)
		n += strlen(*list) + 5;
	return n;
}

/*
 * Which of 0-2 are terminals (bits), and the size of the first of them in the order
 * stderr, stdout, stdin.
 */
static unsigned terminals(struct winsize *size)
{
	unsigned bits = 0;

	*size = (struct winsize){ 0 };
	for (int fd = 0; fd < 3; fd++) {
		struct winsize ws;

		if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
			continue;
		bits |= 1u << fd;
		*size = ws;
	}
	return bits;
}

#define USUAL	16384	/* bytes of a hello; a longer one is made on the heap */

int hello_send(const struct launcher *l)
{
	uint8_t usual[USUAL];
	static char far[PATH_MAX] ROOM;
	char near[256], *cwd = near;
	struct winsize ws;
	unsigned bits = terminals(&ws);
	struct out o = { NULL, 0, 0, false };
	mode_t mask = umask(0);
	int rc;

	umask(mask);
	if (!getcwd(near, sizeof(near)))
		cwd = getcwd(far, sizeof(far)) ? far : "";	/* removed, or too deep: only a command that needs it will say so */
	size_t cap = list_size(l->argv) + list_size(environ) + strlen(cwd) + 512;

	if (cap > FRAME_LARGE) {
		errno = E2BIG;
		return -1;
	}
	o.cap = (uint32_t)cap;
	o.buf = cap <= sizeof(usual) ? usual : malloc(cap);
	if (!o.buf)
		return -1;
	out_i(&o, FRAME_VERSION);
	out_s(&o, engine_build_id());
	out_l(&o, l->argv);
	out_l(&o, environ);
	out_s(&o, cwd);
	out_i(&o, mask);
	out_i(&o, getuid());
	out_i(&o, geteuid());
	out_i(&o, getgid());
	out_i(&o, getegid());
	out_i(&o, getpid());
	out_i(&o, bits);
	out_i(&o, ws.ws_row);
	out_i(&o, ws.ws_col);
	out_i(&o, l->stdio_open);
	out_i(&o, hello_listen_fds());
	out_i(&o, l->start_ns);
	if (o.overflow) {
		errno = E2BIG;
		rc = -1;
	} else {
		rc = frame_send(l->engine.sock, FRAME_HELLO, TO_ENGINE, 0, o.buf, o.len, NULL, NULL, 0);
	}
	if (o.buf != usual)
		free(o.buf);
	return rc;
}

int hello_engine_verb(struct launcher *l, const char *verb)
{
	bool serve = strcmp(verb, "serve") == 0;

	if (!serve && strcmp(verb, "status") != 0 && strcmp(verb, "stop") != 0)
		return 1;
	if (engine_locate(&l->engine) < 0 || (serve && engine_serve(&l->engine, hello_listen_fds()) < 0)) {
		dprintf(2, "jrunc: cannot start the engine: %s\n", l->engine.reason);
		l->code = 1;
		return 0;
	}
	if (engine_resident(&l->engine, false) < 0) {
		dprintf(2, "no resident engine is running\n");
		l->code = 1;
		return 0;
	}
	/* There is one, connected: go on as with any command, but without the fallback. */
	l->mode = ENGINE_REQUIRE;
	return 1;
}
