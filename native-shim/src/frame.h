/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JRUNC_FRAME_H
#define JRUNC_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Frames of the sync socket (AF_UNIX, SOCK_SEQPACKET; docs/protocol.md).
 * All integers little endian = native on every machine we support.
 */
#define FRAME_VERSION	1
#define FRAME_INLINE	61440	/* payload bytes that travel inside the packet */
#define FRAME_LARGE	(64 * 1024 * 1024)	/* payload bytes that may travel as a sealed memfd */
#define FRAME_FDS	240	/* descriptors in one frame, the payload's memfd not counted */

enum party { TO_ENGINE = 0, TO_LAUNCHER = 1, TO_INIT = 2 };

enum frame_type {
	FRAME_HELLO = 1,	/* launcher -> engine: who calls, with what words */
	FRAME_REFUSE = 2,	/* engine -> launcher: not mine, ask another engine; payload s reason */
	FRAME_BATCH = 3,	/* engine -> launcher or init: steps */
	FRAME_REPLY = 4,	/* answer to a batch, all steps done: results */
	FRAME_FAIL = 5,		/* answer to a batch, one step failed; the rest was not tried */
	FRAME_EVENT = 6,	/* shim -> engine, unasked: see enum event */
	FRAME_LOG = 7,		/* shim -> engine: i level, s text */
	FRAME_FD = 8,		/* init -> launcher: keep this descriptor in that slot of yours */
	FRAME_FORKED = 9,	/* init -> launcher (-> engine): i pid, fd pidfd; follow that process from now on */
	FRAME_ANNOUNCE = 10,	/* init -> launcher: about to exec; the end of the stream after it means "executed" */
	FRAME_QUIET = 11,	/* as BATCH, but nobody waits for its answer: none comes that would only say "done" */
};

enum event {
	EVENT_INIT_EXIT = 1,	/* i wait status (as wait(2)); follows once per init */
	EVENT_EXECED = 2,	/* init closed its end after announcing: the program runs */
	EVENT_INIT_LOST = 3,	/* init ended without announcing or failing; INIT_EXIT follows */
	EVENT_SIGNAL = 4,	/* i signal: the caller wants us gone, before `forward` */
};				/* event payload: u32 event, i value (0 where none is named) */

/* Levels of FRAME_LOG. */
enum { LOG_DEBUG = 0, LOG_INFO = 1, LOG_WARNING = 2, LOG_ERROR = 3 };

/* Does a frame of this type bring steps? */
static inline bool frame_is_batch(uint8_t type)
{
	return type == FRAME_BATCH || type == FRAME_QUIET;
}

struct frame_header {
	uint8_t version;
	uint8_t type;
	uint8_t party;		/* addressee; on the way to the engine, the sender */
	uint8_t nfds;		/* slots that follow the header */
	uint32_t seq;		/* of the batch; answers repeat it; 0 = unasked */
	uint32_t length;	/* payload bytes, wherever they travel */
	uint32_t large;		/* 1 = the payload is in one more descriptor, the last, a sealed memfd */
};				/* then nfds x uint32_t slot, then the payload when not large */

struct frame {
	struct frame_header head;
	uint32_t slots[FRAME_FDS];
	int fds[FRAME_FDS];	/* owned by the frame until taken (set to -1) */
	const uint8_t *payload;	/* head.length bytes: inside `room`, or a private mapping of the memfd */
	size_t room_len;	/* bytes of `room` that were received: to pass the frame on unread */
	int large_fd;		/* the memfd, or -1 */
	uint8_t room[16 + 4 * FRAME_FDS + FRAME_INLINE];
};

/*
 * Receive one frame.  Returns 1, 0 at end of stream, -1 with errno (EPROTO: the
 * frame is malformed, EMFILE: RLIMIT_NOFILE is too low for what it brought; its
 * descriptors are closed then).  Descriptors arrive
 * close-on-exec.  The caller ends with frame_done().
 */
int frame_recv(int sock, struct frame *f);
/* Close what is left in the frame, unmap a large payload. */
void frame_done(struct frame *f);
/* Pass a received frame on to `sock` as it is, descriptors included (they stay ours to close). */
int frame_forward(int sock, const struct frame *f);
/*
 * Send a frame.  A payload over FRAME_INLINE goes as a sealed memfd.  With no
 * descriptors and a small payload only write(2) is used, so that it works under
 * a seccomp filter.  Returns 0 or -1 with errno.
 */
int frame_send(int sock, enum frame_type type, enum party party, uint32_t seq,
	       const void *payload, uint32_t length, const uint32_t *slots, const int *fds, unsigned nfds);

/* A payload being written: grows in a caller-owned buffer; overflow is remembered, not written. */
struct out {
	uint8_t *buf;
	uint32_t cap, len;
	bool overflow;
};
void out_u16(struct out *o, uint16_t v);
void out_u32(struct out *o, uint32_t v);
void out_i(struct out *o, int64_t v);			/* 8 bytes */
void out_s(struct out *o, const char *s);		/* u32 length, bytes, NUL */
void out_b(struct out *o, const void *p, uint32_t n);	/* u32 length, bytes */
void out_l(struct out *o, char *const *list);		/* u32 count, then s each; list ends with NULL */

/* A payload being read; every getter refuses to pass the end and latches `bad`. */
struct in {
	const uint8_t *p, *end;
	bool bad;
};
uint16_t in_u16(struct in *in);
uint32_t in_u32(struct in *in);
int64_t in_i(struct in *in);
const char *in_s(struct in *in, uint32_t *len);		/* NUL checked inside and at the end */
const uint8_t *in_b(struct in *in, uint32_t *len);

/* One argument of a step, decoded by the letter in plan_ops.def; 'f' travels like 'i', in 8 bytes. */
struct arg {
	int64_t i;		/* 'i'; 'f': the slot or -1 */
	const char *s;		/* 's' */
	const uint8_t *b;	/* 'b'; for 'l' the first element, each an encoded 's' */
	uint32_t n;		/* bytes of 's' and 'b'; elements of 'l' */
};
#define STEP_ARGS 10

/* One line of plan_ops.def. */
struct op_info {
	uint16_t number;
	char party;
	const char *name;
	const char *args;
	const char *results;
};
const struct op_info *op_find(uint16_t number);		/* NULL: no such step */

struct step {
	uint16_t op;
	struct arg a[STEP_ARGS];
};

/*
 * Batch payload: u32 count, then per step: u16 op, u16 zero, u32 argument bytes, arguments.
 * step_next() decodes and checks one step against plan_ops.def for `party` ('L' or 'I').
 * Returns 1, 0 when all are read, -1 when the batch is malformed or names an unknown or foreign step.
 */
struct batch {
	struct in in;
	uint32_t count, index;	/* index of the step that step_next() returned last */
};
int batch_open(struct batch *b, const uint8_t *payload, uint32_t length);
int step_next(struct batch *b, char party, struct step *step);
/* Fill `argv` (cap entries, the last is for the NULL) with pointers into the payload.  -1 when there are more. */
int arg_list(const struct arg *a, const char **argv, uint32_t cap);

/* The same in a mapping of its own, with copies of the strings: outlives the frame.  NULL with errno. */
char **arg_list_copy(const struct arg *a);

/*
 * Reply payload: u32 steps done, then per step with results: u32 step index, u32 bytes, results.
 * Fail payload:  u32 index, u32 op, i errno, s call, s object, s detail, then a reply payload
 *                of the steps before it.
 */
struct fail;
/* Write the head of a fail payload, up to and with the detail. */
void out_fail(struct out *o, uint32_t index, uint16_t op, const struct fail *fail);

#endif
