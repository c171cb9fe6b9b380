/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load-and-call PROGRAM FLAGS NUMBER [ARG...]: load the filter in the file
 * PROGRAM as seccomp(2) does with FLAGS, make one system call and exit with its
 * errno; 0 = it worked, 250 = the filter could not be loaded.
 *
 * Nothing but the call itself and exit_group(2) is used below the filter.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct sock_filter filter[4096];

int main(int argc, char **argv)
{
	unsigned long args[6] = { 0 };
	struct sock_fprog program = { .filter = filter };
	long number, size;
	int fd, i;

	if (argc < 4 || argc > 10)
		return 250;
	number = strtol(argv[3], NULL, 0);
	for (i = 4; i < argc; i++)
		args[i - 4] = strtoul(argv[i], NULL, 0);

	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read(fd, filter, sizeof(filter));
	if (size <= 0 || close(fd))
		return 250;
	program.len = (unsigned short)(size / sizeof(filter[0]));

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, strtoul(argv[2], NULL, 0), &program) < 0) {
		perror("seccomp");
		return 250;
	}
	i = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]) == -1 ? errno : 0;
	syscall(SYS_exit_group, i);
	return 250;
}
