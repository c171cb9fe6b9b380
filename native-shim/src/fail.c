// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

int fail_set(struct fail *fail, int err, const char *call, const char *object)
{
	size_t n = object ? strlen(object) : 0;

	fail->err = err;
	fail->call = call;
	if (n > sizeof(fail->object) - 1)
		n = sizeof(fail->object) - 1;
	if (n)
		memcpy(fail->object, object, n);
	fail->object[n] = 0;
	fail->detail[0] = 0;
	return -1;
}

int fail_errno(struct fail *fail, const char *call, const char *object)
{
	return fail_set(fail, errno, call, object);
}

int fail_detail(struct fail *fail, const char *text)
{
	size_t used = strlen(fail->detail);

	snprintf(fail->detail + used, sizeof(fail->detail) - used, "%s", text);
	return -1;
}
