/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"

#define PROC_FILE_BYTES 4096

/* Fields of /proc/<pid>/stat, counted from 1 as in proc(5). */
#define PROC_FIELD_STATE 3
#define PROC_FIELD_START 22

static char *
proc_read(pid_t pid, const char *file)
{
	autofree char *path = xasprintf("/proc/%d/%s", (int)pid, file);
	struct error err;

	return file_read(path, PROC_FILE_BYTES, NULL, &err);
}

uint64_t
proc_start_time(pid_t pid)
{
	autofree char *stat = pid > 0 ? proc_read(pid, "stat") : NULL;
	const char *p;

	/* The name in field 2 may itself hold spaces and brackets. */
	p = stat != NULL ? strrchr(stat, ')') : NULL;
	if (p == NULL || p[1] != ' ')
		return 0;
	p += 2;
	if (strchr("ZXx", *p) != NULL)
		return 0;
	for (int field = PROC_FIELD_STATE; field < PROC_FIELD_START; field++) {
		p = strchr(p, ' ');
		if (p == NULL)
			return 0;
		p++;
	}
	return strtoull(p, NULL, 10);
}

void
proc_describe(pid_t pid, char *text, size_t size)
{
	autofree char *comm = pid > 0 ? proc_read(pid, "comm") : NULL;

	if (comm == NULL) {
		(void)snprintf(text, size, "a process of another user");
		return;
	}
	comm[strcspn(comm, "\n")] = '\0';
	for (char *p = comm; *p != '\0'; p++) {
		if (!isprint((unsigned char)*p))
			*p = '?';
	}
	(void)snprintf(text, size, "%s (pid %d)", comm, (int)pid);
}
