// SPDX-License-Identifier: Apache-2.0
/* Who the process is and what it may: capabilities and ids. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <linux/capability.h>

#include "op.h"
#include "op_null.h"

#define CAPS		64	/* bits of a capability set */
#define GROUPS_MAX	65536	/* NGROUPS_MAX of the kernel */

int op_bounding(struct init *init, const struct step *step, struct fail *fail)
{
	uint64_t keep = (uint64_t)step->a[0].i;
	char name[16];

	(void)init;
	for (int cap = 0; cap < CAPS; cap++) {
		if (keep >> cap & 1 || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		int err = errno, has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has < 0)
			break;		/* beyond the kernel's last */
		if (!has)
			continue;	/* who may not drop any may have lost it before */
		snprintf(name, sizeof(name), "%d", cap);
		errno = err;
		return fail_errno(fail, "PR_CAPBSET_DROP", name);
	}
	return 0;
}

/* "1,2,3" to numbers.  Returns how many, or -1. */
static int parse_groups(const char *text, gid_t *groups)
{
	int n = 0;

	while (*text) {
		unsigned long id = 0;
		const char *start = text;

		for (; *text >= '0' && *text <= '9'; text++) {
			id = id * 10 + (unsigned long)(*text - '0');
			if (id >= UINT32_MAX)
				return -1;
		}
		if (text == start || (*text && *text != ',') || n == GROUPS_MAX)
			return -1;
		groups[n++] = (gid_t)id;
		if (*text == ',' && !*++text)
			return -1;
	}
	return n;
}

/* EINVAL of these calls has one meaning: the user namespace does not know the id. */
static int fail_id(struct fail *fail, const char *call, int64_t id, const char *detail)
{
	char name[32];

	snprintf(name, sizeof(name), "%lld", (long long)id);
	fail_errno(fail, call, name);
	return fail->err == EINVAL ? fail_detail(fail, detail) : -1;
}

int op_credentials(struct init *init, const struct step *step, struct fail *fail)
{
	static gid_t groups[GROUPS_MAX] ROOM;
	int64_t uid = step->a[0].i, gid = step->a[1].i;
	const char *list = step->a[2].s;
	int n;

	(void)init;
	/* -1 means "leave" to the kernel: root would stay root. */
	if (uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return fail_set(fail, EINVAL, "check", "id out of range");
	if (prctl(PR_SET_KEEPCAPS, step->a[3].i ? 1 : 0, 0, 0, 0) < 0)
		return fail_errno(fail, "prctl", "PR_SET_KEEPCAPS");
	if (strcmp(list, "-") != 0) {
		n = parse_groups(list, groups);
		if (n < 0)
			return fail_set(fail, EINVAL, "check", "groups");
		if (sys_setgroups((size_t)n, groups) < 0) {
			fail_errno(fail, "setgroups", list);
			return fail->err == EINVAL ? fail_detail(fail, "gid is not mapped") : -1;
		}
	}
	if (sys_setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) < 0)
		return fail_id(fail, "setresgid", gid, "gid is not mapped");
	if (sys_setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) < 0)
		return fail_id(fail, "setresuid", uid, "uid is not mapped");
	stay_closed();
	return 0;
}

int op_capabilities(struct init *init, const struct step *step, struct fail *fail)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)init;
	for (int i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)((uint64_t)step->a[0].i >> (32 * i));
		data[i].permitted = (uint32_t)((uint64_t)step->a[1].i >> (32 * i));
		data[i].inheritable = (uint32_t)((uint64_t)step->a[2].i >> (32 * i));
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return fail_errno(fail, "capset", "");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL)
		return fail_errno(fail, "PR_CAP_AMBIENT_CLEAR_ALL", "");
	return 0;
}

int op_ambient(struct init *init, const struct step *step, struct fail *fail)
{
	uint64_t ambient = (uint64_t)step->a[0].i;
	char names[CAPS][12], *refused[CAPS + 1];
	int n = 0;

	(void)fail;
	for (int cap = 0; cap < CAPS; cap++) {
		if (!(ambient >> cap & 1))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0) {
			snprintf(names[n], sizeof(names[n]), "%d %d", cap, errno);
			refused[n] = names[n];
			n++;
		}
	}
	refused[n] = NULL;
	out_l(init->results, refused);
	return 0;
}

int op_chown_stdio(struct init *init, const struct step *step, struct fail *fail)
{
	uid_t uid = (uid_t)step->a[0].i;
	char name[16];
	struct stat st;

	(void)init;
	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0 || is_null(&st) || st.st_uid == uid)
			continue;
		if (fchown(fd, uid, (gid_t)-1) == 0)
			continue;
		/* Not ours to give (a file of the caller's), on a read-only mount, or of an id unknown there. */
		if (errno == EPERM || errno == EROFS || errno == EINVAL)
			continue;
		snprintf(name, sizeof(name), "fd %d", fd);
		return fail_errno(fail, "fchown", name);
	}
	return 0;
}
