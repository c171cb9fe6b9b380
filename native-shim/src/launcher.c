// SPDX-License-Identifier: Apache-2.0
/*
 * The launcher: the process that the caller started.
 *
 * One poll loop over the engine's socket, the init's socket, signals and stdio.
 * It decides nothing about containers: the engine says what to do, this passes
 * frames on, reports what happens, and sees to it that whatever dies, the caller
 * gets its terminal back, one line on stderr and an exit code.
 *
 * Long, as all of that is one state: what a signal, an end or a silence means
 * depends on what the other two parties have said by then.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hello.h"
#include "launcher.h"
#include "relay.h"
#include "sys.h"

#define ANSWER_MS	10000	/* for a resident engine to answer the hello */
#define GONE_MS		10000	/* for the engine to end things after a signal */
#define EPILOGUE	"jrunc-epilogue"	/* argv[0] of a launcher that another one became */

#define BIT(sig)	(1ULL << ((sig) - 1))
#define WANTS_GONE	(BIT(SIGINT) | BIT(SIGTERM) | BIT(SIGHUP) | BIT(SIGQUIT))
#define NOT_FORWARDED	(BIT(SIGCHLD) | BIT(SIGWINCH) | BIT(SIGURG))

struct launcher launcher = {
	.engine.sock = -1, .engine.jvm_output = -1, .memfd = -1, .pair = -1, .pidfd = -1, .sigfd = -1,
	.stdio = { -1, -1, -1 }, .relayed = { -1, -1, -1 },
};

static struct launcher *const l = &launcher;
static struct frame frame ROOM;

/* The one line that a failing launcher prints; raw mode would spoil it. */
static void complain(const char *what, const char *why)
{
	relay_restore();
	dprintf(2, "jrunc: %s%s\n", what, why);
}

static void finish(int code)
{
	l->finished = true;
	l->code = code;
}

static void send_event(enum event event, int64_t value)
{
	uint8_t room[16];
	struct out o = { room, sizeof(room), 0, false };

	out_u32(&o, event);
	out_i(&o, value);
	if (l->engine.sock >= 0)
		frame_send(l->engine.sock, FRAME_EVENT, TO_LAUNCHER, 0, room, o.len, NULL, NULL, 0);
}

int launcher_kill(int sig)
{
	if (l->pid <= 0 || l->ended || l->pidfd < 0)
		return 0;
	return sys_pidfd_send_signal(l->pidfd, sig, NULL, 0);
}

/* ---- signals ---- */

static void one_signal(int sig, pid_t sender)
{
	if (sig < 1 || sig > 64)
		return;
	if (sig == SIGCHLD)
		l->reap = true;
	if (sig == SIGWINCH)
		relay_window_size();
	if ((BIT(sig) & NOT_FORWARDED) || (sig == SIGPIPE && sender == getpid()))
		return;
	if (l->forwarding) {
		launcher_kill(sig);
	} else if (!(BIT(sig) & WANTS_GONE)) {
		l->early |= BIT(sig);
	} else if (!(l->ignored & BIT(sig)) && !l->wanted_gone) {
		l->wanted_gone = sig;
		l->gone_by = sys_now_ms() + GONE_MS;
		send_event(EVENT_SIGNAL, sig);
	}
}

void launcher_signals(void)
{
	struct signalfd_siginfo si[8];
	ssize_t n;

	while ((n = read(l->sigfd, si, sizeof(si))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(si[0]); i++)
			one_signal((int)si[i].ssi_signo, (pid_t)si[i].ssi_pid);
}

/* Which of these were ignored when we started.  A call for each: the kernel has none for all of them. */
static void learn_ignored(uint64_t which)
{
	struct sigaction sa;

	for (int sig = 1; sig < 65; sig++)
		if ((which & BIT(sig)) && sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			l->ignored |= BIT(sig);
}

/* Every signal becomes something to read.  The mask is ours alone: children start with an empty one. */
static int take_signals(void)
{
	uint64_t all = ~(BIT(SIGKILL) | BIT(SIGSTOP) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL));
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	if (sys_sigmask(SIG_SETMASK, all) < 0)
		return -1;
	learn_ignored(WANTS_GONE);
	/* Ignored, children would vanish without their status. */
	sigaction(SIGCHLD, &dfl, NULL);
	l->sigfd = sys_signalfd(all, O_NONBLOCK | O_CLOEXEC);
	return l->sigfd < 0 ? -1 : 0;
}

int launcher_wait(int fd, short events)
{
	for (;;) {
		struct pollfd p[] = {
			{ fd, events, 0 }, { l->sigfd, POLLIN, 0 }, { l->engine.sock, 0, 0 },
		};

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return -1;
		if (p[1].revents)
			launcher_signals();
		if (l->wanted_gone) {
			errno = EINTR;
			return -1;
		}
		if (p[2].revents & (POLLHUP | POLLERR)) {
			errno = EPIPE;
			return -1;
		}
		if (p[0].revents)
			return 0;
	}
}

/* ---- the engine ---- */

static const char *command(void)
{
	static const char *const words[] = {
		"create", "run", "start", "state", "list", "kill", "delete", "pause", "resume", "ps", "events",
		"exec", "update", "spec", "features", "checkpoint", "restore", "plan", "gc", "engine", "epilogue",
	};

	for (int i = 1; i < l->argc; i++)
		for (unsigned w = 0; w < sizeof(words) / sizeof(words[0]); w++)
			if (strcmp(l->argv[i], words[w]) == 0)
				return words[w];
	return "its start";
}

static void close_engine(void)
{
	if (l->engine.sock >= 0)
		close(l->engine.sock);
	l->engine.sock = -1;
}

static void no_engine(void)
{
	complain(l->mode == ENGINE_REQUIRE ? "no resident engine answered: " : "cannot start the engine: ", l->engine.reason);
	finish(1);
}

/* Say hello to the engine that was just found.  Returns 0 or -1 with a reason. */
static int greet(void)
{
	if (hello_send(l) < 0) {
		snprintf(l->engine.reason, sizeof(l->engine.reason), "it did not take our hello: %s", strerror(errno));
		close_engine();
		return -1;
	}
	l->answer_by = l->engine.resident ? sys_now_ms() + ANSWER_MS : 0;
	return 0;
}

static void use_one_shot(void)
{
	if (engine_one_shot(&l->engine) < 0) {
		l->engine.sock = -1;
		no_engine();
	} else {
		greet();	/* a JVM that is dead already shows as the end of its stream */
	}
}

static void find_engine(void)
{
#ifdef JRUNC_FAULTS
	const char *test = getenv("JRUNC_TEST_ENGINE_FD");

	if (test)
		l->engine.sock = fcntl(atoi(test), F_DUPFD_CLOEXEC, 3);
#endif
	if (l->engine.sock >= 0) {	/* found already */
		if (greet() < 0)
			no_engine();
		return;
	}
	if (engine_locate(&l->engine) < 0) {
		no_engine();
		return;
	}
	if (l->mode == ENGINE_OFF) {
		use_one_shot();
		return;
	}
	if (engine_resident(&l->engine, l->mode == ENGINE_AUTO) == 0 && greet() == 0)
		return;
	if (l->mode == ENGINE_AUTO)
		use_one_shot();
	else
		no_engine();
}

/* The resident engine will not serve us and nothing has been done yet. */
static void fall_back(const char *why)
{
	close_engine();
	if (l->wanted_gone) {
		finish(128 + l->wanted_gone);
		return;
	}
	snprintf(l->engine.reason, sizeof(l->engine.reason), "%s", why);
	if (l->mode == ENGINE_AUTO)
		use_one_shot();
	else
		no_engine();
}

static void engine_gone(void)
{
	char words[256], text[512];

	if (!l->heard && l->engine.resident) {
		fall_back("it closed the connection");
		return;
	}
	close_engine();
	engine_last_words(&l->engine, words, sizeof(words));
	if (l->forwarding)
		return;		/* the container lives on; supervise() sees it to its end */
	launcher_kill(SIGKILL);
	if (!l->heard)
		snprintf(text, sizeof(text), "the engine did not start%s%s", *words ? ": " : "", words);
	else
		snprintf(text, sizeof(text), "the engine ended during %s; %s%s%s", command(),
			 l->had_init && strcmp(command(), "checkpoint") == 0 ? "criu was killed, the container goes on" :
			 l->had_init ? "the container's process was killed, `delete --force` removes the rest"
				     : "what it had begun may be left behind",
			 *words ? ": " : "", words);
	complain(text, "");
	finish(l->wanted_gone ? 128 + l->wanted_gone : 1);
}

/*
 * Answer a batch for an init that is not there.  One that has gone since is
 * reported with the way in which it went, which is answer enough and says more.
 */
static void no_init(uint32_t seq)
{
	uint8_t room[128];
	struct out o = { room, sizeof(room), 0, false };
	struct fail fail;

	if (l->pid > 0 && !l->reported)
		return;
	fail_set(&fail, EPIPE, "the init has ended", "");
	out_fail(&o, 0, 0, &fail);
	out_u32(&o, 0);
	frame_send(l->engine.sock, FRAME_FAIL, TO_INIT, seq, room, o.len, NULL, NULL, 0);
}

static void from_engine(void)
{
	int rc = frame_recv(l->engine.sock, &frame);

	if (rc < 0 && errno == EMFILE) {
		complain("the limit on open files (RLIMIT_NOFILE) is too low for ", command());
		launcher_kill(SIGKILL);
		finish(1);
		return;
	}
	if (rc <= 0) {
		engine_gone();
		return;
	}
	if (frame.head.type == FRAME_REFUSE && !l->heard && l->engine.resident) {
		struct in in = { frame.payload, frame.payload + frame.head.length, false };
		uint32_t n;
		const char *why = in_s(&in, &n);
		char text[200];

		snprintf(text, sizeof(text), "it refused: %.180s", why ? why : "no reason given");
		frame_done(&frame);
		fall_back(text);
		return;
	}
	l->heard = true;
	if (!frame_is_batch(frame.head.type) || (frame.head.party != TO_INIT && frame.head.party != TO_LAUNCHER)) {
		frame_done(&frame);
		engine_gone();	/* it speaks another language: as good as gone */
		return;
	}
	if (frame.head.party == TO_LAUNCHER)
		launcher_batch(&frame);
	else if (l->pair < 0 || frame_forward(l->pair, &frame) < 0)
		no_init(frame.head.seq);
	frame_done(&frame);
}

void launcher_pass_on(void)
{
	struct frame_header next;

	while (!l->finished && l->engine.sock >= 0 && recv(l->engine.sock, &next, sizeof(next), MSG_PEEK | MSG_DONTWAIT) == (ssize_t)sizeof(next) &&
	       frame_is_batch(next.type) && next.party == TO_INIT)
		from_engine();
}

/* ---- the init ---- */

/* Whether a child has ended, and with which wait status.  It is not collected. */
static bool has_ended(pid_t pid, int *status)
{
	siginfo_t si = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) < 0 || si.si_pid != pid)
		return false;
	/* As wait(2) writes it: the exit code in the second byte, or the signal in the first, with bit 7 for a core dump. */
	*status = si.si_code == CLD_EXITED ? si.si_status << 8 : si.si_status | (si.si_code == CLD_DUMPED ? 0x80 : 0);
	return true;
}

/*
 * Follow another child of ours from now on, in the init's place: what the init has
 * become (CLONE_PARENT), or what it has made.  It may have ended by now.  Takes the
 * pidfd over.
 */
void launcher_follow(pid_t pid, int pidfd)
{
	if (l->pidfd >= 0)
		close(l->pidfd);
	l->pidfd = pidfd;
	l->stage = l->pid;
	l->pid = pid;
	l->ended = has_ended(pid, &l->status);
}

static void forked(struct frame *f)
{
	struct in in = { f->payload, f->payload + f->head.length, false };
	pid_t pid = (pid_t)in_i(&in);
	int pidfd;

	if (in.bad || pid <= 0 || f->head.nfds < 1)
		return;
	pidfd = fcntl(f->fds[0], F_DUPFD_CLOEXEC, 3);
	if (pidfd >= 0)
		launcher_follow(pid, pidfd);
}

void launcher_forward(void)
{
	l->forwarding = true;
	l->reap = true;		/* from now on children that have ended are collected */
	for (int sig = 1; sig < 65; sig++)
		if (l->early & BIT(sig))
			launcher_kill(sig);
	l->early = 0;
	relay_open_stdin();
}

static void init_closed(void)
{
	close(l->pair);
	l->pair = -1;
	if (!l->announced)
		return;
	/* There is one init for each launcher; freeing its copy now costs nobody time. */
	if (l->memfd >= 0)
		close(l->memfd);
	l->memfd = -1;
	/* Who wanted us gone before that moment still does: the engine undoes everything. */
	if (l->forward_at_exec && !l->forwarding)
		launcher_forward();
	send_event(EVENT_EXECED, 0);
}

static void from_init(void)
{
	int rc = frame_recv(l->pair, &frame);

	if (rc < 0 && errno == EPROTO)
		launcher_kill(SIGKILL);	/* our own program does not talk like that */
	if (rc <= 0) {
		init_closed();
		return;
	}
	switch (frame.head.type) {
	case FRAME_FD:
		if (frame.head.nfds == 1 && frame.slots[0] == SLOT_CONSOLE) {
			if (l->slots[SLOT_CONSOLE] >= 0)
				close(l->slots[SLOT_CONSOLE]);
			l->slots[SLOT_CONSOLE] = frame.fds[0];
			frame.fds[0] = -1;
		}
		break;
	case FRAME_ANNOUNCE:
		l->announced = true;
		break;
	case FRAME_FORKED:
		forked(&frame);
		goto forward;
	case FRAME_FAIL:
		l->failed = true;
		goto forward;
	case FRAME_REPLY:
	case FRAME_LOG:
	forward:
		frame.room[offsetof(struct frame_header, party)] = TO_INIT;
		if (l->engine.sock >= 0)
			frame_forward(l->engine.sock, &frame);
		break;
	}
	frame_done(&frame);
}

/* Read what the init has sent, up to what is there now. */
static void drain_init(void)
{
	while (l->pair >= 0) {
		struct pollfd p = { l->pair, POLLIN, 0 };

		if (poll(&p, 1, 0) <= 0)
			return;
		from_init();
	}
}

/*
 * See which children have ended.
 *
 * Until `forward` the init is looked at and not collected: `detach` may come yet, and
 * then its end is for whoever adopts it.  A manager that is our subreaper learns its
 * exit code in no other way.  After `forward` every child is collected, the orphans
 * that come to a subreaper among them.
 */
static void reap(void)
{
	pid_t pid;
	int status;

	l->reap = false;
	if (l->engine.jvm > 0 && waitpid(l->engine.jvm, NULL, WNOHANG) == l->engine.jvm)
		l->engine.jvm = 0;
	while ((pid = l->pid) > 0 && !l->ended && has_ended(pid, &status)) {
		/* Its last words first: one of them may say that another process is the init now. */
		drain_init();
		if (l->pid == pid) {
			l->ended = true;
			l->status = status;
		}
	}
	if (l->stage > 0 && waitpid(l->stage, NULL, WNOHANG) == l->stage)
		l->stage = 0;
	while (l->forwarding && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->engine.jvm)
			l->engine.jvm = 0;
		if (pid == l->stage)
			l->stage = 0;
		if (pid != l->pid || l->ended)
			continue;
		/* Since we looked, and nobody can ask for its status again. */
		drain_init();
		if (pid == l->pid) {
			l->ended = true;
			l->status = status;
		}
	}
	while (waitpid(-1, NULL, WNOHANG | __WCLONE) > 0)
		;	/* those of the step userns */
}

static int exit_code(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Become the command that removes the container, with the program's exit code as
 * its last word.  The same process: whoever waits for us goes on waiting, and what
 * we hold is given back first.  Signals stay blocked, and those that end a command
 * are not even seen: nobody is left who could finish a removal that was given up.
 * Returns only when that fails, with errno.
 */
static void become_epilogue(void)
{
	struct sigaction ign = { .sa_handler = SIG_IGN };
	char code[16];
	size_t n = 0;

	while (l->epilogue[n])
		n++;
	const char **argv = calloc(n + 3, sizeof(*argv));

	if (!argv)
		return;
	argv[0] = EPILOGUE;
	memcpy(argv + 1, l->epilogue, n * sizeof(*argv));
	snprintf(code, sizeof(code), "%d", exit_code(l->status));
	argv[n + 1] = code;
	for (int sig = 1; sig < 65; sig++)
		if (BIT(sig) & WANTS_GONE)
			sigaction(sig, &ign, NULL);
	engine_end(&l->engine);
	engine_reexec((char *const *)argv);
}

/* Once the init has ended and its output is copied: report it, or without an engine end ourselves. */
static void report_exit(void)
{
	drain_init();
	relay_program_ended();
	if (!relay_drained())
		return;
	relay_stop();
	l->reported = true;
	if (l->engine.sock >= 0) {
		if (!l->announced && !l->failed)
			send_event(EVENT_INIT_LOST, 0);
		send_event(EVENT_INIT_EXIT, l->status);
	}
}

/* The engine went away while the container ran: we have seen it to its end alone. */
static void end_alone(void)
{
	relay_restore();
	if (l->epilogue) {
		become_epilogue();
		complain("the container has ended but is not removed; `delete --force` removes it: ", strerror(errno));
	}
	finish(exit_code(l->status));
}

/* ---- the loop ---- */

/* ms until something has to happen that no descriptor announces, -1 = never. */
static int next_timeout(int relays)
{
	int64_t at = INT64_MAX;

	if (!l->heard && l->answer_by)
		at = l->answer_by;
	if (l->wanted_gone && l->gone_by < at)
		at = l->gone_by;
	if (at == INT64_MAX)
		return relays;
	int64_t left = at - sys_now_ms();

	if (left < 0)
		left = 0;
	return relays >= 0 && relays < left ? relays : (int)left;
}

static void check_deadlines(void)
{
	if (!l->heard && l->answer_by && l->engine.sock >= 0 && sys_now_ms() >= l->answer_by)
		fall_back("it gave no answer within 10 s");
	if (l->wanted_gone && !l->finished && sys_now_ms() >= l->gone_by) {
		launcher_kill(SIGKILL);
		finish(128 + l->wanted_gone);
	}
}

static void turn(void)
{
	struct pollfd p[3 + RELAY_POLLFDS] = {
		{ l->engine.sock, POLLIN, 0 }, { l->pair, POLLIN, 0 }, { l->sigfd, POLLIN, 0 },
	};
	int relays = relay_poll(p + 3);

	/* A step may have read the SIGCHLD already: no descriptor would tell of it again. */
	if (poll(p, 3 + RELAY_POLLFDS, l->reap ? 0 : next_timeout(relays)) < 0)
		return;
	relay_run(p + 3);
	if (p[2].revents)
		launcher_signals();
	if (l->reap)
		reap();
	if (p[1].revents && l->pair >= 0)
		drain_init();
	if (l->pid > 0 && l->ended && !l->reported)
		report_exit();
	if (p[0].revents && l->engine.sock >= 0)
		from_engine();
	if (!l->finished)
		check_deadlines();
	if (!l->finished && l->forwarding && l->engine.sock < 0 && l->reported)
		end_alone();
}

/*
 * An init that nobody detached does not outlive us, nor what it was before; nor does
 * its zombie, if the kernel is quick enough.
 */
static void end_init(void)
{
	struct pollfd p = { l->pidfd, POLLIN, 0 };

	reap();
	if (l->stage > 0)
		kill(l->stage, SIGKILL);	/* criu, which has not finished; not collected, so the number is its own */
	if (l->pid <= 0)
		return;
	if (!l->ended) {
		launcher_kill(SIGKILL);
		poll(&p, 1, 2000);
	}
	waitpid(l->pid, NULL, WNOHANG);
}

int launcher_main(int argc, char **argv, int64_t start_ns, unsigned stdio_open)
{
	l->argc = argc;
	l->argv = argv;
	l->start_ns = start_ns;
	l->stdio_open = stdio_open;
	for (l->inherited_end = 3; fcntl(l->inherited_end, F_GETFD) >= 0; l->inherited_end++)
		;
	memset(l->slots, -1, sizeof(l->slots));
	fault_setup(getenv("JRUNC_FAULT"));
	if (take_signals() < 0) {
		complain("cannot watch signals: ", strerror(errno));
		return 1;
	}
	if (engine_mode(&l->mode) < 0) {
		complain("JRUNC_ENGINE must be auto, off or require, not ", getenv("JRUNC_ENGINE"));
		return 1;
	}
	if (argc > 0 && strcmp(argv[0], EPILOGUE) == 0)
		l->mode = ENGINE_OFF;	/* the engine that served us was lost, or was our own */
	if (argc > 2 && strcmp(argv[1], "engine") == 0 && hello_engine_verb(l, argv[2]) == 0)
		return l->code;
	find_engine();
	/* While the engine reads and plans: what the init will need. */
	if (!l->finished)
		learn_ignored(~WANTS_GONE);
	/* A resident one brings the copy of ourselves that the init will be; a one-shot one takes its time. */
	if (!l->finished && !l->engine.resident)
		l->memfd = seal_own_executable();
	while (!l->finished)
		turn();
	end_init();
	relay_restore();
	engine_end(&l->engine);
	return l->code;
}
