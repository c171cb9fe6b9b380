// SPDX-License-Identifier: Apache-2.0
/*
 * Writes to /proc while somebody has mounted something else there: none of them
 * goes to what lies on top.  Needs to be root; without it there is nothing to test.
 */
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "op.h"

static struct fail fail;

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "op_procfs_test.c:%d: %s (last failure: %s %s: %s %s)\n", line, what,
		fail.call ? fail.call : "none", fail.object, strerror(fail.err), fail.detail);
	_exit(1);	/* the sanitizers' own exit needs the /proc that is covered */
}
#define CHECK(x) check(x, #x, __LINE__)

static const char *const folders[] = {
	"/proc/sys", "/proc/sys/kernel", "/proc/thread-self", "/proc/thread-self/attr", "/proc/thread-self/attr/apparmor",
};
static const char *const files[] = {
	"/proc/sys/kernel/domainname", "/proc/thread-self/attr/apparmor/exec",
	"/proc/thread-self/attr/exec", "/proc/thread-self/attr/keycreate",
};

/* A tmpfs that has the files the runtime would write, all of them empty. */
static void cover_proc(void)
{
	CHECK(mount("tmpfs", "/proc", "tmpfs", 0, NULL) == 0);
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		CHECK(mkdir(folders[i], 0755) == 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		CHECK(mknod(files[i], S_IFREG | 0644, 0) == 0);
}

static void expect_untouched(void)
{
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		CHECK(stat(files[i], &st) == 0 && st.st_size == 0);
}

static void a_sysctl_reaches_the_kernel_whatever_covers_proc(void)
{
	struct init init = { .procfs = -1 };
	struct step step = { .a = { { .s = "kernel/domainname" }, { .s = "own.example", .n = 11 } } };
	char name[64] = "";

	CHECK(op_sysctl(&init, &step, &fail) == 0);
	CHECK(getdomainname(name, sizeof(name)) == 0 && strcmp(name, "own.example") == 0);
	expect_untouched();
	close(init.procfs);
}

/* Whether the kernel has such a module or not: a file that is named like it is none. */
static void a_label_is_never_written_to_an_ordinary_file(void)
{
	static const char *const modules[] = { "apparmor", "selinux", "selinux-key" };
	struct init init = { .procfs = -1 };

	for (size_t i = 0; i < sizeof(modules) / sizeof(*modules); i++) {
		struct step step = { .a = { { .s = modules[i] }, { .s = "no_such_label", .n = 13 } } };

		CHECK(op_attr_exec(&init, &step, &fail) < 0);
		expect_untouched();
	}
}

int main(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0) {
		fprintf(stderr, "op_procfs_test.c: skipped: unshare: %s\n", strerror(errno));
		return 0;
	}
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	cover_proc();
	a_sysctl_reaches_the_kernel_whatever_covers_proc();
	a_label_is_never_written_to_an_ordinary_file();
	/* The sanitizers want the real one at the end. */
	return umount2("/proc", MNT_DETACH);
}
