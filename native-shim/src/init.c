// SPDX-License-Identifier: Apache-2.0
/*
 * The container's first process until it becomes the user's program: executes
 * the steps that the engine sends, in order, and answers.  It decides nothing.
 *
 * No threads, no locale; memory is the stack, a few static buffers and, for
 * what is large, a mapping.  When the other end of the socket closes before
 * the program runs, there is nobody to be for: it ends.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "op.h"

#define RESULT_ROOM	(4 * 1024 * 1024)	/* pages are only used when a step answers that much */
#define FAIL_ROOM	4096			/* and a fail's own words before the results */

#define STEP(name) [OP_##name] = op_##name
static const op_function functions[] = {
	STEP(setns), STEP(unshare), STEP(fork), STEP(become_root), STEP(timens_offsets), STEP(setsid),
	STEP(dumpable), STEP(join_cgroup), STEP(keep), STEP(keep_pair), STEP(keep_directory), STEP(go_on),
	STEP(propagation), STEP(rootfs), STEP(mount_fs), STEP(mount_tree), STEP(mount_inner), STEP(open_inner), STEP(remount), STEP(mount_label),
	STEP(mount_attr),
	STEP(mknod), STEP(symlink), STEP(mkdir), STEP(console), STEP(hook), STEP(pivot_root), STEP(remount_ro),
	STEP(mask_path), STEP(readonly_path), STEP(reopen_null),
	STEP(hostname), STEP(domainname), STEP(sysctl), STEP(loopback_up), STEP(keyring), STEP(attr_exec),
	STEP(scheduler), STEP(ioprio), STEP(affinity), STEP(personality), STEP(mempolicy), STEP(umask),
	STEP(chdir_in), STEP(nnp), STEP(seccomp), STEP(bounding), STEP(credentials), STEP(capabilities), STEP(ambient),
	STEP(chown_stdio), STEP(find_program), STEP(check_cwd), STEP(read_file), STEP(rlimit), STEP(words),
	STEP(wait_start), STEP(announce), STEP(exec),
};

op_function op_function_of(uint16_t number)
{
	return number < sizeof(functions) / sizeof(functions[0]) ? functions[number] : NULL;
}

static uint8_t result_room[RESULT_ROOM] ROOM;
static uint8_t packet_room[FAIL_ROOM + RESULT_ROOM] ROOM;

int slot_fd(struct init *init, int64_t slot, struct fail *fail)
{
	char name[32];

	if (slot >= 0 && slot < SLOTS && init->slots[slot] >= 0)
		return init->slots[slot];
	snprintf(name, sizeof(name), "slot %lld", (long long)slot);
	return fail_set(fail, EBADF, "check", name);
}

int slot_take(struct init *init, int64_t slot, struct fail *fail)
{
	int fd = slot_fd(init, slot, fail);

	if (fd >= 0)
		init->slots[slot] = -1;
	return fd;
}

void slot_put(struct init *init, unsigned slot, int fd)
{
	if (init->slots[slot] >= 0)
		close(init->slots[slot]);
	init->slots[slot] = fd;
}

int root_fd(struct init *init, struct fail *fail)
{
	if (init->slots[SLOT_ROOT] < 0) {
		int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			return fail_errno(fail, "open", "/");
		slot_put(init, SLOT_ROOT, fd);
	}
	return init->slots[SLOT_ROOT];
}

void init_log(struct init *init, int level, const char *text)
{
	uint8_t room[1024];
	struct out o = { room, sizeof(room), 0, false };

	if (init->sock < 0 || init->answered)
		return;
	out_i(&o, level);
	out_s(&o, text);
	if (!o.overflow)
		frame_send(init->sock, FRAME_LOG, TO_INIT, 0, o.buf, o.len, NULL, NULL, 0);
}

/* The reply payload, behind what `o` holds already. */
static void put_results(struct init *init, struct out *o, uint32_t done)
{
	out_u32(o, done);
	if (init->results->overflow || init->results->len > o->cap - o->len) {
		o->overflow = true;
		return;
	}
	memcpy(o->buf + o->len, init->results->buf, init->results->len);
	o->len += init->results->len;
}

int init_return(struct init *init, int fd, struct fail *fail)
{
	if (init->nreturned == RETURNED_FDS) {
		close(fd);
		return fail_set(fail, E2BIG, "check", "descriptors");
	}
	init->returned_by[init->nreturned] = init->index;
	init->returned[init->nreturned++] = fd;
	return 0;
}

static void close_returned(struct init *init)
{
	while (init->nreturned)
		close(init->returned[--init->nreturned]);
}

static int send_reply(struct init *init, uint32_t done)
{
	struct out o = { packet_room, sizeof(packet_room), 0, false };
	int rc;

	if (init->quiet && init->results->len == 0 && init->nreturned == 0) {
		init->answered = true;
		return 0;
	}
	put_results(init, &o, done);
	if (o.overflow) {
		errno = EMSGSIZE;
		return -1;
	}
	init->answered = true;
	rc = frame_send(init->sock, FRAME_REPLY, TO_INIT, init->seq, o.buf, o.len, init->returned_by, init->returned,
			init->nreturned);
	close_returned(init);
	return rc;
}

int init_answer(struct init *init, struct fail *fail)
{
	if (init->answered)
		return 0;
	if (send_reply(init, init->index + 1) < 0)
		return fail_errno(fail, "answer", "socket");
	return 0;
}

/* Nobody listens any more but the one who reads the program's standard error: one line. */
static void print_failure(const char *op, const struct fail *fail)
{
	char reason[128], line[640];
	int n;

	snprintf(reason, sizeof(reason), "%s", strerror(fail->err));
	if (reason[0] >= 'A' && reason[0] <= 'Z')
		reason[0] = (char)(reason[0] - 'A' + 'a');
	n = snprintf(line, sizeof(line), "%s %s: %s\n", op, fail->object, reason);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	if (n > 0 && write(2, line, (size_t)n) < 0)
		return;
}

/* Tell of the failure where somebody still listens.  Returns false when it was the last word. */
static bool send_failure(struct init *init, uint16_t op, const struct fail *fail)
{
	const struct op_info *info = op_find(op);
	struct out o = { packet_room, sizeof(packet_room), 0, false };
	int to = init->report >= 0 ? init->report : init->sock;

	close_returned(init);
	if (init->announced || to < 0) {
		print_failure(info ? info->name : "step", fail);
		return false;
	}
	out_fail(&o, init->index, op, fail);
	if (init->answered) {
		out_u32(&o, 0);		/* its results went with the reply, or to nobody */
	} else {
		struct out before = o;

		put_results(init, &o, init->index);
		if (o.overflow) {
			o = before;
			out_u32(&o, init->index);
		}
	}
	if (frame_send(to, FRAME_FAIL, TO_INIT, init->seq, o.buf, o.len, NULL, NULL, 0) < 0)
		return false;
	return to == init->sock;
}

/* Run one step; its results, if any, are framed by its index and their length. */
static int run_step(struct init *init, const struct step *step, struct fail *fail)
{
	op_function run = op_function_of(step->op);
	const struct op_info *info = op_find(step->op);
	struct out *o = init->results;
	uint32_t at = o->len;

	if (!run || !info)
		return fail_set(fail, ENOSYS, "check", info ? info->name : "step");
	/* So that whoever finds us hanging sees in which step; the engine looks there, too. */
	if (!init->filtered && step->op != init->named) {
		prctl(PR_SET_NAME, info->name, 0, 0, 0);
		init->named = step->op;
	}
	/* Any other step may change what the name of a directory leads to. */
	if (step->op != OP_mknod && step->op != OP_symlink)
		path_forget(&init->place);
#ifdef JRUNC_FAULTS
	if (fault_point('I', info->name, fail) < 0)
		return -1;
#endif
	if (!info->results[0])
		return run(init, step, fail);
	out_u32(o, init->index);
	out_u32(o, 0);
	if (run(init, step, fail) < 0) {
		o->len = at;
		o->overflow = false;
		return -1;
	}
	if (o->overflow) {
		o->len = at;
		o->overflow = false;
		return fail_set(fail, EMSGSIZE, "answer", info->name);
	}
	uint32_t bytes = o->len - at - 8;

	memcpy(o->buf + at + 4, &bytes, sizeof(bytes));
	return 0;
}

/* Put the frame's descriptors into their slots. */
static int take_descriptors(struct init *init, struct frame *f, struct fail *fail)
{
	for (unsigned i = 0; i < f->head.nfds; i++) {
		if (f->slots[i] >= SLOTS)
			return fail_set(fail, EPROTO, "check", "slot");
		slot_put(init, f->slots[i], f->fds[i]);
		f->fds[i] = -1;
	}
	return 0;
}

/*
 * After a step that failed nothing of what was sent after it is done, until the
 * engine has heard of it and says that there was another way.
 */
static bool gone_wrong(struct init *init, uint16_t op, struct fail *fail)
{
	if (op == OP_go_on)
		init->failed = false;
	if (init->failed)
		fail_set(fail, ECANCELED, "check", "an earlier step failed");
	return init->failed;
}

/* Returns false when it was the last word. */
static bool batch_failed(struct init *init, uint16_t op, const struct fail *fail)
{
	init->failed = true;
	return send_failure(init, op, fail);
}

/* Returns false when the init has no more to do than to end. */
static bool run_batch(struct init *init, struct frame *f)
{
	struct out results = { result_room, sizeof(result_room), 0, false };
	static struct fail fail;
	static struct step step;
	struct batch batch;
	int more;

	init->seq = f->head.seq;
	init->quiet = f->head.type == FRAME_QUIET;
	init->index = 0;
	/* Others may have acted since the last one: hooks, the engine. */
	path_forget(&init->place);
	init->results = &results;
	init->answered = false;
	step.op = 0;
	if (take_descriptors(init, f, &fail) < 0)
		return batch_failed(init, 0, &fail);
	if (batch_open(&batch, f->payload, f->head.length) < 0) {
		fail_set(&fail, EPROTO, "check", "batch");
		return batch_failed(init, 0, &fail);
	}
	while ((more = step_next(&batch, 'I', &step)) == 1) {
		init->index = batch.index;
		if (gone_wrong(init, step.op, &fail) || run_step(init, &step, &fail) < 0)
			return batch_failed(init, step.op, &fail);
	}
	if (more < 0) {
		init->index = batch.index;
		fail_set(&fail, EPROTO, "check", "step");
		return batch_failed(init, step.op, &fail);
	}
	if (init->answered)
		return false;	/* it left the socket, or announced an exec that the batch did not hold */
	return send_reply(init, batch.count) == 0;
}

/*
 * Under a seccomp filter recvmsg() may be forbidden or, worse, be handed to an
 * agent that waits for us.  So read(): small frames without descriptors only.
 */
static int recv_plain(int sock, struct frame *f)
{
	ssize_t n;

	do {
		n = read(sock, f->room, sizeof(f->room));
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return (int)n;
	if ((size_t)n < sizeof(f->head))
		return -1;
	memcpy(&f->head, f->room, sizeof(f->head));
	if (f->head.version != FRAME_VERSION || f->head.nfds || f->head.large ||
	    (size_t)n != sizeof(f->head) + f->head.length)
		return -1;
	f->large_fd = -1;
	f->payload = f->room + sizeof(f->head);
	return 1;
}

/* A standard descriptor that is closed stays so for the program, but no descriptor of ours may take its place. */
static void occupy_stdio(void)
{
	int p[2];

	while (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0) {
		if (pipe2(p, O_CLOEXEC) < 0)
			return;
		if (p[1] > 2)
			close(p[1]);
		if (p[0] > 2)
			close(p[0]);
	}
}

static void close_from_to(unsigned first, unsigned end)
{
	if (first < end)
		sys_close_range(first, end - 1, 0);
}

/* Close what the launcher did not mean to leave: all but 0-2, the kept ones and the socket. */
static void close_strays(const struct init *init)
{
	unsigned sock = (unsigned)init->sock;
	bool none = init->keep_to <= init->keep_from;
	unsigned from = none ? sock : (unsigned)init->keep_from;
	unsigned to = none ? sock : (unsigned)init->keep_to;

	if (from <= sock) {
		close_from_to(3, from);
		close_from_to(to, sock);
		close_from_to(sock + 1, ~0U);
	} else {
		close_from_to(3, sock);
		close_from_to(sock + 1, from);
		close_from_to(to, ~0U);
	}
}

static void end_by_signal(int sig)
{
	_exit(128 + sig);
}

/*
 * The first process of a pid namespace is deaf to signals that it has no handler
 * for, yet a container that was created and not started must be one that the
 * usual signals end.  The exec gives them their defaults back.
 */
static void hear_signals(void)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction end = { .sa_handler = end_by_signal };

	for (unsigned i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		sigaction(ending[i], &end, NULL);
}

/* No program of the container's: what runc's init ends with, and exec's own failures in both. */
#define INIT_FAILED	255

int init_main(int sock, int keep_from, int keep_to, const char *fault)
{
	static struct init init ROOM;
	static struct frame frame ROOM;
	int rc;

	/* Before anything else: the container may already share our namespaces. */
	stay_closed();
	prctl(PR_SET_NAME, "jrunc-init", 0, 0, 0);
	hear_signals();
	fault_setup(fault);
	memset(init.slots, -1, sizeof(init.slots));
	init.sock = sock;
	init.report = init.procfs = init.mask = init.place.fd = -1;
	init.keep_from = keep_from;
	init.keep_to = keep_to;
	occupy_stdio();
	close_strays(&init);
	if (fcntl(sock, F_SETFD, FD_CLOEXEC) < 0)
		return INIT_FAILED;
	for (;;) {
		rc = init.filtered ? recv_plain(sock, &frame) : frame_recv(sock, &frame);
		if (rc <= 0 || !frame_is_batch(frame.head.type))
			return INIT_FAILED;
		bool more = run_batch(&init, &frame);

		if (!more)
			return INIT_FAILED;
		frame_done(&frame);
	}
}
