// SPDX-License-Identifier: Apache-2.0
/* The launcher's children: no end of them is missed, whenever it comes. */
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static int waitid_and_then(idtype_t type, id_t id, siginfo_t *si, int options);

/* Its only call of it is the look at a child. */
#define waitid waitid_and_then
#include "../src/launcher.c"
#undef waitid

/* The numbers of plan_ops.def under their names. */
enum {
#define OP(number, name, party, args, results) OP_##name = number,
#include "plan_ops.def"
#undef OP
};

static pid_t ends_after_the_look;

/* A child that had not ended ends before the next call of the launcher's. */
static int waitid_and_then(idtype_t type, id_t id, siginfo_t *si, int options)
{
	int rc = waitid(type, id, si, options);
	siginfo_t end;

	if (rc == 0 && si->si_pid == 0 && (pid_t)id == ends_after_the_look) {
		kill(ends_after_the_look, SIGKILL);
		CHECK(waitid(P_PID, id, &end, WEXITED | WNOWAIT) == 0);
	}
	return rc;
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void begin(bool forwarding)
{
	launcher.ended = false;
	launcher.stage = 0;
	launcher.forwarding = forwarding;
	launcher.pid = child();
	CHECK(launcher.pid > 0);
	if (launcher.pidfd >= 0)
		close(launcher.pidfd);
	launcher.pidfd = sys_pidfd_open(launcher.pid, 0);
	CHECK(launcher.pidfd >= 0);
	ends_after_the_look = 0;
}

static bool collected(pid_t pid)
{
	siginfo_t si;

	return waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

static void a_program_that_ends_while_children_are_collected_is_not_missed(void)
{
	begin(true);
	ends_after_the_look = launcher.pid;
	reap();
	CHECK(launcher.ended);
	CHECK(WIFSIGNALED(launcher.status) && WTERMSIG(launcher.status) == SIGKILL);
	CHECK(collected(launcher.pid));
}

static void what_made_the_program_is_forgotten_once_it_is_collected(void)
{
	begin(true);
	launcher.stage = child();
	kill(launcher.stage, SIGKILL);
	while (launcher.stage)
		reap();
	CHECK(!launcher.ended);
	kill(launcher.pid, SIGKILL);
	while (!launcher.ended)
		reap();
	CHECK(WTERMSIG(launcher.status) == SIGKILL);
}

static void before_forward_an_init_that_has_ended_is_left_to_who_adopts_it(void)
{
	begin(false);
	kill(launcher.pid, SIGKILL);
	while (!launcher.ended)
		reap();
	CHECK(WTERMSIG(launcher.status) == SIGKILL);
	CHECK(!collected(launcher.pid));
	CHECK(waitpid(launcher.pid, NULL, 0) == launcher.pid);
}

/* The end of the init's socket: only one that announced its exec has become the program. */
static void signals_are_forwarded_from_the_exec_on(void)
{
	for (int announced = 0; announced < 2; announced++) {
		int pair[2];

		begin(false);
		CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
		launcher.pair = pair[0];
		launcher.forward_at_exec = true;
		launcher.announced = announced;
		launcher.early = BIT(SIGKILL);
		launcher.wanted_gone = SIGTERM;
		close(pair[1]);
		drain_init();
		CHECK(launcher.pair == -1);
		CHECK(launcher.forwarding == announced);
		CHECK(launcher.early == (announced ? 0 : BIT(SIGKILL)));
		CHECK(launcher.wanted_gone == SIGTERM);		/* it came before: the engine undoes everything */
		if (!announced)
			kill(launcher.pid, SIGKILL);
		while (!launcher.ended)
			reap();
		CHECK(WTERMSIG(launcher.status) == SIGKILL);
		if (!announced)
			CHECK(waitpid(launcher.pid, NULL, 0) == launcher.pid);
	}
	launcher.forward_at_exec = launcher.announced = false;
	launcher.wanted_gone = 0;
}

/* How it ended tells the engine more than that it is not there. */
static void a_batch_for_an_init_that_has_gone_is_answered_by_its_end(void)
{
	struct pollfd p;
	int engine[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, engine) == 0);
	launcher.engine.sock = engine[0];
	p = (struct pollfd){ engine[1], POLLIN, 0 };
	launcher.pid = 4711;
	launcher.reported = false;
	no_init(5);
	CHECK(poll(&p, 1, 0) == 0);
	launcher.reported = true;
	no_init(6);
	CHECK(poll(&p, 1, 0) == 1);
	CHECK(frame_recv(engine[1], &frame) == 1);
	CHECK(frame.head.type == FRAME_FAIL && frame.head.seq == 6);
	frame_done(&frame);
	launcher.pid = 0;
	launcher.reported = false;
	no_init(7);
	CHECK(poll(&p, 1, 0) == 1);
	close(engine[0]);
	close(engine[1]);
	launcher.engine.sock = -1;
}

/* An engine that undoes a container whose init it has detached already must not wait for an end that nobody reports. */
static void an_init_that_was_detached_is_not_killed_in_silence(void)
{
	uint8_t room[128], number[8];
	struct out steps = { room, sizeof(room), 0, false }, sig = { number, sizeof(number), 0, false };
	struct frame batch = { .head = { .seq = 8 }, .payload = room };
	int engine[2];
	uint32_t n;
	pid_t pid;

	begin(false);
	pid = launcher.pid;
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, engine) == 0);
	launcher.engine.sock = engine[0];
	out_i(&sig, SIGKILL);
	out_u32(&steps, 2);
	out_u16(&steps, OP_detach);
	out_u16(&steps, 0);
	out_b(&steps, NULL, 0);
	out_u16(&steps, OP_kill);
	out_u16(&steps, 0);
	out_b(&steps, number, sig.len);
	batch.head.length = steps.len;
	launcher_batch(&batch);
	CHECK(frame_recv(engine[1], &frame) == 1);
	CHECK(frame.head.type == FRAME_FAIL && frame.head.seq == 8);
	struct in in = { frame.payload, frame.payload + frame.head.length, false };

	CHECK(in_u32(&in) == 1 && in_u32(&in) == OP_kill && in_i(&in) == ESRCH);
	CHECK(strcmp(in_s(&in, &n), "pidfd_send_signal") == 0);
	frame_done(&frame);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(engine[0]);
	close(engine[1]);
	launcher.engine.sock = -1;
}

static void whatever_ends_the_launcher_ends_what_made_the_program(void)
{
	pid_t stage;

	begin(false);
	stage = launcher.stage = child();
	end_init();
	CHECK(waitpid(stage, NULL, 0) == stage);
	CHECK(collected(launcher.pid));
}

/* Nothing was begun, and nothing is to begin. */
static void who_wants_us_gone_starts_no_other_engine(void)
{
	for (int sig = 0; sig <= SIGTERM; sig += SIGTERM) {
		int pair[2];

		CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
		launcher.engine.sock = pair[0];
		launcher.engine.resident = true;
		launcher.engine.reason[0] = '\0';
		launcher.mode = ENGINE_REQUIRE;		/* which says so instead of starting one */
		launcher.heard = launcher.finished = false;
		launcher.wanted_gone = sig;
		launcher.pid = 0;
		close(pair[1]);
		from_engine();
		CHECK(launcher.finished && launcher.code == (sig ? 128 + sig : 1));
		CHECK(!launcher.engine.reason[0] == !!sig);
	}
	launcher.engine.resident = launcher.finished = false;
	launcher.wanted_gone = 0;
}

static ino_t network_of(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	CHECK(stat(path, &st) == 0);
	return st.st_ino;
}

/* A process in a network of its own, or 0 where we may not make one. */
static pid_t network_maker(void)
{
	int said[2];
	char ok = 0;
	pid_t pid;

	CHECK(pipe2(said, O_CLOEXEC) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ok = unshare(CLONE_NEWNET) == 0;
		if (write(said[1], &ok, 1) != 1 || !ok)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK(read(said[0], &ok, 1) == 1);
	close(said[0]);
	close(said[1]);
	if (!ok)
		CHECK(waitpid(pid, NULL, 0) == pid);
	return ok ? pid : 0;
}

/* Who moves a device to it looks it up at once, and must not find the host's. */
static void an_init_is_born_in_the_network_that_was_made_ahead(void)
{
	pid_t maker = network_maker();
	ino_t ours = network_of(getpid());
	char path[64];
	struct fail fail;

	if (!maker)
		return;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", maker);
	for (int i = 0; i < 30; i++) {
		launcher.had_init = launcher.ended = false;
		launcher.slots[SLOT_NETWORK] = open(path, O_RDONLY | O_CLOEXEC);
		launcher.memfd = open("/bin/sleep", O_RDONLY | O_CLOEXEC);	/* its arguments are numbers */
		CHECK(launcher.slots[SLOT_NETWORK] >= 0 && launcher.memfd >= 0);
		CHECK(clone_init(CLONE_NEWNET, false, -1, 0, 0, &fail) == 0);
		CHECK(network_of(launcher.pid) == network_of(maker));
		CHECK(network_of(getpid()) == ours);
		kill(launcher.pid, SIGKILL);
		CHECK(waitpid(launcher.pid, NULL, 0) == launcher.pid);
		close(launcher.pair);
		close(launcher.pidfd);
		close(launcher.memfd);
	}
	launcher.pair = launcher.pidfd = launcher.memfd = -1;
	launcher.pid = 0;
	kill(maker, SIGKILL);
	CHECK(waitpid(maker, NULL, 0) == maker);
}

int main(void)
{
	alarm(300);
	a_program_that_ends_while_children_are_collected_is_not_missed();
	what_made_the_program_is_forgotten_once_it_is_collected();
	before_forward_an_init_that_has_ended_is_left_to_who_adopts_it();
	signals_are_forwarded_from_the_exec_on();
	whatever_ends_the_launcher_ends_what_made_the_program();
	a_batch_for_an_init_that_has_gone_is_answered_by_its_end();
	an_init_that_was_detached_is_not_killed_in_silence();
	who_wants_us_gone_starts_no_other_engine();
	an_init_is_born_in_the_network_that_was_made_ahead();
	return 0;
}
