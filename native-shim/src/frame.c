// SPDX-License-Identifier: Apache-2.0
/*
 * Frames of the sync socket and the encoding of what they carry.
 *
 * Everything that comes in is checked here, once: lengths, counts, NULs, seals
 * of a large payload.  What leaves this file may be trusted to be well formed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fail.h"
#include "frame.h"
#include "sys.h"

#define PAYLOAD_SEALS	(F_SEAL_SHRINK | F_SEAL_WRITE)
#define HEAD		sizeof(struct frame_header)

_Static_assert(sizeof(struct frame_header) == 16, "the header is a wire format");

/* Room for the control message of a full frame, payload memfd included. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int) * (FRAME_FDS + 1))];
};

void frame_done(struct frame *f)
{
	for (unsigned i = 0; i < f->head.nfds; i++) {
		if (f->fds[i] >= 0)
			close(f->fds[i]);
		f->fds[i] = -1;
	}
	f->head.nfds = 0;
	if (f->large_fd >= 0) {
		if (f->payload)
			munmap((void *)f->payload, f->head.length);
		close(f->large_fd);
	}
	f->large_fd = -1;
	f->payload = NULL;
}

/* Take the received descriptors out of `msg`.  Returns how many; the first `cap` are in `fds`, the others closed. */
static unsigned take_fds(struct msghdr *msg, int *fds, unsigned cap)
{
	unsigned n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		unsigned here = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		for (unsigned i = 0; i < here; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < cap)
				fds[n] = fd;
			else
				close(fd);
			n++;
		}
	}
	return n;
}

/* A large payload is only read through a mapping, so it must not change or shrink under us. */
static int map_large(struct frame *f)
{
	struct stat st;
	void *map;
	int seals = fcntl(f->large_fd, F_GET_SEALS);

	if (seals < 0 || (seals & PAYLOAD_SEALS) != PAYLOAD_SEALS)
		return -1;
	if (fstat(f->large_fd, &st) < 0 || st.st_size < (off_t)f->head.length)
		return -1;
	map = mmap(NULL, f->head.length, PROT_READ, MAP_PRIVATE, f->large_fd, 0);
	if (map == MAP_FAILED)
		return -1;
	f->payload = map;
	return 0;
}

int frame_recv(int sock, struct frame *f)
{
	union control control;
	struct iovec iov = { f->room, sizeof(f->room) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = &control, .msg_controllen = sizeof(control) };
	int fds[FRAME_FDS + 1];
	unsigned got, slots_len;
	int saved;
	ssize_t n;

	f->head.nfds = 0;
	f->large_fd = -1;
	f->payload = NULL;
	do {
		n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -1;
	got = take_fds(&msg, fds, FRAME_FDS + 1);
	if (n == 0 && got == 0)
		return 0;
	errno = EPROTO;
	if (msg.msg_flags & MSG_CTRUNC)
		errno = EMFILE;		/* no frame has more than `control` takes: it is our limit that lost them */
	if (n < (ssize_t)HEAD || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		goto malformed;
	memcpy(&f->head, f->room, HEAD);
	f->room_len = (size_t)n;
	slots_len = f->head.nfds * 4u;
	if (f->head.version != FRAME_VERSION || f->head.nfds > FRAME_FDS || f->head.large > 1 ||
	    got != f->head.nfds + f->head.large || (size_t)n < HEAD + slots_len)
		goto malformed;
	memcpy(f->slots, f->room + HEAD, slots_len);
	memcpy(f->fds, fds, f->head.nfds * sizeof(int));
	if (f->head.large) {
		f->large_fd = fds[f->head.nfds];
		if (f->head.length == 0 || f->head.length > FRAME_LARGE ||
		    (size_t)n != HEAD + slots_len || map_large(f) < 0) {
			frame_done(f);
			errno = EPROTO;
			return -1;
		}
		return 1;
	}
	if (f->head.length > FRAME_INLINE || (size_t)n != HEAD + slots_len + f->head.length)
		goto malformed;
	f->payload = f->room + HEAD + slots_len;
	return 1;

malformed:
	saved = errno;
	for (unsigned i = 0; i < got && i < FRAME_FDS + 1; i++)
		close(fds[i]);
	f->head.nfds = 0;
	errno = saved;
	return -1;
}

static int send_all(int sock, struct iovec *iov, unsigned niov, const int *fds, unsigned nfds)
{
	union control control;
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = niov };
	ssize_t n;

	if (nfds) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * nfds);
	}
	do {
		n = sendmsg(sock, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int frame_forward(int sock, const struct frame *f)
{
	struct iovec iov = { (void *)f->room, f->room_len };
	int fds[FRAME_FDS + 1];

	memcpy(fds, f->fds, f->head.nfds * sizeof(int));
	if (f->head.large)
		fds[f->head.nfds] = f->large_fd;
	return send_all(sock, &iov, 1, fds, f->head.nfds + f->head.large);
}

/* Put `length` bytes into a sealed memfd.  Returns it or -1. */
static int payload_memfd(const uint8_t *p, uint32_t length)
{
	int fd = memfd_create("jrunc-payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int saved;

	if (fd < 0)
		return -1;
	while (length) {
		ssize_t n = write(fd, p, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto fail;
		p += n;
		length -= (uint32_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_GROW | PAYLOAD_SEALS) < 0)
		goto fail;
	return fd;
fail:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int frame_send(int sock, enum frame_type type, enum party party, uint32_t seq,
	       const void *payload, uint32_t length, const uint32_t *slots, const int *fds, unsigned nfds)
{
	static uint8_t packet[HEAD + FRAME_INLINE] ROOM;	/* one writev would do, but a seccomp filter may know write alone */
	struct frame_header head = { .version = FRAME_VERSION, .type = (uint8_t)type, .party = (uint8_t)party,
				     .nfds = (uint8_t)nfds, .seq = seq, .length = length };
	int all[FRAME_FDS + 1];
	int large = -1, rc;
	ssize_t n;

	if (nfds > FRAME_FDS || length > FRAME_LARGE) {
		errno = EMSGSIZE;
		return -1;
	}
	if (length <= FRAME_INLINE && nfds == 0) {
		memcpy(packet, &head, HEAD);
		if (length)
			memcpy(packet + HEAD, payload, length);
		do {
			n = write(sock, packet, HEAD + length);
		} while (n < 0 && errno == EINTR);
		return n < 0 ? -1 : 0;
	}
	if (nfds)
		memcpy(all, fds, nfds * sizeof(int));
	if (length > FRAME_INLINE) {
		large = payload_memfd(payload, length);
		if (large < 0)
			return -1;
		head.large = 1;
		all[nfds] = large;
	}
	struct iovec iov[3] = {
		{ &head, HEAD },
		{ (void *)slots, nfds * 4u },
		{ (void *)payload, large < 0 ? length : 0 },
	};
	rc = send_all(sock, iov, 3, all, nfds + head.large);
	if (large >= 0) {
		int saved = errno;

		close(large);
		errno = saved;
	}
	return rc;
}

static void out_raw(struct out *o, const void *p, uint32_t n)
{
	if (o->overflow || n > o->cap - o->len) {
		o->overflow = true;
		return;
	}
	if (n)
		memcpy(o->buf + o->len, p, n);
	o->len += n;
}

void out_u16(struct out *o, uint16_t v)
{
	out_raw(o, &v, sizeof(v));
}

void out_u32(struct out *o, uint32_t v)
{
	out_raw(o, &v, sizeof(v));
}

void out_i(struct out *o, int64_t v)
{
	out_raw(o, &v, sizeof(v));
}

void out_s(struct out *o, const char *s)
{
	size_t n = strlen(s);

	if (n >= FRAME_LARGE) {
		o->overflow = true;
		return;
	}
	out_u32(o, (uint32_t)n);
	out_raw(o, s, (uint32_t)n + 1);
}

void out_b(struct out *o, const void *p, uint32_t n)
{
	out_u32(o, n);
	out_raw(o, p, n);
}

void out_l(struct out *o, char *const *list)
{
	uint32_t n = 0;

	while (list[n])
		n++;
	out_u32(o, n);
	for (uint32_t i = 0; i < n; i++)
		out_s(o, list[i]);
}

void out_fail(struct out *o, uint32_t index, uint16_t op, const struct fail *fail)
{
	out_u32(o, index);
	out_u32(o, op);
	out_i(o, fail->err);
	out_s(o, fail->call ? fail->call : "");
	out_s(o, fail->object);
	out_s(o, fail->detail);
}

/* The next `n` bytes, or NULL with `bad` latched. */
static const uint8_t *in_raw(struct in *in, size_t n)
{
	const uint8_t *p = in->p;

	if (in->bad || n > (size_t)(in->end - in->p)) {
		in->bad = true;
		return NULL;
	}
	in->p += n;
	return p;
}

uint16_t in_u16(struct in *in)
{
	const uint8_t *p = in_raw(in, 2);
	uint16_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

uint32_t in_u32(struct in *in)
{
	const uint8_t *p = in_raw(in, 4);
	uint32_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

int64_t in_i(struct in *in)
{
	const uint8_t *p = in_raw(in, 8);
	int64_t v = 0;

	if (p)
		memcpy(&v, p, sizeof(v));
	return v;
}

const uint8_t *in_b(struct in *in, uint32_t *len)
{
	uint32_t n = in_u32(in);
	const uint8_t *p = in_raw(in, n);

	*len = p ? n : 0;
	return p;
}

const char *in_s(struct in *in, uint32_t *len)
{
	uint32_t n = in_u32(in);
	const uint8_t *p = in_raw(in, (size_t)n + 1);

	*len = 0;
	if (!p)
		return NULL;
	if (memchr(p, 0, (size_t)n + 1) != p + n) {
		in->bad = true;
		return NULL;
	}
	*len = n;
	return (const char *)p;
}

static const struct op_info ops[] = {
#define OP(number, name, party, args, results) { number, party, #name, args, results },
#include "plan_ops.def"
#undef OP
};

#define OP(number, name, party, args, results) \
	_Static_assert(sizeof(args) - 1 <= STEP_ARGS, "too many arguments: " #name);
#include "plan_ops.def"
#undef OP

const struct op_info *op_find(uint16_t number)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (ops[i].number == number)
			return &ops[i];
	return NULL;
}

int batch_open(struct batch *b, const uint8_t *payload, uint32_t length)
{
	b->in = (struct in){ payload, payload + length, false };
	b->count = in_u32(&b->in);
	b->index = UINT32_MAX;
	/* A step has 8 bytes of head at least; a count beyond that is a lie. */
	if (b->in.bad || b->count > (length - 4) / 8)
		return -1;
	return 0;
}

static void decode_arg(struct in *in, char letter, struct arg *a)
{
	uint32_t n;

	memset(a, 0, sizeof(*a));
	switch (letter) {
	case 'i':
		a->i = in_i(in);
		break;
	case 'f':
		a->i = in_i(in);
		break;
	case 's':
		a->s = in_s(in, &a->n);
		break;
	case 'b':
		a->b = in_b(in, &a->n);
		break;
	case 'l':
		a->n = in_u32(in);
		a->b = in->p;
		for (uint32_t i = 0; i < a->n && !in->bad; i++)
			in_s(in, &n);
		break;
	default:
		in->bad = true;
	}
}

int step_next(struct batch *b, char party, struct step *step)
{
	const struct op_info *info;
	const uint8_t *body;
	uint32_t n;
	struct in in;

	if (b->index + 1 == b->count)
		return b->in.bad || b->in.p != b->in.end ? -1 : 0;
	b->index++;
	step->op = in_u16(&b->in);
	if (in_u16(&b->in) != 0)
		return -1;
	body = in_b(&b->in, &n);
	if (!body)
		return -1;
	info = op_find(step->op);
	if (!info || info->party != party)
		return -1;
	in = (struct in){ body, body + n, false };
	memset(step->a, 0, sizeof(step->a));
	for (unsigned i = 0; info->args[i]; i++)
		decode_arg(&in, info->args[i], &step->a[i]);
	return in.bad || in.p != in.end ? -1 : 1;
}

int arg_list(const struct arg *a, const char **argv, uint32_t cap)
{
	const uint8_t *p = a->b;

	if (a->n >= cap)
		return -1;
	for (uint32_t i = 0; i < a->n; i++) {
		uint32_t n;

		memcpy(&n, p, sizeof(n));
		argv[i] = (const char *)p + 4;
		p += (size_t)n + 5;
	}
	argv[a->n] = NULL;
	return 0;
}

char **arg_list_copy(const struct arg *a)
{
	size_t pointers = ((size_t)a->n + 1) * sizeof(char *), bytes = 0;
	const uint8_t *p = a->b;
	uint32_t n;

	for (uint32_t i = 0; i < a->n; i++) {
		memcpy(&n, p + bytes, sizeof(n));
		bytes += (size_t)n + 5;
	}
	char *room = mmap(NULL, pointers + bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		return NULL;
	memcpy(room + pointers, p, bytes);
	struct arg copied = { .b = (const uint8_t *)room + pointers, .n = a->n };

	arg_list(&copied, (const char **)(void *)room, a->n + 1);
	return (char **)(void *)room;
}
