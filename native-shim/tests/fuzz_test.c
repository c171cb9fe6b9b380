// SPDX-License-Identifier: Apache-2.0
/*
 * Frames and batches that nobody sends: valid ones, damaged at random.
 *
 * Under the sanitizers a read past the payload ends the test, as does a leaked
 * descriptor.  JRUNC_FUZZ_SEED=n JRUNC_FUZZ_ROUNDS=n for another or a longer run;
 * a failure prints the seed and the round, which together repeat it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "fail.h"
#include "frame.h"

#define ROUNDS		60000
#define BATCH_ROOM	4096

static const struct { uint16_t number; char party; const char *args; } table[] = {
#define OP(number, name, party, args, results) { number, party, args },
#include "plan_ops.def"
#undef OP
};
#define OPS (sizeof(table) / sizeof(table[0]))

static uint64_t state;
static unsigned long seed, current_round;

static uint32_t rnd(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? (uint32_t)(state >> 11) % below : 0;
}

/* Of the sanitizers' run time, which ends the process its own way. */
extern void __sanitizer_set_death_callback(void (*callback)(void));

static void say_where(void)
{
	fprintf(stderr, "JRUNC_FUZZ_SEED=%lu, round %lu\n", seed, current_round);
}

static void put_text(struct out *o)
{
	char text[64];
	uint32_t n = rnd(sizeof(text));

	memset(text, 'a' + (int)rnd(26), sizeof(text));
	text[n] = 0;
	out_s(o, text);
}

static void put_argument(struct out *o, char letter)
{
	uint8_t bytes[100] = { 0 };
	uint32_t n;

	switch (letter) {
	case 'i':
	case 'f':
		out_i(o, (int64_t)rnd(0x10000) - 2);
		break;
	case 's':
		put_text(o);
		break;
	case 'b':
		out_b(o, bytes, rnd(sizeof(bytes)));
		break;
	case 'l':
		n = rnd(5);
		out_u32(o, n);
		while (n--)
			put_text(o);
		break;
	default:
		CHECK(!"a letter that nobody knows");
	}
}

/* A batch as the engine makes them.  Returns its length. */
static uint32_t valid_batch(uint8_t *room, char party)
{
	struct out o = { room, BATCH_ROOM, 0, false };
	uint32_t steps = rnd(4), kept, length;

	out_u32(&o, steps);
	for (uint32_t i = 0; i < steps; i++) {
		unsigned op;

		do {
			op = rnd(OPS);
		} while (table[op].party != party);
		out_u16(&o, table[op].number);
		out_u16(&o, 0);
		kept = o.len;
		out_u32(&o, 0);
		for (const char *letter = table[op].args; *letter; letter++)
			put_argument(&o, *letter);
		CHECK(!o.overflow);
		length = o.len - kept - 4;
		memcpy(room + kept, &length, sizeof(length));
	}
	return o.len;
}

/* Damage it: bytes, words, its end. */
static uint32_t damage(uint8_t *p, uint32_t len, uint32_t room)
{
	static const uint32_t words[] = { 0, 1, 4, 5, 7, 8, 0x7fffffff, 0x80000000, 0xfffffffb, 0xfffffffe, 0xffffffff };

	for (uint32_t times = rnd(4); times; times--) {
		uint32_t at = rnd(len ? len : 1);

		switch (rnd(5)) {
		case 0:
			if (len)
				p[at] ^= (uint8_t)(1u << rnd(8));
			break;
		case 1:
			if (len)
				p[at] = (uint8_t)rnd(256);
			break;
		case 2:
			if (at + 4 <= len)
				memcpy(p + at, &words[rnd(sizeof(words) / sizeof(words[0]))], 4);
			break;
		case 3:
			len = at;
			break;
		case 4:
			if (len + 8 <= room)
				memset(p + len, (int)rnd(256), 8), len += 8;
			break;
		}
	}
	return len;
}

/* Read what a step claims to hold, to the last byte. */
static unsigned touch(const struct step *step)
{
	const char *words[64];
	unsigned sum = 0;

	for (unsigned i = 0; i < STEP_ARGS; i++) {
		const struct arg *a = &step->a[i];

		if (a->s) {
			CHECK(strlen(a->s) == a->n);
		} else if (a->b && a->n) {
			/* 'b' or 'l': only the table tells them apart. */
			const struct op_info *info = op_find(step->op);

			if (info->args[i] == 'b') {
				for (uint32_t n = 0; n < a->n; n++)
					sum += a->b[n];
			} else if (arg_list(a, words, 64) == 0) {
				for (uint32_t n = 0; n < a->n; n++)
					sum += (unsigned)strlen(words[n]);
				CHECK(!words[a->n]);
			}
		}
	}
	return sum;
}

static void batches_never_lead_outside_of_their_payload(char party)
{
	uint8_t room[BATCH_ROOM + 64];
	uint32_t before = valid_batch(room, party);
	bool damaged = rnd(8) != 0;
	uint32_t len = damaged ? damage(room, before, sizeof(room)) : before;
	/* Of its own size, so that the sanitizer knows where it ends. */
	uint8_t *payload = malloc(len ? len : 1);
	struct batch batch;
	struct step step;
	volatile unsigned sum = 0;
	int more = -1;

	CHECK(payload);
	memcpy(payload, room, len);
	if (batch_open(&batch, payload, len) == 0)
		while ((more = step_next(&batch, party, &step)) == 1)
			sum += touch(&step);
	CHECK(damaged || more == 0);
	free(payload);
}

static int any_descriptor(void)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	if (rnd(4) == 0)
		CHECK(ftruncate(fd, (off_t)rnd(200000)) == 0);
	if (rnd(2))
		CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0);
	return fd;
}

static void send_raw(int sock, const void *p, size_t len, const int *fds, unsigned nfds)
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
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	CHECK(sendmsg(sock, &msg, 0) == (ssize_t)len);
}

static int highest_free(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void frames_are_whole_or_refused(const int *pair)
{
	static struct frame f;
	static uint8_t room[sizeof(struct frame_header) + 4 * 8 + BATCH_ROOM + 64];
	struct frame_header head = { .version = FRAME_VERSION, .type = (uint8_t)rnd(12), .party = (uint8_t)rnd(4),
				     .nfds = (uint8_t)rnd(4), .seq = rnd(0), .large = rnd(4) == 0 };
	unsigned nfds = head.nfds + head.large;
	uint8_t payload[BATCH_ROOM];
	uint32_t length = valid_batch(payload, 'I'), len = sizeof(head);
	volatile unsigned sum = 0;
	int fds[8], before = highest_free();

	head.length = head.large ? rnd(200000) : length;
	for (uint32_t i = 0; i < head.nfds; i++, len += 4)
		memcpy(room + len, &i, 4);
	if (!head.large) {
		memcpy(room + len, payload, length);
		len += length;
	}
	memcpy(room, &head, sizeof(head));
	if (rnd(8))
		len = damage(room, len, sizeof(room));
	if (rnd(16) == 0)
		nfds = rnd(8);
	for (unsigned i = 0; i < nfds; i++)
		fds[i] = any_descriptor();
	send_raw(pair[0], room, len, fds, nfds);
	for (unsigned i = 0; i < nfds; i++)
		close(fds[i]);

	int rc = frame_recv(pair[1], &f);

	if (rc == 1) {
		CHECK(f.head.nfds <= FRAME_FDS && f.head.nfds + f.head.large == nfds);
		for (unsigned i = 0; i < f.head.nfds; i++)
			CHECK(fcntl(f.fds[i], F_GETFD) == FD_CLOEXEC);
		for (uint32_t i = 0; i < f.head.length; i += f.head.length / 16 + 1)
			sum += f.payload[i];
		if (f.head.length)
			sum += f.payload[f.head.length - 1];
	} else {
		CHECK(rc == 0 ? len == 0 && nfds == 0 : errno == EPROTO);
	}
	frame_done(&f);
	CHECK(highest_free() == before);
}

int main(void)
{
	const char *want = getenv("JRUNC_FUZZ_SEED"), *many = getenv("JRUNC_FUZZ_ROUNDS");
	unsigned long rounds = many ? strtoul(many, NULL, 10) : ROUNDS;
	int pair[2];

	seed = want ? strtoul(want, NULL, 10) : 1;
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	atexit(say_where);
	__sanitizer_set_death_callback(say_where);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	for (current_round = 0; current_round < rounds; current_round++) {
		batches_never_lead_outside_of_their_payload('L');
		batches_never_lead_outside_of_their_payload('I');
		if (current_round % 4 == 0)
			frames_are_whole_or_refused(pair);
	}
	fflush(NULL);
	_exit(0);
}
