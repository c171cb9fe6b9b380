// SPDX-License-Identifier: Apache-2.0
/*
 * The init at the end of a socket: its table is complete, it answers, it says
 * no to what is malformed, and it ends when nobody is there.  Needs no privileges.
 */
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "op.h"

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "init_test.c:%d: %s\n", line, what);
	exit(1);
}
#define CHECK(x) check(x, #x, __LINE__)

static struct frame answer;
static uint8_t room[128 * 1024];
static struct out steps;
static uint32_t count;
static int sock;
static pid_t pid;
static uid_t user;	/* of the next init, if the test may choose it */

static void start(void)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		/* New ids close it too, so it is opened again, as an exec does. */
		if (user && geteuid() == 0)
			CHECK(setresuid(user, user, user) == 0);
		CHECK(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
		_exit(init_main(pair[1], 3, 3, NULL));
	}
	close(pair[1]);
	sock = pair[0];
}

/* Close our end; the init's wait status. */
static int end(void)
{
	int status;

	close(sock);
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

static void begin_batch(void)
{
	steps = (struct out){ room, sizeof(room), 0, false };
	count = 0;
	out_u32(&steps, 0);
}

/* One step with its encoded arguments. */
static void add(uint16_t op, const struct out *args)
{
	out_u16(&steps, op);
	out_u16(&steps, 0);
	out_b(&steps, args ? args->buf : NULL, args ? args->len : 0);
	count++;
}

static void add_umask(int64_t mask)
{
	uint8_t space[8];
	struct out args = { space, sizeof(space), 0, false };

	out_i(&args, mask);
	add(OP_umask, &args);
}

static void add_read_file(const char *path, int64_t limit)
{
	uint8_t space[512];
	struct out args = { space, sizeof(space), 0, false };

	out_s(&args, path);
	out_i(&args, limit);
	add(OP_read_file, &args);
}

static void send_batch(enum frame_type type, uint32_t seq)
{
	memcpy(room, &count, sizeof(count));
	CHECK(frame_send(sock, type, TO_INIT, seq, room, steps.len, NULL, NULL, 0) == 0);
}

static struct in exchange(uint32_t seq, enum frame_type wanted)
{
	send_batch(FRAME_BATCH, seq);
	CHECK(frame_recv(sock, &answer) == 1);
	CHECK(answer.head.type == wanted && answer.head.seq == seq);
	return (struct in){ answer.payload, answer.payload + answer.head.length, false };
}

/* The next answer tells whether there was one to an earlier batch: they come in order. */
static void a_batch_that_nobody_waits_for_is_answered_only_with_what_is_more_than_done(void)
{
	struct in in;

	start();
	begin_batch();
	add_umask(022);
	send_batch(FRAME_QUIET, 1);
	begin_batch();
	exchange(2, FRAME_REPLY);
	/* Results are more. */
	begin_batch();
	add_read_file("/nonexistent", 10);
	send_batch(FRAME_QUIET, 3);
	CHECK(frame_recv(sock, &answer) == 1);
	CHECK(answer.head.type == FRAME_REPLY && answer.head.seq == 3);
	/* A failure as well, and what was sent after it is not done. */
	begin_batch();
	add_read_file("/dev/null", 10);
	send_batch(FRAME_QUIET, 4);
	begin_batch();
	add_umask(077);
	send_batch(FRAME_QUIET, 5);
	CHECK(frame_recv(sock, &answer) == 1);
	CHECK(answer.head.type == FRAME_FAIL && answer.head.seq == 4);
	CHECK(frame_recv(sock, &answer) == 1);
	CHECK(answer.head.type == FRAME_FAIL && answer.head.seq == 5);
	in = (struct in){ answer.payload, answer.payload + answer.head.length, false };
	CHECK(in_u32(&in) == 0 && in_u32(&in) == OP_umask && in_i(&in) == ECANCELED);
	end();
}

static void every_step_of_the_init_has_its_function(void)
{
#define OP(number, name, party, args, results) \
	CHECK((op_function_of(number) != NULL) == (party == 'I'));
#include "plan_ops.def"
#undef OP
	CHECK(op_function_of(UINT16_MAX) == NULL);
}

/*
 * Nobody may look into it, from before it takes its first step: its files in /proc are root's
 * and not its user's.
 */
static void it_is_closed_before_its_first_step(void)
{
	char path[64];
	struct stat st;

	user = 65534;
	start();
	user = 0;
	begin_batch();
	exchange(1, FRAME_REPLY);
	frame_done(&answer);
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	CHECK(stat(path, &st) == 0 && st.st_uid == 0);
	end();
}

static void steps_are_answered_with_their_results(void)
{
	uint32_t n;

	start();
	begin_batch();
	add_umask(022);
	add_read_file("/proc/self/comm", 64);
	add_read_file("/nowhere/at/all", 64);
	struct in in = exchange(7, FRAME_REPLY);

	CHECK(in_u32(&in) == 3);
	CHECK(in_u32(&in) == 1 && in_u32(&in) == 4 + 10);
	const uint8_t *text = in_b(&in, &n);

	CHECK(n == 10 && memcmp(text, "read_file\n", 10) == 0);	/* it is named after what it does */
	CHECK(in_u32(&in) == 2 && in_u32(&in) == 4 && in_u32(&in) == 0);
	CHECK(!in.bad && in.p == in.end);
	frame_done(&answer);
	int status = end();

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 255);
}

/* What was sent before the failure was known is not for an init that has failed. */
static void after_a_failed_step_nothing_is_done_until_it_is_told_to_go_on(void)
{
	uint32_t n;

	start();
	begin_batch();
	add_read_file("/dev/null", 64);
	exchange(1, FRAME_FAIL);
	frame_done(&answer);
	for (uint32_t seq = 2; seq < 4; seq++) {
		begin_batch();
		add_umask(0);
		struct in in = exchange(seq, FRAME_FAIL);

		CHECK(in_u32(&in) == 0 && in_u32(&in) == OP_umask && in_i(&in) == ECANCELED);
		CHECK(strcmp(in_s(&in, &n), "check") == 0);
		CHECK(strcmp(in_s(&in, &n), "an earlier step failed") == 0);
		frame_done(&answer);
	}
	begin_batch();
	add(OP_go_on, NULL);
	add_umask(022);
	struct in in = exchange(4, FRAME_REPLY);

	CHECK(in_u32(&in) == 2);
	frame_done(&answer);
	end();
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void add_symlink(const char *path)
{
	uint8_t space[512];
	struct out args = { space, sizeof(space), 0, false };

	out_s(&args, "text");
	out_s(&args, path);
	out_i(&args, 0);
	add(OP_symlink, &args);
}

static int open_descriptors(void)
{
	char path[64];
	DIR *d;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* The directory of a link is kept for the next one, but not beyond a step that may change it, nor a batch. */
static void the_directory_of_a_link_is_forgotten_in_time(void)
{
	char top[] = "/tmp/init_test.XXXXXX", path[64], other[64];
	struct stat st;
	int before;

	CHECK(mkdtemp(top) != NULL);
	start();
	begin_batch();
	exchange(1, FRAME_REPLY);
	frame_done(&answer);
	before = open_descriptors();
	begin_batch();
	snprintf(path, sizeof(path), "%s/dir/one", top);
	add_symlink(path);
	add_umask(022);
	exchange(2, FRAME_REPLY);
	frame_done(&answer);
	/* The root, which stays, and no more. */
	CHECK(geteuid() != 0 || open_descriptors() == before + 1);
	begin_batch();
	snprintf(path, sizeof(path), "%s/dir/two", top);
	add_symlink(path);
	exchange(3, FRAME_REPLY);
	frame_done(&answer);
	snprintf(path, sizeof(path), "%s/dir", top);
	snprintf(other, sizeof(other), "%s/moved", top);
	CHECK(rename(path, other) == 0);
	begin_batch();
	snprintf(path, sizeof(path), "%s/dir/three", top);
	add_symlink(path);
	exchange(4, FRAME_REPLY);
	frame_done(&answer);
	CHECK(lstat(path, &st) == 0 && S_ISLNK(st.st_mode));
	end();
	CHECK(nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

static void a_failed_step_ends_the_batch_but_not_the_init(void)
{
	uint32_t n;

	start();
	begin_batch();
	add_read_file("/proc/self/comm", 64);
	add_read_file("/dev/null", 64);
	add_read_file("/proc/self/comm", 64);
	struct in in = exchange(8, FRAME_FAIL);

	CHECK(in_u32(&in) == 1 && in_u32(&in) == OP_read_file && in_i(&in) == EINVAL);
	CHECK(strcmp(in_s(&in, &n), "check") == 0);
	CHECK(strcmp(in_s(&in, &n), "/dev/null") == 0);
	CHECK(strcmp(in_s(&in, &n), "not a regular file") == 0);
	/* What the steps before it answered is not lost. */
	CHECK(in_u32(&in) == 1 && in_u32(&in) == 0 && in_u32(&in) == 4 + 10);
	frame_done(&answer);

	begin_batch();
	add(OP_go_on, NULL);
	add_umask(022);
	in = exchange(9, FRAME_REPLY);
	CHECK(in_u32(&in) == 2);
	frame_done(&answer);
	end();
}

static void what_is_malformed_is_refused(void)
{
	start();
	begin_batch();
	count = 1000;		/* of which none follows */
	struct in in = exchange(1, FRAME_FAIL);

	CHECK(in_u32(&in) == 0 && in_u32(&in) == 0 && in_i(&in) == EPROTO);
	frame_done(&answer);

	begin_batch();
	add(OP_go_on, NULL);
	add(OP_umask, NULL);	/* without its argument */
	in = exchange(2, FRAME_FAIL);
	CHECK(in_u32(&in) == 1);
	in_u32(&in);
	CHECK(in_i(&in) == EPROTO);
	frame_done(&answer);

	begin_batch();
	add(OP_go_on, NULL);
	add_umask(022);
	add(OP_detach, NULL);	/* the launcher's */
	in = exchange(3, FRAME_FAIL);
	CHECK(in_u32(&in) == 2);
	in_u32(&in);
	CHECK(in_i(&in) == EPROTO);
	frame_done(&answer);

	/* No frame at all: nobody we know. */
	CHECK(send(sock, "hello", 5, MSG_NOSIGNAL) == 5);
	int status = end();

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 255);
}

/* What it executes inherits what it was told to keep, under the numbers that were answered, and nothing else. */
static void what_is_kept_is_inherited(void)
{
	uint8_t space[256];
	struct out args = { space, sizeof(space), 0, false };
	char script[192], said[64];
	uint32_t n;

	start();
	begin_batch();
	add(OP_keep_pair, NULL);
	out_s(&args, "/proc");
	add(OP_keep_directory, &args);
	struct in in = exchange(11, FRAME_REPLY);

	CHECK(in_u32(&in) == 2 && in_u32(&in) == 0 && in_u32(&in) == 8);
	long long pair = in_i(&in);

	CHECK(in_u32(&in) == 1 && in_u32(&in) == 8);
	long long folder = in_i(&in);

	CHECK(answer.head.nfds == 1 && answer.slots[0] == 0);
	int other = fcntl(answer.fds[0], F_DUPFD_CLOEXEC, 3);

	frame_done(&answer);
	snprintf(script, sizeof(script),
		 "cd /proc/self/fd/%lld && test -e self/stat && for n in 3 4 5 6 7 8 9; do test -e $$/fd/$n && s=$s$n,; done; echo $s >&%lld",
		 folder, pair);
	args = (struct out){ space, sizeof(space), 0, false };
	out_s(&args, "/bin/sh");
	out_u32(&args, 3);
	out_s(&args, "sh");
	out_s(&args, "-c");
	out_s(&args, script);
	out_u32(&args, 0);
	begin_batch();
	add(OP_exec, &args);
	memcpy(room, &count, sizeof(count));
	CHECK(frame_send(sock, FRAME_BATCH, TO_INIT, 12, room, steps.len, NULL, NULL, 0) == 0);
	n = (uint32_t)read(other, said, sizeof(said) - 1);
	CHECK(n > 0 && n < sizeof(said));
	said[n] = 0;
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "%lld,%lld,\n", pair < folder ? pair : folder, pair < folder ? folder : pair);
	CHECK(strcmp(said, wanted) == 0);
	close(other);
	end();
}

/* More than a small frame holds. */
static void an_exec_without_arguments_has_those_that_came_before(void)
{
	static uint8_t space[100000];
	static char large[70000];
	struct out args = { space, sizeof(space), 0, false };

	memset(large, 'x', sizeof(large) - 1);
	memcpy(large, "V=", 2);
	out_u32(&args, 3);
	out_s(&args, "sh");
	out_s(&args, "-c");
	out_s(&args, "test ${#V}$W = 69997last && exit 42");
	out_u32(&args, 2);
	out_s(&args, large);
	out_s(&args, "W=last");
	start();
	begin_batch();
	add(OP_words, &args);
	exchange(1, FRAME_REPLY);
	frame_done(&answer);
	args = (struct out){ space, sizeof(space), 0, false };
	out_s(&args, "/bin/sh");
	out_u32(&args, 0);
	out_u32(&args, 0);
	begin_batch();
	add(OP_exec, &args);
	memcpy(room, &count, sizeof(count));
	CHECK(frame_send(sock, FRAME_BATCH, TO_INIT, 2, room, steps.len, NULL, NULL, 0) == 0);
	int status = end();

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);

	/* Without them there is nothing to execute with. */
	start();
	exchange(3, FRAME_FAIL);
	frame_done(&answer);
	end();
}

int main(void)
{
	what_is_kept_is_inherited();
	an_exec_without_arguments_has_those_that_came_before();
	every_step_of_the_init_has_its_function();
	it_is_closed_before_its_first_step();
	steps_are_answered_with_their_results();
	the_directory_of_a_link_is_forgotten_in_time();
	a_batch_that_nobody_waits_for_is_answered_only_with_what_is_more_than_done();
	a_failed_step_ends_the_batch_but_not_the_init();
	after_a_failed_step_nothing_is_done_until_it_is_told_to_go_on();
	what_is_malformed_is_refused();
	return 0;
}
