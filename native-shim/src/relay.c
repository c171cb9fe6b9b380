// SPDX-License-Identifier: Apache-2.0
/* Copies of stdio; see relay.h for the promises. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "relay.h"
#include "sys.h"

#define CHUNK		16384
#define SPLICE_CHUNK	(1 << 20)
#define QUIET_MS	100	/* output that nobody ends: how long to listen after the program's end */
#define HANGUP_MS	50	/* a terminal without a reader may get one again: how often to look */

struct relay {
	bool active;
	int from, to;
	bool terminal;		/* one of the two is the pty master, which we do not own */
	bool splice;		/* both are pipes: no copy through user space */
	bool to_socket;
	bool to_pipe;
	bool want_out;		/* `to` is full: wait for it, not for more input */
	int64_t retry_at;	/* the terminal has no reader just now: try again then */
	uint32_t start, len;	/* what `buf` holds */
	uint8_t *buf;		/* CHUNK bytes */
};

static struct relay relays[RELAYS];
static int held_stdin = -1;	/* the container's stdin, not yet connected to ours */
static int master_fd = -1;
static int host_tty = -1;
static struct termios host_saved;
static bool program_ended;
static int64_t last_data;

int relay_own_view(int fd)
{
	char path[32];
	struct stat st;
	int own = -1;

	if (fstat(fd, &st) < 0)
		return fd;
	/* Opening a pty master (5:2) again would make a new pty; other devices may do anything on open. */
	bool slave = S_ISCHR(st.st_mode) && ((major(st.st_rdev) >= 136 && major(st.st_rdev) <= 143) ||
					     major(st.st_rdev) == 4);

	if (S_ISFIFO(st.st_mode) || slave) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, (fd == 0 ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	return own >= 0 ? own : fd;
}

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static void start(int n, int from, int to, bool terminal)
{
	static uint8_t buffers[RELAYS][CHUNK] ROOM;
	struct relay *r = &relays[n];

	r->active = true;
	r->buf = buffers[n];
	r->from = from;
	r->to = to;
	r->terminal = terminal;
	r->to_pipe = is_pipe(to);
	r->splice = is_pipe(from) && r->to_pipe;
	r->to_socket = is_socket(to);
	r->want_out = false;
	r->retry_at = 0;
	r->start = r->len = 0;
}

/* Close what is ours of `fd`: neither 0-2 themselves nor the master. */
static void release(int fd)
{
	if (fd > 2 && fd != master_fd)
		close(fd);
}

static void stop(struct relay *r)
{
	if (!r->active)
		return;
	r->active = false;
	release(r->from);
	release(r->to);
}

void relay_pipe(int n, int pipe)
{
	fcntl(pipe, F_SETFL, O_NONBLOCK);	/* our end of our own pipe: its other end does not notice */
	if (n == 0)
		held_stdin = pipe;
	else
		start(n, pipe, relay_own_view(n), false);
}

void relay_open_stdin(void)
{
	if (held_stdin < 0)
		return;
	if (program_ended)
		release(held_stdin);
	else
		start(0, relay_own_view(0), held_stdin, held_stdin == master_fd);
	held_stdin = -1;
}

void relay_window_size(void)
{
	struct winsize ws;

	if (host_tty >= 0 && master_fd >= 0 && ioctl(host_tty, TIOCGWINSZ, &ws) == 0)
		ioctl(master_fd, TIOCSWINSZ, &ws);
}

void relay_restore(void)
{
	if (host_tty >= 0)
		tcsetattr(host_tty, TCSANOW, &host_saved);
}

/* The caller's terminal: the first of stderr, stdout, stdin, /dev/tty. */
static int find_host_tty(struct fail *fail)
{
	static const int order[] = { 2, 1, 0 };

	for (unsigned i = 0; i < 3; i++)
		if (isatty(order[i]))
			return fcntl(order[i], F_DUPFD_CLOEXEC, 3);
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 ? fd : fail_errno(fail, "open", "/dev/tty");
}

int relay_terminal(int master, bool raw, struct fail *fail)
{
	struct termios t;
	int tty = -1;

	if (raw) {
		tty = find_host_tty(fail);
		if (tty < 0)
			return -1;
		if (tcgetattr(tty, &host_saved) < 0) {
			fail_errno(fail, "tcgetattr", "the caller's terminal");
			close(tty);
			return -1;
		}
	}
	/* Our terminal turns \n into \r\n already; the container's must not do it too. */
	if (tcgetattr(master, &t) < 0)
		goto fail;
	t.c_oflag &= ~(tcflag_t)ONLCR;
	if (tcsetattr(master, TCSANOW, &t) < 0)
		goto fail;
	if (raw) {
		struct termios rawt = host_saved;

		cfmakeraw(&rawt);
		rawt.c_oflag |= OPOST;
		if (tcsetattr(tty, TCSADRAIN, &rawt) < 0)
			goto fail;
		host_tty = tty;
	}
	fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
	master_fd = master;
	held_stdin = master;
	start(1, master, relay_own_view(1), true);
	relay_window_size();
	return 0;
fail:
	fail_errno(fail, "tcsetattr", "terminal");
	if (tty >= 0)
		close(tty);
	return -1;
}

int relay_poll(struct pollfd *p)
{
	int wait = -1;

	for (int n = 0; n < RELAYS; n++) {
		struct relay *r = &relays[n];
		struct pollfd *from = &p[2 * n], *to = &p[2 * n + 1];

		*from = (struct pollfd){ -1, 0, 0 };
		*to = (struct pollfd){ -1, 0, 0 };
		if (!r->active)
			continue;
		if (r->retry_at) {
			int left = (int)(r->retry_at - sys_now_ms());

			if (left > 0) {
				wait = wait < 0 || left < wait ? left : wait;
				continue;
			}
			r->retry_at = 0;
		}
		if (r->want_out)
			*to = (struct pollfd){ r->to, POLLOUT, 0 };
		else if (r->to_pipe)
			*to = (struct pollfd){ r->to, 0, 0 };	/* POLLERR: its reader has gone */
		if (!r->want_out)
			*from = (struct pollfd){ r->from, POLLIN, 0 };
	}
	if (program_ended && (relays[1].active || relays[2].active)) {
		int left = (int)(last_data + QUIET_MS - sys_now_ms());

		if (left < 0)
			left = 0;
		wait = wait < 0 || left < wait ? left : wait;
		if (relays[1].want_out || relays[2].want_out)
			wait = -1;	/* a slow reader is waited for, with what we hold for it */
	}
	return wait;
}

/* The reading side said end, or an error that means it. */
static void at_end(struct relay *r, int err)
{
	if (r->terminal && r->from == master_fd && err == EIO && !program_ended) {
		r->retry_at = sys_now_ms() + HANGUP_MS;	/* every slave is closed; the program may open one again */
		return;
	}
	stop(r);
}

/* The writing side is gone: let the other side feel it. */
static void broken(struct relay *r)
{
	stop(r);
	if (r->terminal && r->from == master_fd) {
		stop(&relays[0]);
		held_stdin = -1;
		close(master_fd);	/* the container's session gets its SIGHUP, as when a terminal is unplugged */
		master_fd = -1;
	}
}

static void run_splice(struct relay *r)
{
	ssize_t n = splice(r->from, NULL, r->to, NULL, SPLICE_CHUNK, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

	if (n > 0) {
		last_data = sys_now_ms();
		r->want_out = false;
	} else if (n == 0) {
		stop(r);
	} else if (errno == EAGAIN) {
		/* Called after POLLIN, so it is the output that is full; called after POLLOUT, input ran dry. */
		r->want_out = !r->want_out;
	} else if (errno == EPIPE) {
		broken(r);
	} else if (errno == EINVAL) {
		r->splice = false;
		r->want_out = false;
	} else if (errno != EINTR) {
		stop(r);
	}
}

static void flush(struct relay *r)
{
	while (r->len) {
		ssize_t n = r->to_socket ? send(r->to, r->buf + r->start, r->len, MSG_DONTWAIT | MSG_NOSIGNAL)
					 : write(r->to, r->buf + r->start, r->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			r->want_out = true;
			return;
		}
		if (n < 0) {
			if (r->terminal && r->to == master_fd)
				r->len = 0;	/* no reader just now: what was typed is lost, as on any terminal */
			else
				broken(r);
			return;
		}
		last_data = sys_now_ms();
		r->start += (uint32_t)n;
		r->len -= (uint32_t)n;
	}
	r->want_out = false;
}

static void run_copy(struct relay *r)
{
	if (r->len == 0) {
		ssize_t n = read(r->from, r->buf, CHUNK);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		if (n <= 0) {
			at_end(r, n < 0 ? errno : 0);
			return;
		}
		r->start = 0;
		r->len = (uint32_t)n;
	}
	flush(r);
}

void relay_run(const struct pollfd *p)
{
	for (int n = 0; n < RELAYS; n++) {
		struct relay *r = &relays[n];
		const struct pollfd *from = &p[2 * n], *to = &p[2 * n + 1];

		if (!r->active || (from->fd < 0 && to->fd < 0))
			continue;
		if (to->revents & POLLNVAL || from->revents & POLLNVAL)
			stop(r);
		else if (!r->want_out && (to->revents & POLLERR))
			broken(r);
		else if (r->want_out ? to->revents : from->revents) {
			if (r->splice)
				run_splice(r);
			else
				run_copy(r);
		}
	}
}

void relay_program_ended(void)
{
	if (program_ended)
		return;
	program_ended = true;
	last_data = sys_now_ms();
	stop(&relays[0]);
	for (int n = 1; n < RELAYS; n++)
		relays[n].retry_at = 0;
}

bool relay_drained(void)
{
	bool quiet = sys_now_ms() - last_data >= QUIET_MS;

	for (int n = 1; n < RELAYS; n++)
		if (relays[n].active && (relays[n].want_out || !quiet))
			return false;
	return true;
}

void relay_stop(void)
{
	for (int n = 0; n < RELAYS; n++)
		stop(&relays[n]);
}
