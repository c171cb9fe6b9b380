// SPDX-License-Identifier: Apache-2.0
/*
 * Where the engine comes from: the resident one, or a JVM of our own.
 *
 * The caller's environment never reaches java: JAVA_TOOL_OPTIONS, LD_PRELOAD and
 * their like would be code of the caller's choice in the engine.  For the same
 * reason nothing is used that somebody else than root or we could have written.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine_start.h"
#include "fail.h"
#include "sockpath.h"
#include "sys.h"

#define START_WAIT_MS	10000
#define JVM_ARGS	128

static char root[PATH_MAX - 64] ROOM;	/* the dist folder */
static char build_id[65];
static const char *run_dir;	/* where the resident engine's folder was opened; NULL = not yet */

int engine_mode(enum engine_mode *mode)
{
	const char *v = getenv("JRUNC_ENGINE");

	if (!v || !*v || strcmp(v, "auto") == 0)
		*mode = ENGINE_AUTO;
	else if (strcmp(v, "off") == 0)
		*mode = ENGINE_OFF;
	else if (strcmp(v, "require") == 0)
		*mode = ENGINE_REQUIRE;
	else
		return -1;
	return 0;
}

/* The resident engine's folder, for who has to be told. */
static const char *engine_dir(void)
{
	static char dir[PATH_MAX] ROOM;

	snprintf(dir, sizeof(dir), "%s/jrunc-engine/%s", run_dir ? run_dir : "", build_id);
	return dir;
}

const char *engine_build_id(void)
{
	return build_id;
}

static int reason(struct engine *e, const char *what, const char *object)
{
	snprintf(e->reason, sizeof(e->reason), "%s %s: %s", what, object, strerror(errno));
	return -1;
}

static int refuse(struct engine *e, const char *why, const char *object)
{
	snprintf(e->reason, sizeof(e->reason), "%s%s%s", object, *object ? " " : "", why);
	return -1;
}

static int dist_path(char *to, size_t cap, const char *name)
{
	int n = snprintf(to, cap, "%s/%s", root, name);

	return n < 0 || (size_t)n >= cap ? -1 : 0;
}

/* Read a small file of the installation.  Returns its length, or -1. */
static ssize_t read_dist(const char *name, char *buf, size_t cap)
{
	char path[PATH_MAX];
	ssize_t n, len = 0;
	int fd;

	if (dist_path(path, sizeof(path), name) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while ((n = read(fd, buf + len, cap - 1 - (size_t)len)) > 0)
		len += n;
	close(fd);
	buf[len] = 0;
	return n < 0 ? -1 : len;
}

int engine_locate(struct engine *e)
{
	ssize_t n = readlink("/proc/self/exe", root, sizeof(root) - 1);

	if (n < 0)
		return reason(e, "cannot read", "/proc/self/exe");
	root[n] = 0;
	for (int i = 0; i < 2; i++) {	/* <root>/bin/jrunc */
		char *slash = strrchr(root, '/');

		if (!slash)
			return refuse(e, "is not an installation of jrunc", root);
		*slash = 0;
	}
	if (read_dist("lib/build-id", build_id, sizeof(build_id)) <= 0)
		return reason(e, "this installation is not complete: lib/build-id below", *root ? root : "/");
	build_id[strcspn(build_id, "\r\n \t")] = 0;
	for (const char *p = build_id; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return refuse(e, "is not a build id", build_id);
	if (!*build_id || *build_id == '.')
		return refuse(e, "is not a build id", build_id);
	return 0;
}

/* Read the first line of a small file of /proc.  Returns true if it has something. */
static bool proc_line(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, cap - 1);
	close(fd);
	buf[n > 0 ? n : 0] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return *buf;
}

/*
 * In a user namespace the machine's root may have no id, and is shown as the one
 * that stands for all who have none.  Who they are cannot be told apart; but what
 * seems to belong to the owner of this program, which runs already, may go on.
 */
static bool without_id(uid_t uid)
{
	char map[64], overflow[16];
	struct stat st;

	if (!proc_line("/proc/self/uid_map", map, sizeof(map)) || strstr(map, " 4294967295"))
		return false;	/* nobody is without an id here */
	if (!proc_line("/proc/sys/kernel/overflowuid", overflow, sizeof(overflow)) || strtoul(overflow, NULL, 10) != uid)
		return false;
	return stat("/proc/self/exe", &st) == 0 && st.st_uid == uid;
}

/* Nobody but root and we may have a hand in what java runs. */
static int check_owner(struct engine *e, const struct stat *st, const char *path)
{
	if (st->st_uid != 0 && st->st_uid != geteuid() && !without_id(st->st_uid))
		return refuse(e, "belongs to neither root nor you, so it is not trusted", path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse(e, "can be written by others, so it is not trusted", path);
	return 0;
}

/* Each thing in the folder that is open as `dir`, one level deep.  Keeps no descriptor. */
static int check_entries(struct engine *e, int dir, const char *path)
{
	char full[PATH_MAX];
	struct dirent *entry;
	struct stat st;
	int rc = 0;
	DIR *d = fdopendir(dir);

	if (!d) {
		reason(e, "cannot use", path);
		close(dir);
		return -1;
	}
	while (rc == 0 && (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int n = snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);

		if (n < 0 || (size_t)n >= sizeof(full))
			rc = refuse(e, "is too long a path", path);
		else if (fstatat(dirfd(d), entry->d_name, &st, 0) < 0)
			rc = reason(e, "cannot use", full);
		else
			rc = check_owner(e, &st, full);
	}
	closedir(d);
	return rc;
}

static int check_folder(struct engine *e, const char *name, bool entries)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (dist_path(path, sizeof(path), name) < 0)
		return refuse(e, "is too long a path", root);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return reason(e, "cannot use", path);
	if (fstat(fd, &st) < 0)
		reason(e, "cannot use", path);
	else if (check_owner(e, &st, path) == 0)
		return entries ? check_entries(e, fd, path) : (close(fd), 0);
	close(fd);
	return -1;
}

/* Every folder and file that java takes code or orders from; who may write a folder may exchange what is in it. */
static int check_installation(struct engine *e)
{
	static const struct { const char *name; bool entries; } folders[] = {
		{ "", false }, { "lib", true }, { "lib/app", true }, { "lib/native", true },
		{ "lib/runtime", true }, { "lib/runtime/bin", true }, { "lib/runtime/lib", true },
		{ "lib/runtime/lib/server", true }, { "lib/runtime/conf", true },
	};

	for (unsigned i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (check_folder(e, folders[i].name, folders[i].entries) < 0)
			return -1;
	return 0;
}

/* Replace every @ROOT@.  Returns a string that is never freed, or NULL. */
static char *expand(const char *line)
{
	static const char mark[] = "@ROOT@";
	size_t marks = 0, len = strlen(root);
	char *s, *to;

	for (const char *p = line; (p = strstr(p, mark)); p += sizeof(mark) - 1)
		marks++;
	to = s = malloc(strlen(line) + marks * len + 1);
	if (!s)
		return NULL;
	for (const char *at; (at = strstr(line, mark)); line = at + sizeof(mark) - 1) {
		memcpy(to, line, (size_t)(at - line));
		to += at - line;
		memcpy(to, root, len);
		to += len;
	}
	strcpy(to, line);
	return s;
}

/* The option in a line of lib/jvm.options: NULL if it holds nothing, or is one for engines of the other mode. */
static char *option_of(char *line, const char *mode)
{
	static const char *const modes[] = { "--one-shot", "--resident" };

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		size_t len = strlen(modes[i]);

		if (strncmp(line, modes[i], len) == 0 && line[len] == ' ')
			return strcmp(mode, modes[i]) == 0 ? line + len + 1 : NULL;
	}
	return *line && *line != '#' ? line : NULL;
}

/*
 * The command line of java: what lib/jvm.options says, then the mode.  A daemon is to
 * leave the cgroup of whoever happened to start it.  Returns 0 or -1 with e->reason.
 */
static int java_command(struct engine *e, const char *mode, bool daemon, char **argv)
{
	static char text[65536] ROOM;
	unsigned n = 0;
	char *line, *rest = text;

	if (check_installation(e) < 0)
		return -1;
	if (read_dist("lib/jvm.options", text, sizeof(text)) < 0)
		return reason(e, "cannot read lib/jvm.options below", root);
	argv[n++] = expand("@ROOT@/lib/runtime/bin/java");
	while ((line = strsep(&rest, "\n"))) {
		line = option_of(line, mode);
		if (!line)
			continue;
		if (n >= JVM_ARGS - 4)
			return refuse(e, "has too many lines", "lib/jvm.options");
		argv[n] = expand(line);
		if (!argv[n++])
			return reason(e, "cannot read", "lib/jvm.options");
	}
	argv[n++] = (char *)mode;
	argv[n++] = "3";
	if (daemon)
		argv[n++] = "daemon";
	argv[n] = NULL;
	return argv[0] ? 0 : reason(e, "cannot name", "java");
}

/*
 * In the child: become the JVM with `sock` as 3 and nothing else open.  A daemon keeps
 * nothing of its starter; what a service manager has set for it stays.  Returns on failure only.
 */
static void become_java(char **argv, int sock, int out, bool resident, bool daemon)
{
	static char dir_var[PATH_MAX + 32] ROOM;
	char *envp[4] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8" };
	struct rlimit nofile;
	int null, s, o;

	if (resident && run_dir) {
		snprintf(dir_var, sizeof(dir_var), "JRUNC_ENGINE_DIR=%s", engine_dir());
		envp[2] = dir_var;
	}
	sys_default_signals(~0ULL);
	sys_sigmask(SIG_SETMASK, 0);
	/* Its own limit only: the container gets the launcher's, which stays as the caller set it. */
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		setrlimit(RLIMIT_NOFILE, &nofile);
	}
	if (daemon)
		engine_defaults();
	umask(022);
	null = open("/dev/null", O_RDWR);
	s = fcntl(sock, F_DUPFD, 4);
	o = out >= 0 ? fcntl(out, F_DUPFD, 4) : null;
	if (null < 0 || s < 0 || o < 0)
		return;
	if (dup2(null, 0) < 0 || dup2(o, 1) < 0 || dup2(o, 2) < 0 || dup2(s, 3) < 0)
		return;
	if (sys_close_range(4, ~0U, 0) < 0 || chdir("/") < 0)
		return;
	execve(argv[0], argv, envp);
	dprintf(1, "cannot execute %s: %s\n", argv[0], strerror(errno));
}

int engine_one_shot(struct engine *e)
{
	char *argv[JVM_ARGS];
	int pair[2];

	e->resident = false;
	e->jvm = 0;
	e->jvm_output = -1;
	if (java_command(e, "--one-shot", false, argv) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return reason(e, "cannot make", "a socket pair");
	e->jvm_output = memfd_create("jrunc-engine-output", MFD_CLOEXEC);
	e->jvm = fork();
	if (e->jvm == 0) {
		setsid();	/* the caller's Ctrl-C is ours to answer, not the JVM's */
		become_java(argv, pair[1], e->jvm_output, false, false);
		_exit(127);
	}
	close(pair[1]);
	if (e->jvm < 0) {
		close(pair[0]);
		e->jvm = 0;
		return reason(e, "cannot fork", "the engine");
	}
	e->sock = pair[0];
	return 0;
}

size_t engine_last_words(const struct engine *e, char *line, size_t cap)
{
	ssize_t n = e->jvm_output < 0 ? -1 : pread(e->jvm_output, line, cap - 1, 0);

	size_t len = 0;

	/* A JVM that crashes frames its words with '#' and line breaks: what is between them is the message. */
	for (ssize_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c > ' ' && c != '#' && c < 127)
			line[len++] = (char)c;
		else if (len > 0 && line[len - 1] != ' ')
			line[len++] = ' ';
	}
	while (len > 0 && line[len - 1] == ' ')
		len--;
	line[len] = 0;
	return len;
}

void engine_reexec(char *const *argv)
{
	char path[PATH_MAX];

	/* By its name, as it may be another version by now, which no longer has our libraries; else the file that we are. */
	if (dist_path(path, sizeof(path), "bin/jrunc") == 0)
		execve(path, argv, environ);
	execve("/proc/self/exe", argv, environ);
}

void engine_end(struct engine *e)
{
	if (e->jvm <= 0)
		return;
	kill(e->jvm, SIGKILL);
	while (waitpid(e->jvm, NULL, 0) < 0 && errno == EINTR)
		;
	e->jvm = 0;
}

/* Open `name` below `dir`, made if need be; it must be a directory of ours that nobody else can enter. */
static int private_dir(int dir, const char *name)
{
	struct stat st;
	int fd;

	if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
		return -1;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		goto fail;
	if (st.st_uid != geteuid() || (st.st_mode & 077)) {
		errno = EPERM;
		goto fail;
	}
	return fd;
fail:;
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}

/* The resident engine's directory, or -1 with e->reason. */
static int open_engine_dir(struct engine *e)
{
	const char *run = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int base, all, own = -1;

	if (!run || *run != '/')
		return refuse(e, "is not set", "XDG_RUNTIME_DIR");
	base = open(run, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (base < 0)
		return reason(e, "cannot use", run);
	if (fstat(base, &st) < 0 || st.st_uid != geteuid()) {
		close(base);
		return refuse(e, "does not belong to you", run);
	}
	all = private_dir(base, "jrunc-engine");
	if (all >= 0)
		own = private_dir(all, build_id);
	if (own < 0)
		snprintf(e->reason, sizeof(e->reason), "cannot use %s/jrunc-engine/%s: %s", run, build_id, strerror(errno));
	else
		run_dir = run;
	close(base);
	if (all >= 0)
		close(all);
	return own;
}

/* Connect to the engine in `dir`.  Returns 0, or -1 with errno. */
static int connect_engine(struct engine *e, int dir)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	int sock = sockpath_connect(dir, ENGINE_SOCKET, SOCK_SEQPACKET);

	if (sock < 0)
		return -1;
	/* Who listens is the one who called listen(2): a launcher or systemd, of our uid or root. */
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || (peer.uid != geteuid() && peer.uid != 0)) {
		close(sock);
		errno = EPERM;
		return -1;
	}
	e->sock = sock;
	e->resident = true;
	e->jvm = 0;
	e->jvm_output = -1;
	return 0;
}

/* Bind under a name of our own, then rename: nobody ever meets a socket that does not listen yet. */
static int listen_in(int dir)
{
	char name[32];
	int sock;

	snprintf(name, sizeof(name), "new.%d", (int)getpid());
	unlinkat(dir, name, 0);
	sock = sockpath_listen(dir, name, SOCK_SEQPACKET);
	if (sock < 0)
		return -1;
	if (renameat(dir, name, dir, ENGINE_SOCKET) < 0) {
		int saved = errno;

		unlinkat(dir, name, 0);
		close(sock);
		errno = saved;
		return -1;
	}
	return sock;
}

/* Start the JVM as a daemon with `sock`, listening in `dir`, as its 3.  Returns 0 or -1 with e->reason. */
static int start_resident(struct engine *e, int dir, int sock)
{
	char *argv[JVM_ARGS];
	pid_t pid;

	if (java_command(e, "--resident", true, argv) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return reason(e, "cannot fork", "the engine");
	if (pid == 0) {
		setsid();
		if (fork() == 0) {
			engine_sweep(dir, build_id);
			become_java(argv, sock, -1, true, true);
		}
		_exit(127);
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return 0;
}

/* With the lock: is there one by now?  Else start it.  Returns 0 or -1 with e->reason. */
static int start_locked(struct engine *e, int dir)
{
	int sock, rc;

	if (connect_engine(e, dir) == 0)
		return 0;
	if (errno != ENOENT && errno != ECONNREFUSED)
		return reason(e, "cannot connect to", engine_dir());
	sock = listen_in(dir);
	if (sock < 0)
		return reason(e, "cannot listen in", engine_dir());
	rc = start_resident(e, dir, sock);
	close(sock);
	if (rc < 0) {
		unlinkat(dir, ENGINE_SOCKET, 0);
		return -1;
	}
	return connect_engine(e, dir) == 0 ? 0 : reason(e, "cannot connect to", engine_dir());
}

/* flock(2) with a deadline.  Returns 0 or -1 with errno. */
static int lock_within(int fd, int ms)
{
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += 10) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (waited >= ms) {
			errno = ETIMEDOUT;
			return -1;
		}
		poll(NULL, 0, 10);
	}
	return 0;
}

static int take_lock_and_start(struct engine *e, int dir)
{
	int rc = -1;
	int lock = openat(dir, ENGINE_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (lock < 0)
		return reason(e, "cannot open the lock in", engine_dir());
	if (lock_within(lock, START_WAIT_MS) < 0)
		reason(e, "cannot take the lock in", engine_dir());
	else
		rc = start_locked(e, dir);
	close(lock);
	return rc;
}

int engine_resident(struct engine *e, bool start)
{
	int dir = open_engine_dir(e);
	int rc = -1;

	if (dir < 0)
		return -1;
	if (connect_engine(e, dir) == 0)
		rc = 0;
	else if (start && (errno == ENOENT || errno == ECONNREFUSED))
		rc = take_lock_and_start(e, dir);
	else
		reason(e, "cannot connect to the engine in", engine_dir());
	close(dir);
	return rc;
}

int engine_serve(struct engine *e, int listen_fds)
{
	char *argv[JVM_ARGS];
	int dir = open_engine_dir(e);
	int sock = 3;

	if (dir < 0)
		return -1;
	if (java_command(e, "--resident", false, argv) < 0)
		return -1;
	if (listen_fds < 1) {
		if (connect_engine(e, dir) == 0)
			return refuse(e, "another resident engine serves here already", "");
		sock = listen_in(dir);
		if (sock < 0)
			return reason(e, "cannot listen in", engine_dir());
	}
	engine_sweep(dir, build_id);
	become_java(argv, sock, 2, true, false);
	return reason(e, "cannot execute", argv[0]);
}
