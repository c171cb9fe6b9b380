// SPDX-License-Identifier: Apache-2.0
/*
 * A terminal out of the container's own devpts.
 *
 * Both ends come from one descriptor whose file is proven to be the ptmx of a
 * devpts; the slave is got from the master (TIOCGPTPEER), never by its path.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "op.h"
#include "op_mount.h"
#include "op_path.h"

#define PTMX_PATH	"/dev/pts/ptmx"
#define CONSOLE_PATH	"/dev/console"
#define PTMX_INO	2	/* of every devpts instance */

#ifndef TIOCGPTPEER
#define TIOCGPTPEER	_IO('T', 0x41)
#endif

static int open_plain(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS,
	};
	int fd, tries = 128;

	do {
		fd = sys_openat2(root, path, &how);
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR) && --tries);
	return fd;
}

static bool is_ptmx(int fd)
{
	struct statfs fs;
	struct stat st;

	return fstat(fd, &st) == 0 && fstatfs(fd, &fs) == 0 && fs.f_type == DEVPTS_MAGIC &&
	       S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2) && st.st_ino == PTMX_INO;
}

static int open_master(int root, struct fail *fail)
{
	OWNED_FD fd = open_plain(root, PTMX_PATH, O_PATH);
	bool good;

	if (fd < 0)
		return fail_errno(fail, "openat2", PTMX_PATH);
	good = is_ptmx(fd);
	if (good) {
		close(fd);
		fd = open_plain(root, PTMX_PATH, O_RDWR | O_NOCTTY);
		if (fd < 0)
			return fail_errno(fail, "openat2", PTMX_PATH);
		good = is_ptmx(fd);
	}
	if (!good) {
		fail_set(fail, EINVAL, "check", PTMX_PATH);
		return fail_detail(fail, "not the ptmx of a devpts");
	}
	return give_fd(&fd);
}

static int bind_console(int root, int slave, struct fail *fail)
{
	OWNED_FD target = mount_target(root, CONSOLE_PATH, true, MF_NOFOLLOW, NULL, fail);
	struct stat st;

	if (target < 0)
		return -1;
	if (fstat(target, &st) < 0)
		return fail_errno(fail, "fstat", CONSOLE_PATH);
	if (S_ISLNK(st.st_mode))
		return fail_set(fail, ELOOP, "openat2", CONSOLE_PATH);
	OWNED_FD tree = sys_open_tree(slave, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (tree < 0)
		return fail_errno(fail, "open_tree", CONSOLE_PATH);
	return mount_attach(tree, target, CONSOLE_PATH, fail);
}

static int send_master(const struct init *init, int master, unsigned number, struct fail *fail)
{
	uint32_t slot = SLOT_CONSOLE;
	uint8_t room[64];
	struct out o = { room, sizeof(room), 0, false };
	char name[32];

	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	out_s(&o, name);
	if (frame_send(init->sock, FRAME_FD, TO_LAUNCHER, init->seq, o.buf, o.len, &slot, &master, 1) < 0)
		return fail_errno(fail, "sendmsg", name);
	return 0;
}

int op_console(struct init *init, const struct step *step, struct fail *fail)
{
	struct winsize size = { .ws_row = (unsigned short)step->a[0].i, .ws_col = (unsigned short)step->a[1].i };
	int root = root_fd(init, fail);
	int unlock = 0;
	unsigned number;
	struct stat st;

	if (root < 0)
		return -1;
	OWNED_FD master = open_master(root, fail);

	if (master < 0)
		return -1;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0 || ioctl(master, TIOCGPTN, &number) < 0)
		return fail_errno(fail, "ioctl", PTMX_PATH);
	OWNED_FD slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (slave < 0)
		return fail_errno(fail, "TIOCGPTPEER", PTMX_PATH);
	if (size.ws_row && size.ws_col && ioctl(slave, TIOCSWINSZ, &size) < 0)
		return fail_errno(fail, "TIOCSWINSZ", PTMX_PATH);
	if (fstat(slave, &st) < 0)
		return fail_errno(fail, "fstat", PTMX_PATH);
	/* The group stays what devpts gave it. */
	if (st.st_uid != (uid_t)step->a[2].i && fchown(slave, (uid_t)step->a[2].i, (gid_t)-1) < 0 &&
	    errno != EPERM && errno != EROFS && errno != EINVAL)
		return fail_errno(fail, "fchown", PTMX_PATH);
	if (step->a[3].i && bind_console(root, slave, fail) < 0)
		return -1;
	if (send_master(init, master, number, fail) < 0)
		return -1;
	for (int fd = 0; fd < 3; fd++)
		if (dup3(slave, fd, 0) < 0)
			return fail_errno(fail, "dup3", PTMX_PATH);
	if (getsid(0) == getpid() && ioctl(0, TIOCSCTTY, 0) < 0)
		return fail_errno(fail, "TIOCSCTTY", PTMX_PATH);
	return 0;
}
