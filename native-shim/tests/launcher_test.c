// SPDX-License-Identifier: Apache-2.0
/* The launcher's children: no end of them is missed, whenever it comes. */
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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

/* The network that lies in its slot; 0 = none. */
static ino_t network_in_slot(void)
{
	struct stat st;

	if (launcher.slots[SLOT_NETWORK] < 0)
		return 0;
	CHECK(fstat(launcher.slots[SLOT_NETWORK], &st) == 0);
	return st.st_ino;
}

static short loopback_flags(void)
{
	struct ifreq rq = { .ifr_name = "lo" };
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	CHECK(sock >= 0 && ioctl(sock, SIOCGIFFLAGS, &rq) == 0);
	close(sock);
	return rq.ifr_flags;
}

static void a_network_is_made_ahead_from_our_own_and_we_are_back_in_it(void)
{
	ino_t ours = network_of(getpid()), first;
	struct fail fail;
	int home;

	if (network_ahead(&fail) < 0) {
		CHECK(fail.err == EPERM && network_of(getpid()) == ours);
		return;
	}
	first = network_in_slot();
	CHECK(first && first != ours && network_of(getpid()) == ours);
	/* A second one takes its place. */
	CHECK(network_ahead(&fail) == 0);
	CHECK(network_in_slot() && network_in_slot() != first && network_of(getpid()) == ours);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK(home >= 0 && setns(launcher.slots[SLOT_NETWORK], CLONE_NEWNET) == 0);
	CHECK(!(loopback_flags() & IFF_UP));
	CHECK(setns(home, CLONE_NEWNET) == 0);
	close(home);
	close(launcher.slots[SLOT_NETWORK]);
	launcher.slots[SLOT_NETWORK] = -1;
}

/* Root of a user namespace that shares the network of an outer one may leave that, and not come back. */
static void where_there_is_no_way_back_no_network_is_made_ahead(void)
{
	struct fail fail;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0)
			_exit(0);
		_exit(network_ahead(&fail) < 0 && fail.err == EPERM && !network_in_slot() ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* Who moves a device to it looks it up at once, and must not find the host's. */
static void an_init_is_born_in_the_network_that_was_made_ahead(void)
{
	ino_t ours = network_of(getpid());
	struct fail fail;

	for (int i = 0; i < 30; i++) {
		launcher.had_init = launcher.ended = false;
		if (network_ahead(&fail) < 0)
			return;
		ino_t ahead = network_in_slot();

		launcher.memfd = open("/bin/sleep", O_RDONLY | O_CLOEXEC);	/* its arguments are numbers */
		CHECK(launcher.memfd >= 0);
		CHECK(clone_init(CLONE_NEWNET, false, -1, 0, 0, &fail) == 0);
		CHECK(network_of(launcher.pid) == ahead && !network_in_slot());
		CHECK(network_of(getpid()) == ours);
		kill(launcher.pid, SIGKILL);
		CHECK(waitpid(launcher.pid, NULL, 0) == launcher.pid);
		close(launcher.pair);
		close(launcher.pidfd);
		close(launcher.memfd);
	}
	launcher.pair = launcher.pidfd = launcher.memfd = -1;
	launcher.pid = 0;
}

static bool same_file(int one, int other)
{
	struct stat a, b;

	CHECK(fstat(one, &a) == 0 && fstat(other, &b) == 0);
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* An init from a file that can be written would give the container what the host executes (CVE-2019-5736). */
static void the_engines_copy_is_taken_only_if_nobody_can_write_it(void)
{
	for (int sealed = 0; sealed < 2; sealed++) {
		int copy = sealed ? seal_own_executable() : open("/bin/sleep", O_RDONLY | O_CLOEXEC);
		int kept = fcntl(copy, F_DUPFD_CLOEXEC, 3);
		struct fail fail;

		CHECK(copy >= 0 && kept >= 0);
		launcher.had_init = launcher.ended = false;
		launcher.slots[SLOT_SHIM] = copy;
		CHECK(clone_init(0, false, -1, 0, 0, &fail) == 0);
		CHECK(launcher.memfd >= 0 && same_file(launcher.memfd, kept) == sealed);
		CHECK(fcntl(launcher.memfd, F_GET_SEALS) & F_SEAL_WRITE);
		CHECK((launcher.slots[SLOT_SHIM] < 0) == sealed);
		kill(launcher.pid, SIGKILL);
		CHECK(waitpid(launcher.pid, NULL, 0) == launcher.pid);
		close(kept);
		close(launcher.pair);
		close(launcher.pidfd);
		close(launcher.memfd);
		if (!sealed)
			close(copy);
		launcher.pair = launcher.pidfd = launcher.memfd = launcher.slots[SLOT_SHIM] = -1;
	}
	launcher.pid = 0;
}

/* Its last words are written in our memory where it shares that, and it ends there. */
static void a_child_that_cannot_execute_says_why_and_leaves_us_as_we_were(void)
{
	static struct frame said;
	struct launcher before;
	struct fail fail;
	int status;

	launcher.had_init = launcher.ended = false;
	launcher.memfd = memfd_create("no program", MFD_CLOEXEC);
	CHECK(launcher.memfd >= 0 && fchmod(launcher.memfd, 0600) == 0);
	before = launcher;
	CHECK(clone_init(0, false, -1, 0, SIGKILL, &fail) == 0);
	CHECK(frame_recv(launcher.pair, &said) == 1 && said.head.type == FRAME_FAIL);
	struct in in = { said.payload, said.payload + said.head.length, false };

	CHECK(in_u32(&in) == 0 && in_u32(&in) == OP_clone && in_i(&in) == EACCES);
	CHECK(strcmp(in_s(&in, &(uint32_t){ 0 }), "execveat") == 0);
	CHECK(waitpid(launcher.pid, &status, 0) == launcher.pid && WIFEXITED(status) && WEXITSTATUS(status) == 1);
	CHECK(fcntl(launcher.memfd, F_GETFD) == FD_CLOEXEC && fcntl(0, F_GETFD) == 0);
	close(launcher.pair);
	close(launcher.pidfd);
	close(launcher.memfd);
	before.had_init = true;
	before.pid = launcher.pid;
	before.pidfd = launcher.pidfd;
	before.pair = launcher.pair;
	CHECK(memcmp(&before, &launcher, sizeof(before)) == 0);
	launcher.pair = launcher.pidfd = launcher.memfd = -1;
	launcher.pid = 0;
}

/* The first room for results is small; what is in it must come along to a larger one. */
static void results_of_earlier_steps_survive_those_that_are_long(void)
{
	enum { LONG = 200000 };
	static char text[LONG];
	uint8_t room[256], number[8];
	struct out steps = { room, sizeof(room), 0, false };
	struct frame batch = { .head = { .type = FRAME_BATCH, .seq = 10 }, .payload = room };
	int64_t limits[] = { 3, LONG };
	int engine[2], in[2], usual = dup(0);
	uint32_t n;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, engine) == 0 && pipe2(in, O_CLOEXEC) == 0);
	CHECK(fcntl(in[1], F_SETPIPE_SZ, 1 << 18) >= LONG && usual >= 0);
	memset(text, 'x', sizeof(text));
	CHECK(write(in[1], "abc", 3) == 3 && write(in[1], text, sizeof(text)) == LONG);
	close(in[1]);
	CHECK(dup2(in[0], 0) == 0);
	launcher.engine.sock = engine[0];
	out_u32(&steps, 2);
	for (int i = 0; i < 2; i++) {
		struct out limit = { number, sizeof(number), 0, false };

		out_i(&limit, limits[i]);
		out_u16(&steps, OP_read);
		out_u16(&steps, 0);
		out_b(&steps, number, limit.len);
	}
	batch.head.length = steps.len;
	launcher_batch(&batch);
	CHECK(frame_recv(engine[1], &frame) == 1);
	CHECK(frame.head.type == FRAME_REPLY && frame.head.seq == 10);
	struct in got = { frame.payload, frame.payload + frame.head.length, false };

	CHECK(in_u32(&got) == 2);
	CHECK(in_u32(&got) == 0 && in_u32(&got) == 4 + 3);
	CHECK(memcmp(in_b(&got, &n), "abc", 3) == 0 && n == 3);
	CHECK(in_u32(&got) == 1 && in_u32(&got) == 4 + LONG);
	CHECK(memcmp(in_b(&got, &n), text, LONG) == 0 && n == LONG);
	frame_done(&frame);
	CHECK(dup2(usual, 0) == 0);
	close(usual);
	close(in[0]);
	close(engine[0]);
	close(engine[1]);
	launcher.engine.sock = -1;
}

/* A batch that nobody waits for, which is answered only if there is something to tell. */
static void what_nobody_waits_for_is_answered_only_when_it_fails(void)
{
	uint8_t room[128], slot[8];
	struct out steps = { room, sizeof(room), 0, false }, number = { slot, sizeof(slot), 0, false };
	struct frame batch = { .head = { .type = FRAME_QUIET, .seq = 9 }, .payload = room };
	struct pollfd p;
	int engine[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, engine) == 0);
	launcher.engine.sock = engine[0];
	p = (struct pollfd){ engine[1], POLLIN, 0 };
	out_i(&number, SLOT_SOURCE);
	out_u32(&steps, 1);
	out_u16(&steps, OP_close);
	out_u16(&steps, 0);
	out_b(&steps, slot, number.len);
	batch.head.length = steps.len;
	launcher.slots[SLOT_SOURCE] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	launcher_batch(&batch);
	CHECK(poll(&p, 1, 0) == 0 && launcher.slots[SLOT_SOURCE] < 0);
	launcher_batch(&batch);
	CHECK(frame_recv(engine[1], &frame) == 1);
	CHECK(frame.head.type == FRAME_FAIL && frame.head.seq == 9);
	frame_done(&frame);
	close(engine[0]);
	close(engine[1]);
	launcher.engine.sock = -1;
}

int main(void)
{
	alarm(300);
	memset(launcher.slots, -1, sizeof(launcher.slots));
	a_program_that_ends_while_children_are_collected_is_not_missed();
	what_made_the_program_is_forgotten_once_it_is_collected();
	before_forward_an_init_that_has_ended_is_left_to_who_adopts_it();
	signals_are_forwarded_from_the_exec_on();
	whatever_ends_the_launcher_ends_what_made_the_program();
	a_batch_for_an_init_that_has_gone_is_answered_by_its_end();
	an_init_that_was_detached_is_not_killed_in_silence();
	who_wants_us_gone_starts_no_other_engine();
	a_network_is_made_ahead_from_our_own_and_we_are_back_in_it();
	where_there_is_no_way_back_no_network_is_made_ahead();
	an_init_is_born_in_the_network_that_was_made_ahead();
	the_engines_copy_is_taken_only_if_nobody_can_write_it();
	a_child_that_cannot_execute_says_why_and_leaves_us_as_we_were();
	what_nobody_waits_for_is_answered_only_when_it_fails();
	results_of_earlier_steps_survive_those_that_are_long();
	return 0;
}
