// SPDX-License-Identifier: Apache-2.0
/* Frames: what is sent arrives; what is malformed is refused and leaks no descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "frame.h"

static struct frame f;
static int pair[2];

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 512; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Send bytes as they are, with `nfds` copies of standard input attached. */
static void send_raw(const void *p, size_t len, unsigned nfds)
{
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int) * 8)]; } control = { 0 };
	struct iovec iov = { (void *)p, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (nfds) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memset(CMSG_DATA(c), 0, sizeof(int) * nfds);
	}
	CHECK(sendmsg(pair[0], &msg, 0) == (ssize_t)len);
}

static void refused(const struct frame_header *head, size_t len, unsigned nfds)
{
	int before = open_fds();
	uint8_t room[256] = { 0 };

	memcpy(room, head, sizeof(*head));
	send_raw(room, len, nfds);
	errno = 0;
	CHECK(frame_recv(pair[1], &f) == -1 && errno == EPROTO);
	frame_done(&f);
	CHECK(open_fds() == before);
}

static void a_frame_with_descriptors_arrives_whole(void)
{
	uint32_t slots[] = { 7, 64 };
	int fds[] = { 0, 1 }, before = open_fds();

	CHECK(frame_send(pair[0], FRAME_BATCH, TO_INIT, 5, "hello", 5, slots, fds, 2) == 0);
	CHECK(frame_recv(pair[1], &f) == 1);
	CHECK(f.head.type == FRAME_BATCH && f.head.party == TO_INIT && f.head.seq == 5 && f.head.nfds == 2);
	CHECK(f.slots[0] == 7 && f.slots[1] == 64);
	CHECK(f.head.length == 5 && memcmp(f.payload, "hello", 5) == 0);
	CHECK(fcntl(f.fds[0], F_GETFD) == FD_CLOEXEC);
	frame_done(&f);
	CHECK(open_fds() == before);
}

static void a_large_payload_arrives_and_can_be_passed_on_unread(void)
{
	static uint8_t big[FRAME_INLINE + 1];
	int before = open_fds(), second[2];

	memset(big, 'x', sizeof(big));
	big[FRAME_INLINE] = 'y';
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, second) == 0);
	CHECK(frame_send(pair[0], FRAME_REPLY, TO_ENGINE, 1, big, sizeof(big), NULL, NULL, 0) == 0);
	CHECK(frame_recv(pair[1], &f) == 1 && f.head.large == 1);
	CHECK(frame_forward(second[0], &f) == 0);
	frame_done(&f);
	CHECK(frame_recv(second[1], &f) == 1);
	CHECK(f.head.length == sizeof(big) && memcmp(f.payload, big, sizeof(big)) == 0);
	frame_done(&f);
	close(second[0]);
	close(second[1]);
	CHECK(open_fds() == before);
}

static void the_largest_inline_payload_travels_inside(void)
{
	static uint8_t big[FRAME_INLINE];

	CHECK(frame_send(pair[0], FRAME_REPLY, TO_ENGINE, 1, big, sizeof(big), NULL, NULL, 0) == 0);
	CHECK(frame_recv(pair[1], &f) == 1 && f.head.large == 0 && f.head.length == FRAME_INLINE);
	frame_done(&f);
}

static void malformed_frames_are_refused(void)
{
	struct frame_header good = { .version = FRAME_VERSION, .type = FRAME_BATCH, .party = TO_LAUNCHER, .length = 4 };
	struct frame_header h;

	h = good, h.version = 2, refused(&h, 20, 0);
	h = good, refused(&h, 8, 0);			/* shorter than a header */
	h = good, refused(&h, 19, 0);			/* shorter than it says */
	h = good, refused(&h, 21, 0);			/* longer */
	h = good, h.length = FRAME_INLINE + 1, refused(&h, 20, 0);
	h = good, h.nfds = 2, refused(&h, 28, 1);	/* fewer descriptors than it says */
	h = good, h.nfds = 1, refused(&h, 24, 3);	/* more */
	h = good, refused(&h, 20, 1);			/* some although it says none */
	h = good, h.nfds = FRAME_FDS + 1, refused(&h, 20, 0);
	h = good, h.large = 2, refused(&h, 20, 2);
	h = good, h.large = 1, refused(&h, 16, 0);	/* no memfd */
	h = good, h.large = 1, refused(&h, 16, 1);	/* not a memfd, hence not sealed */
	h = good, h.large = 1, h.length = FRAME_LARGE + 1, refused(&h, 16, 1);
}

static void an_unsealed_payload_is_refused(void)
{
	struct frame_header h = { .version = FRAME_VERSION, .type = FRAME_BATCH, .length = 4, .large = 1 };
	union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	struct iovec iov = { &h, sizeof(h) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control, .msg_controllen = sizeof(control) };
	int memfd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	CHECK(write(memfd, "\0\0\0\0", 4) == 4);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &memfd, sizeof(memfd));
	CHECK(sendmsg(pair[0], &msg, 0) == sizeof(h));
	close(memfd);
	CHECK(frame_recv(pair[1], &f) == -1 && errno == EPROTO);
}

static void the_end_of_the_stream_is_zero(void)
{
	int p[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, p) == 0);
	close(p[0]);
	CHECK(frame_recv(p[1], &f) == 0);
	frame_done(&f);
	close(p[1]);
}

static void getters_refuse_to_pass_the_end(void)
{
	const uint8_t text[] = { 3, 0, 0, 0, 'a', 0, 'c', 0 };	/* a NUL inside */
	const uint8_t open_end[] = { 3, 0, 0, 0, 'a', 'b', 'c', 'd' };
	const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 'a' };
	struct in in;
	uint32_t n;

	in = (struct in){ text, text + sizeof(text), false };
	CHECK(!in_s(&in, &n) && in.bad);
	in = (struct in){ open_end, open_end + sizeof(open_end), false };
	CHECK(!in_s(&in, &n) && in.bad);
	in = (struct in){ huge, huge + sizeof(huge), false };
	CHECK(!in_s(&in, &n) && in.bad);
	in = (struct in){ huge, huge + sizeof(huge), false };
	CHECK(!in_b(&in, &n) && in.bad);
	in = (struct in){ huge, huge + 3, false };
	CHECK(in_u32(&in) == 0 && in.bad);
	CHECK(in_i(&in) == 0 && in.bad);
}

static void an_overflowing_output_is_remembered_and_not_written(void)
{
	uint8_t room[9] = { 0 };
	struct out o = { room, 8, 0, false };

	out_u32(&o, 1);
	out_i(&o, -1);
	CHECK(o.overflow && o.len == 4 && room[8] == 0);
	out_u32(&o, 1);
	CHECK(o.len == 4);
}

/* One step as the engine writes it. */
static void put_step(struct out *o, uint16_t op, const struct out *body)
{
	out_u16(o, op);
	out_u16(o, 0);
	out_b(o, body->buf, body->len);
}

static void steps_are_decoded_by_the_wire_table(void)
{
	uint8_t room[256], body_room[128];
	struct out o = { room, sizeof(room), 0, false }, body = { body_room, sizeof(body_room), 0, false };
	char *const args[] = { "delete", "", "--force", NULL };
	const char *argv[4];
	struct batch b;
	struct step s;

	out_u32(&o, 2);
	out_l(&body, args);
	put_step(&o, 6, &body);			/* epilogue: l */
	body.len = 0;
	out_i(&body, 2);
	out_b(&body, "x\0y", 3);
	put_step(&o, 1, &body);			/* write: ib */
	CHECK(batch_open(&b, room, o.len) == 0 && b.count == 2);
	CHECK(step_next(&b, 'L', &s) == 1 && s.op == 6 && b.index == 0 && s.a[0].n == 3);
	CHECK(arg_list(&s.a[0], argv, 3) == -1);
	CHECK(arg_list(&s.a[0], argv, 4) == 0 && !argv[3]);
	CHECK(!strcmp(argv[0], "delete") && !strcmp(argv[1], "") && !strcmp(argv[2], "--force"));
	CHECK(step_next(&b, 'L', &s) == 1 && s.op == 1 && s.a[0].i == 2 && s.a[1].n == 3 && !memcmp(s.a[1].b, "x\0y", 3));
	CHECK(step_next(&b, 'L', &s) == 0);
	/* The launcher's step is not the init's. */
	CHECK(batch_open(&b, room, o.len) == 0 && step_next(&b, 'I', &s) == -1);
	/* Cut anywhere, it is malformed. */
	for (uint32_t len = 0; len < o.len; len++) {
		uint8_t *exact = malloc(len + 1);	/* so that the sanitizer sees a read beyond */
		int rc = 1;

		memcpy(exact, room, len);
		if (batch_open(&b, exact, len) == 0)
			while ((rc = step_next(&b, 'L', &s)) > 0)
				;
		CHECK(rc != 0);
		free(exact);
	}
}

static void lying_batches_are_refused(void)
{
	uint8_t room[64], body_room[32];
	struct out o = { room, sizeof(room), 0, false }, body = { body_room, sizeof(body_room), 0, false };
	struct batch b;
	struct step s;

	out_u32(&o, 1000000);
	CHECK(batch_open(&b, room, o.len) == -1);
	o.len = 0;
	out_u32(&o, 1);
	put_step(&o, 999, &body);
	CHECK(batch_open(&b, room, o.len) == 0 && step_next(&b, 'L', &s) == -1);	/* no such step */
	o.len = 0;
	out_u32(&o, 1);
	out_i(&body, 1);
	put_step(&o, 5, &body);
	CHECK(batch_open(&b, room, o.len) == 0 && step_next(&b, 'L', &s) == -1);	/* an argument too many */
	o.len = 0;
	out_u32(&o, 0);
	out_u32(&o, 0);
	CHECK(batch_open(&b, room, o.len) == 0 && step_next(&b, 'L', &s) == -1);	/* bytes after the last step */
	o.len = body.len = 0;
	out_u32(&o, 1);
	out_u32(&body, 0x7fffffff);
	put_step(&o, 6, &body);
	CHECK(batch_open(&b, room, o.len) == 0 && step_next(&b, 'L', &s) == -1);	/* a list without its elements */
}

static void a_fail_carries_its_words_cut_to_size(void)
{
	uint8_t room[2048];
	struct out o = { room, sizeof(room), 0, false };
	struct fail fail;
	char longer[400];
	struct in in;
	uint32_t n;

	memset(longer, 'a', sizeof(longer));
	longer[399] = 0;
	CHECK(fail_set(&fail, ENOENT, "openat2", longer) == -1);
	CHECK(strlen(fail.object) == sizeof(fail.object) - 1);
	out_fail(&o, 3, 50, &fail);
	in = (struct in){ room, room + o.len, false };
	CHECK(in_u32(&in) == 3 && in_u32(&in) == 50 && in_i(&in) == ENOENT);
	CHECK(!strcmp(in_s(&in, &n), "openat2") && in_s(&in, &n) && n == 255 && in_s(&in, &n) && n == 0);
	CHECK(in.p == in.end && !in.bad);
}

static int heard[2];

static void hear(int sig)
{
	char byte = (char)sig;

	if (write(heard[1], &byte, 1) != 1)
		_exit(2);
}

/* Until a child waits in the kernel. */
static void await_sleep(pid_t pid)
{
	char path[64], text[512];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (;;) {
		FILE *stat = fopen(path, "r");

		CHECK(stat && fgets(text, sizeof(text), stat));
		fclose(stat);
		CHECK(!strstr(text, ") Z "));	/* it has ended instead */
		if (strstr(text, ") S "))
			return;
		usleep(1000);
	}
}

/* Interrupted again and again, without SA_RESTART; then `release` lets the call end. */
static void interrupted(void (*wait_in_the_kernel)(void), void (*release)(void))
{
	struct sigaction sa = { .sa_handler = hear };
	int status;
	pid_t pid;
	char byte;

	CHECK(pipe2(heard, O_CLOEXEC) == 0);
	CHECK(sigaction(SIGUSR1, &sa, NULL) == 0);
	pid = fork();
	if (pid == 0) {
		alarm(60);
		wait_in_the_kernel();
		_exit(0);
	}
	close(heard[1]);	/* so that its end ends our wait for a word of it */
	for (int i = 0; i < 3; i++) {
		await_sleep(pid);
		CHECK(kill(pid, SIGUSR1) == 0);
		CHECK(read(heard[0], &byte, 1) == 1);
	}
	await_sleep(pid);
	release();
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(heard[0]);
}

static void receive_one(void)
{
	CHECK(frame_recv(pair[1], &f) == 1);
	CHECK(f.head.type == FRAME_LOG && f.head.length == 4 && memcmp(f.payload, "word", 4) == 0);
	frame_done(&f);
}

static void send_one(void)
{
	CHECK(frame_send(pair[0], FRAME_LOG, TO_INIT, 0, "word", 4, NULL, NULL, 0) == 0);
}

static int filled;

static void drain(void)
{
	while (filled-- > 0)
		receive_one();
	receive_one();
}

/* A wait is no failure because a signal came. */
static void signals_neither_end_nor_spoil_a_call(void)
{
	int flags = fcntl(pair[0], F_GETFL);

	interrupted(receive_one, send_one);
	CHECK(fcntl(pair[0], F_SETFL, flags | O_NONBLOCK) == 0);
	for (filled = 0; frame_send(pair[0], FRAME_LOG, TO_INIT, 0, "word", 4, NULL, NULL, 0) == 0; filled++)
		;
	CHECK(errno == EAGAIN && filled > 0);
	CHECK(fcntl(pair[0], F_SETFL, flags) == 0);
	interrupted(send_one, drain);
}

int main(void)
{
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	a_frame_with_descriptors_arrives_whole();
	a_large_payload_arrives_and_can_be_passed_on_unread();
	the_largest_inline_payload_travels_inside();
	malformed_frames_are_refused();
	an_unsealed_payload_is_refused();
	the_end_of_the_stream_is_zero();
	getters_refuse_to_pass_the_end();
	an_overflowing_output_is_remembered_and_not_written();
	steps_are_decoded_by_the_wire_table();
	lying_batches_are_refused();
	a_fail_carries_its_words_cut_to_size();
	signals_neither_end_nor_spoil_a_call();
	return 0;
}
