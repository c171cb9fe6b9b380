// SPDX-License-Identifier: Apache-2.0
/*
 * Paths below a hostile root, with and without somebody who exchanges
 * directories for links meanwhile.  Needs no privileges.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op.h"
#include "op_path.h"

#define RACE_ROUNDS	400

static char top[PATH_MAX - 512], outside[PATH_MAX - 256];
static int root;
static struct fail fail;

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	fprintf(stderr, "op_path_test.c:%d: %s (last failure: %s %s: %s %s)\n", line, what,
		fail.call ? fail.call : "none", fail.object, strerror(fail.err), fail.detail);
	exit(1);
}
#define CHECK(x) check(x, #x, __LINE__)

static void in_root(char *to, size_t size, const char *path)
{
	snprintf(to, size, "%s/root/%s", top, path);
}

static void make_dir(const char *path)
{
	char full[PATH_MAX];

	in_root(full, sizeof(full), path);
	CHECK(mkdir(full, 0755) == 0);
}

static void make_link(const char *text, const char *path)
{
	char full[PATH_MAX];

	in_root(full, sizeof(full), path);
	CHECK(symlink(text, full) == 0);
}

/* What lies at a path of the host, links not followed; 0 = nothing. */
static mode_t mode_at(const char *base, const char *path)
{
	char full[PATH_MAX + 256];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", base, path);
	return lstat(full, &st) == 0 ? st.st_mode : 0;
}

static mode_t mode_in_root(const char *path)
{
	char full[PATH_MAX];

	in_root(full, sizeof(full), "");
	return mode_at(full, path);
}

static int entries(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	CHECK(d != NULL);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static int ensure(const char *path, enum path_kind kind, int flags)
{
	memset(&fail, 0, sizeof(fail));
	return path_ensure(root, path, kind, flags, NULL, &fail);
}

static void made(const char *path, enum path_kind kind, int flags)
{
	int fd = ensure(path, kind, flags);

	CHECK(fd >= 0);
	close(fd);
}

static void refused(const char *path, int flags, int err)
{
	int fd = ensure(path, PATH_DIR, flags);

	CHECK(fd < 0);
	CHECK(fail.err == err);
}

static void missing_components_are_made_with_their_modes_whatever_the_umask(void)
{
	bool created;
	int fd;

	umask(077);
	made("/new/dir/deep", PATH_DIR, 0);
	made("new/dir/file", PATH_FILE, 0);
	umask(022);
	CHECK(mode_in_root("new") == (S_IFDIR | 0755));
	CHECK(mode_in_root("new/dir/deep") == (S_IFDIR | 0755));
	CHECK(mode_in_root("new/dir/file") == (S_IFREG | 0644));

	fd = path_ensure(root, "new/dir/deep", PATH_DIR, 0, &created, &fail);
	CHECK(fd >= 0 && !created);
	close(fd);
	fd = path_ensure(root, "new/./other//", PATH_DIR, 0, &created, &fail);
	CHECK(fd >= 0 && created);
	close(fd);
	CHECK(mode_in_root("new/other") == (S_IFDIR | 0755));
}

static void links_stay_inside(void)
{
	char text[PATH_MAX];

	make_dir("real");
	make_link("/real", "absolute");
	make_link("../../../../../real", "climbing");
	make_link(outside, "escaping");
	made("absolute/a", PATH_DIR, 0);
	made("climbing/b", PATH_DIR, 0);
	CHECK(mode_in_root("real/a") && mode_in_root("real/b"));

	/* An absolute path of the host is one below the root. */
	made("escaping/c", PATH_DIR, 0);
	snprintf(text, sizeof(text), "%s/c", outside);
	CHECK(S_ISDIR(mode_in_root(text)));
	CHECK(entries(outside) == 0);

	made("../../..//real/d", PATH_DIR, 0);
	CHECK(mode_in_root("real/d"));
}

static void links_to_nothing_get_their_target_made(void)
{
	make_link("/made/by/link", "dangling");
	make_link("dangling/more", "chain");
	make_link("../up/file", "real/relative");
	make_link("self", "self");
	make_link("pong", "ping");
	make_link("ping", "pong");

	made("dangling", PATH_DIR, 0);
	CHECK(S_ISDIR(mode_in_root("made/by/link")));
	made("chain/x", PATH_DIR, 0);
	CHECK(S_ISDIR(mode_in_root("made/by/link/more/x")));
	made("real/relative", PATH_FILE, 0);
	CHECK(mode_in_root("up/file") == (S_IFREG | 0644));
	CHECK(S_ISLNK(mode_in_root("dangling")) && S_ISLNK(mode_in_root("real/relative")));

	refused("self/x", 0, ELOOP);
	refused("ping", 0, ELOOP);
}

static void flags_decide_about_links_and_missing_ones(void)
{
	struct stat st;
	int fd;

	refused("not/there", PATH_EXISTING, ENOENT);
	CHECK(!mode_in_root("not"));

	fd = ensure("absolute", PATH_FILE, PATH_NOFOLLOW);
	CHECK(fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode));
	close(fd);

	refused("absolute", PATH_PLAIN, ENOTDIR);
	CHECK(strcmp(fail.detail, "not a plain directory") == 0);
	refused("absolute/a", PATH_PLAIN, ENOTDIR);
	refused("up/file", PATH_PLAIN, ENOTDIR);
	made("real/a", PATH_DIR, PATH_PLAIN);
	made("plain/new", PATH_DIR, PATH_PLAIN);
	CHECK(S_ISDIR(mode_in_root("plain/new")));

	refused("up/file/x", 0, ENOTDIR);
}

static void magic_links_are_not_followed(void)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = path_open(proc, "self/cwd", O_PATH);

	CHECK(proc >= 0 && fd < 0 && errno == ELOOP);
	close(proc);
}

static void a_parent_comes_with_the_last_name(void)
{
	static const char *const none[] = { "/", "", "..", "real/..", "." };
	struct path_place kept = { .fd = -1 };
	char name[256];
	int fd = path_parent(root, "/p1/p2//leaf/", name, &kept, &fail);

	CHECK(fd >= 0 && strcmp(name, "leaf") == 0);
	CHECK(S_ISDIR(mode_in_root("p1/p2")) && !mode_in_root("p1/p2/leaf"));
	fd = path_parent(root, "leaf", name, &kept, &fail);
	CHECK(fd >= 0 && path_is_root(root, fd) == 1);
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		CHECK(path_parent(root, none[i], name, &kept, &fail) < 0);
		CHECK(fail.err == EINVAL);
	}
	path_forget(&kept);
}

/* Two in one directory cost one look; whoever forgets looks again. */
static void a_parent_is_kept_until_it_is_forgotten(void)
{
	struct path_place kept = { .fd = -1 };
	char name[256], full[PATH_MAX];
	int first = path_parent(root, "kept/one", name, &kept, &fail);

	CHECK(first >= 0 && path_parent(root, "kept/two", name, &kept, &fail) == first && strcmp(name, "two") == 0);
	CHECK(fcntl(first, F_GETFD) == FD_CLOEXEC);
	make_dir("other");
	in_root(full, sizeof(full), "kept");
	CHECK(rmdir(full) == 0);
	make_link("/other", "kept");
	path_forget(&kept);
	CHECK(kept.fd == -1);
	int again = path_parent(root, "kept/three", name, &kept, &fail);

	CHECK(again >= 0 && mknodat(again, name, S_IFREG | 0600, 0) == 0 && S_ISREG(mode_in_root("other/three")));
	path_forget(&kept);
}

static void the_root_is_known_by_every_name(void)
{
	static const char *const names[] = { "/", "", ".", "..", "/real/../..", "to-root" };
	int fd;

	make_link("/../..", "to-root");
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fd = ensure(names[i], PATH_DIR, 0);
		CHECK(fd >= 0 && path_is_root(root, fd) == 1);
		close(fd);
	}
	fd = ensure("real", PATH_DIR, 0);
	CHECK(fd >= 0 && path_is_root(root, fd) == 0);
	close(fd);
}

static void a_mode_is_set_through_the_descriptor(void)
{
	int fd = ensure("real/mode", PATH_FILE, 0);

	CHECK(fd >= 0 && path_own(fd, 0604, -1, -1, "real/mode", &fail) == 0);
	CHECK(mode_in_root("real/mode") == (S_IFREG | 0604));
	close(fd);
}

static void too_long_is_an_error(void)
{
	static char path[2 * PATH_MAX];

	memset(path, 'a', sizeof(path) - 1);
	refused(path, 0, ENAMETOOLONG);
	for (size_t i = 0; i < sizeof(path) - 1; i += 100)
		path[i] = '/';
	refused(path, 0, ENAMETOOLONG);
	path[200] = 0;
	memset(path, 'a', 200);
	path[0] = '/';
	CHECK(ensure(path, PATH_FILE, 0) >= 0);
}

static atomic_bool stop;

/* Makes the link "flip/name" to nothing, and takes it away, for as long as the others try. */
static void *flip(void *unused)
{
	(void)unused;
	while (!stop) {
		symlinkat("/flip-target", root, "flip/name");
		sched_yield();
		unlinkat(root, "flip/name", 0);
	}
	return NULL;
}

/* Where no link may be followed none is, whenever it comes. */
static void what_a_link_names_is_not_made_where_none_may_be_followed(void)
{
	static const int flags[] = { PATH_PLAIN, PATH_NOFOLLOW };
	pthread_t thread;

	make_dir("flip");
	CHECK(pthread_create(&thread, NULL, flip, NULL) == 0);
	for (int i = 0; i < 20 * RACE_ROUNDS; i++) {
		int fd = ensure("flip/name", PATH_DIR, flags[i % 2]);

		if (fd >= 0)
			close(fd);
		unlinkat(root, "flip/name", AT_REMOVEDIR);
		CHECK(!mode_in_root("flip-target"));
	}
	stop = true;
	pthread_join(thread, NULL);
	stop = false;
}

/* Exchanges the directory "race" and the link "decoy", for as long as the others try. */
static void *exchange(void *unused)
{
	(void)unused;
	while (!stop) {
		syscall(SYS_renameat2, root, "race", root, "decoy", 2 /* RENAME_EXCHANGE */);
		sched_yield();
	}
	return NULL;
}

/* What all this is for: the same by strings does get out.  Else the test below would prove nothing. */
static bool the_naive_way_gets_out(int rounds)
{
	char path[PATH_MAX], name[64];

	for (int i = 0; i < rounds && entries(outside) == 0; i++) {
		snprintf(name, sizeof(name), "race/naive%d", i);
		in_root(path, sizeof(path), name);
		mkdir(path, 0755);
	}
	return entries(outside) > 0;
}

static void empty_outside(void)
{
	DIR *d = opendir(outside);
	struct dirent *e;

	CHECK(d != NULL);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			CHECK(unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR) == 0);
	closedir(d);
	CHECK(entries(outside) == 0);
}

static void a_race_never_leaves_the_root(void)
{
	char name[256], path[64];
	pthread_t thread;
	int good = 0;

	make_dir("race");
	make_link(outside, "decoy");
	CHECK(pthread_create(&thread, NULL, exchange, NULL) == 0);
	CHECK(the_naive_way_gets_out(100 * RACE_ROUNDS));
	empty_outside();

	for (int i = 0; i < RACE_ROUNDS; i++) {
		snprintf(path, sizeof(path), "race/%d/../%d/x", i, i);
		int fd = ensure(path, i % 2 ? PATH_FILE : PATH_DIR, 0);

		if (fd >= 0) {
			good++;
			close(fd);
		} else {
			CHECK(fail.err == ENOENT || fail.err == EAGAIN || fail.err == EEXIST);
		}
		snprintf(path, sizeof(path), "race/node%d", i);
		struct path_place kept = { .fd = -1 };

		fd = path_parent(root, path, name, &kept, &fail);
		if (fd >= 0)
			CHECK(mknodat(fd, name, S_IFREG | 0600, 0) == 0 || errno == EEXIST);
		path_forget(&kept);
	}
	stop = true;
	pthread_join(thread, NULL);
	CHECK(entries(outside) == 0);
	CHECK(good > RACE_ROUNDS / 2);
}

int main(void)
{
	char path[PATH_MAX], command[PATH_MAX + 32];

	snprintf(top, sizeof(top), "%s/op_path_test.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	CHECK(mkdtemp(top) != NULL);
	snprintf(outside, sizeof(outside), "%s/outside", top);
	in_root(path, sizeof(path), "");
	CHECK(mkdir(outside, 0755) == 0 && mkdir(path, 0755) == 0);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0);

	missing_components_are_made_with_their_modes_whatever_the_umask();
	links_stay_inside();
	links_to_nothing_get_their_target_made();
	flags_decide_about_links_and_missing_ones();
	magic_links_are_not_followed();
	a_parent_comes_with_the_last_name();
	a_parent_is_kept_until_it_is_forgotten();
	what_a_link_names_is_not_made_where_none_may_be_followed();
	the_root_is_known_by_every_name();
	a_mode_is_set_through_the_descriptor();
	too_long_is_an_error();
	a_race_never_leaves_the_root();

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return system(command) != 0;
}
