// SPDX-License-Identifier: Apache-2.0
/*
 * One executable, two roles.  What people and managers start is the launcher.
 * The launcher starts the same program again, from a sealed memfd, as the init.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "launcher.h"
#include "shim.h"
#include "sys.h"

/* Is our text a copy that nobody can write?  Else anybody could pose as the launcher by argv[0]. */
static bool sealed(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int seals;

	if (fd < 0)
		return false;
	seals = fcntl(fd, F_GET_SEALS);
	close(fd);
	return seals >= 0 && (seals & F_SEAL_WRITE);
}

/*
 * Closed 0, 1, 2 become /dev/null, so that no descriptor of ours takes their place.
 * Returns the bits of those that the caller had open, or -1.
 */
static int fill_stdio(void)
{
	int bits = 0;

	for (int fd = 0; fd < 3; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			bits |= 1 << fd;
		else if (open("/dev/null", O_RDWR) != fd)	/* the lowest free number: exactly this one */
			return -1;
	}
	return bits;
}

/*
 * Our static rooms are large, and little of them is ever touched.  Where huge pages are given
 * to everybody the first touch would clear 2 MiB, charged to the container: more than the
 * whole of its limit may be.  Kernels without huge pages refuse, which is as good.
 */
static void small_pages(void)
{
	extern char __bss_start[], _end[];
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = (uintptr_t)__bss_start & ~(page - 1);

	madvise((void *)from, (uintptr_t)_end - from, MADV_NOHUGEPAGE);
}

int main(int argc, char **argv)
{
	int64_t start = sys_now_ns();
	int bits;

	small_pages();
	if (argc >= 4 && strcmp(argv[0], "jrunc-init") == 0 && sealed())
		return init_main(atoi(argv[1]), atoi(argv[2]), atoi(argv[3]), argc > 4 ? argv[4] : NULL);
	bits = fill_stdio();
	if (bits < 0)
		return 1;
	return launcher_main(argc, argv, start, (unsigned)bits);
}
