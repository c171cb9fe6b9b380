// SPDX-License-Identifier: Apache-2.0
/* The end: finding the program, waiting for the start, becoming it. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "op.h"

/* May we execute this?  0 or -1 with errno: what execve would say, and EISDIR. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	return sys_faccessat2(AT_FDCWD, path, X_OK, AT_EACCESS);
}

static int found(struct init *init, const char *path)
{
	snprintf(init->program, sizeof(init->program), "%s", path);
	return 0;
}

int op_find_program(struct init *init, const struct step *step, struct fail *fail)
{
	const char *name = step->a[0].s, *dirs = step->a[1].s;
	char path[PATH_MAX];
	int err = ENOENT;

	if (strchr(name, '/')) {
		if (strlen(name) >= sizeof(init->program))
			return fail_set(fail, ENAMETOOLONG, "stat", name);
		if (executable(name) < 0)
			return fail_errno(fail, errno == EISDIR ? "check" : "stat", name);
		return found(init, name);
	}
	/* Without a PATH there is nowhere to look: the working directory is not a default. */
	while (*name && *step->a[1].s) {
		size_t n = strcspn(dirs, ":");
		/* As execvp: an empty element is the working directory. */
		int len = snprintf(path, sizeof(path), "%.*s/%s", n ? (int)n : 1, n ? dirs : ".", name);

		if (len > 0 && len < (int)sizeof(path)) {
			if (executable(path) == 0)
				return found(init, path);
			if (errno == EACCES)
				err = EACCES;
		}
		if (!dirs[n])
			break;
		dirs += n + 1;
	}
	return fail_set(fail, err, "find in PATH", name);
}

/* Mark [first, end) close-on-exec; before 5.11 that needs one call for each. */
static int cloexec_from_to(unsigned first, unsigned end)
{
	if (first >= end)
		return 0;
	if (sys_close_range(first, end - 1, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	/* Whatever we hold lies below this: slots, socket, fifos, and the few of an operation. */
	unsigned highest = 3 + SLOTS + 64;

	if (end > highest)
		end = highest;
	for (unsigned fd = first; fd < end; fd++)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

/*
 * Who may look into this process while it waits for its start shall find no
 * unmasked procfs and no mount of the host among its descriptors.
 */
static void drop_tools(struct init *init)
{
	close_owned(&init->procfs);
	close_owned(&init->mask);
	init->procfs = init->mask = -1;
	for (unsigned i = 0; i < SLOTS; i++)
		if (i != SLOT_ROOT && i != SLOT_START && i != SLOT_REPORT)
			slot_put(init, i, -1);
}

int prepare_to_leave(struct init *init, struct fail *fail)
{
	unsigned from = (unsigned)init->keep_from, to = (unsigned)init->keep_to;
	int rc;

	if (init->leaving)
		return 0;
	if (to > from)
		rc = cloexec_from_to(3, from) < 0 ? -1 : cloexec_from_to(to, ~0U);
	else
		rc = cloexec_from_to(3, ~0U);
	if (rc < 0)
		return fail_errno(fail, "close_range", "");
	for (unsigned i = 0; i < init->nkept; i++)
		if (fcntl(init->kept[i], F_SETFD, 0) < 0)
			return fail_errno(fail, "fcntl", "kept descriptor");
	drop_tools(init);
	if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0)
		return fail_errno(fail, "prctl", "PR_SET_PDEATHSIG");
	init->leaving = true;
	return 0;
}

/* Takes the descriptor over. */
static int keep(struct init *init, int fd, struct fail *fail)
{
	if (init->nkept == KEPT_FDS) {
		close(fd);
		return fail_set(fail, E2BIG, "check", "kept descriptors");
	}
	init->kept[init->nkept++] = fd;
	out_i(init->results, fd);
	return 0;
}

int op_keep(struct init *init, const struct step *step, struct fail *fail)
{
	int fd = slot_take(init, step->a[0].i, fail);

	return fd < 0 ? -1 : keep(init, fd, fail);
}

int op_keep_pair(struct init *init, const struct step *step, struct fail *fail)
{
	int pair[2];

	(void)step;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(fail, "socketpair", "");
	if (keep(init, pair[0], fail) < 0) {
		close(pair[1]);
		return -1;
	}
	return init_return(init, pair[1], fail);
}

int op_keep_directory(struct init *init, const struct step *step, struct fail *fail)
{
	int fd = open(step->a[0].s, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? fail_errno(fail, "open", step->a[0].s) : keep(init, fd, fail);
}

int op_wait_start(struct init *init, const struct step *step, struct fail *fail)
{
	OWNED_FD start = slot_take(init, step->a[0].i, fail);
	OWNED_FD report = slot_take(init, step->a[1].i, fail);
	char byte;
	ssize_t n;

	if (start < 0 || report < 0)
		return -1;
	if (prepare_to_leave(init, fail) < 0 || init_answer(init, fail) < 0)
		return -1;
	close(init->sock);
	init->sock = -1;
	init->report = give_fd(&report);
	do {
		n = read(start, &byte, 1);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_errno(fail, "read", "start fifo");
	if (n == 0)
		return fail_set(fail, EPIPE, "read", "start fifo");	/* it was not opened for writing too */
	return 0;
}

int op_announce(struct init *init, const struct step *step, struct fail *fail)
{
	(void)step;
	if (prepare_to_leave(init, fail) < 0)
		return -1;
	if (init->report >= 0) {
		if (write(init->report, "\n", 1) != 1)
			return fail_errno(fail, "write", "report fifo");
	} else {
		if (frame_send(init->sock, FRAME_ANNOUNCE, TO_LAUNCHER, init->seq, NULL, 0, NULL, NULL, 0) < 0)
			return fail_errno(fail, "write", "socket");
		if (init_answer(init, fail) < 0)
			return -1;
	}
	init->announced = true;
	return 0;
}

#define WORDS_ROOM	65536

/*
 * The words of a list with the NULL that execve wants.  Two usual lists fit the
 * room; only for more the kernel is asked, since a seccomp filter may be loaded.
 */
static char *const *words(const struct arg *list)
{
	static const char *room[WORDS_ROOM] ROOM;
	static uint32_t used;
	const char **to = room + used;

	if (list->n < WORDS_ROOM - used) {
		used += list->n + 1;
	} else {
		to = mmap(NULL, ((size_t)list->n + 1) * sizeof(char *), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (to == MAP_FAILED)
			return NULL;
	}
	return arg_list(list, to, list->n + 1) < 0 ? NULL : (char *const *)to;
}

int op_words(struct init *init, const struct step *step, struct fail *fail)
{
	init->argv = arg_list_copy(&step->a[0]);
	init->envp = init->argv ? arg_list_copy(&step->a[1]) : NULL;
	return init->envp ? 0 : fail_errno(fail, "mmap", "words");
}

int op_exec(struct init *init, const struct step *step, struct fail *fail)
{
	const char *path = *step->a[0].s ? step->a[0].s : init->program;
	char *const *argv, *const *envp;

	if (prepare_to_leave(init, fail) < 0)
		return -1;
	argv = step->a[1].n ? words(&step->a[1]) : init->argv;
	envp = step->a[1].n ? words(&step->a[2]) : init->envp;
	if (!step->a[1].n && (!argv || !envp))
		return fail_set(fail, EINVAL, "check", "words");
	if (!argv || !envp)
		return fail_errno(fail, "mmap", path);
	execve(path, argv, envp);
	return fail_errno(fail, "execve", path);
}
