/* SPDX-License-Identifier: Apache-2.0 */

#include "machine/host.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"

#define MIB                ((uint64_t)1 << 20)
#define HOST_FILES_LEAST   1024
#define HOST_FILES_GOOD    4096
#define HOST_DISK_LEAST    (256 * MIB)
#define HOST_DISK_GOOD     (2048 * MIB)
#define HOST_DISK_PART     20 /* Less than one such part is little, too. */
#define HOST_MEMORY_GOOD   (256 * MIB)
#define HOST_SHM_GOOD      (64 * MIB)
#define HOST_STAT_MAX      4096
#define HOST_ANCESTORS_MAX 64

const char *
finding_level_name(enum finding_level level)
{
	static const char *const names[] = {
		[FINDING_OK] = "ok",
		[FINDING_WARNING] = "warning",
		[FINDING_ERROR] = "error",
	};

	return names[level];
}

static void
host_tell(const struct host_spec *spec, const char *check,
    enum finding_level level, const char *text, const char *hint)
{
	const struct finding f = {
		.check = check,
		.level = level,
		.text = text,
		.hint = level != FINDING_OK ? hint : NULL,
	};

	spec->fn(spec->arg, &f);
}

/* ---- limits ---- */

static void
host_limits(const struct host_spec *spec)
{
	struct rlimit files = { 0 };
	autofree char *text = NULL;
	enum finding_level level = FINDING_OK;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return;
	if (files.rlim_cur < HOST_FILES_GOOD)
		level = files.rlim_cur < HOST_FILES_LEAST ? FINDING_ERROR :
							    FINDING_WARNING;
	text = xasprintf("tenond may have %llu files open",
	    (unsigned long long)files.rlim_cur);
	host_tell(spec, "limits", level, text,
	    "set LimitNOFILE=65536 in the unit of tenond, or \"ulimit -n "
	    "65536\" before it starts");
}

/* ---- room ---- */

enum finding_level
host_judge_disk(uint64_t free_bytes, uint64_t all_bytes)
{
	if (free_bytes < HOST_DISK_LEAST)
		return FINDING_ERROR;
	if (free_bytes < HOST_DISK_GOOD ||
	    free_bytes < all_bytes / HOST_DISK_PART)
		return FINDING_WARNING;
	return FINDING_OK;
}

static int
host_room(const char *path, uint64_t *free_bytes, uint64_t *all_bytes)
{
	struct statvfs fs;

	if (statvfs(path, &fs) == -1)
		return -1;
	*free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	*all_bytes = (uint64_t)fs.f_blocks * fs.f_frsize;
	return 0;
}

static void
host_disk(const struct host_spec *spec)
{
	autofree char *text = NULL, *hint = NULL;
	uint64_t free_bytes, all_bytes;

	if (host_room(spec->home, &free_bytes, &all_bytes) == -1)
		return;
	text = xasprintf("%llu MiB of %llu MiB are free where %s is",
	    (unsigned long long)(free_bytes / MIB),
	    (unsigned long long)(all_bytes / MIB), spec->home);
	hint = xasprintf("make room: \"du -xsh %s/*\" shows what takes it",
	    spec->home);
	host_tell(spec, "disk", host_judge_disk(free_bytes, all_bytes), text,
	    hint);
}

/* What servers share among their processes. */
static void
host_shared_memory(const struct host_spec *spec)
{
	autofree char *text = NULL;
	uint64_t free_bytes, all_bytes;

	if (host_room("/dev/shm", &free_bytes, &all_bytes) == -1)
		return;
	text = xasprintf("%llu MiB are free in /dev/shm",
	    (unsigned long long)(free_bytes / MIB));
	host_tell(spec, "memory",
	    free_bytes < HOST_SHM_GOOD ? FINDING_WARNING : FINDING_OK, text,
	    "queries in parallel fail without it: \"mount -o remount,size=1G "
	    "/dev/shm\"");
}

static void
host_memory(const struct host_spec *spec)
{
	struct error ignored = { 0 };
	autofree char *info = file_read("/proc/meminfo", 65536, NULL, &ignored);
	const char *line = info != NULL ? strstr(info, "MemAvailable:") : NULL;
	autofree char *text = NULL;
	uint64_t available;

	if (line == NULL)
		return;
	available = (uint64_t)strtoull(line + strlen("MemAvailable:"), NULL,
			10) *
	    1024;
	text = xasprintf("%llu MiB of memory are available",
	    (unsigned long long)(available / MIB));
	host_tell(spec, "memory",
	    available < HOST_MEMORY_GOOD ? FINDING_WARNING : FINDING_OK, text,
	    "the kernel may kill a server: give the machine more, or stop "
	    "something");
}

/* ---- clock ---- */

static void
host_clock(const struct host_spec *spec)
{
	struct timex look = { 0 };
	uint64_t now = clock_wall_ms();
	autofree char *text = NULL;

	if (spec->newest_ms > now) {
		text = xasprintf("the clock is %llu s behind what happened "
				 "last",
		    (unsigned long long)(spec->newest_ms - now) / 1000);
		host_tell(spec, "clock", FINDING_ERROR, text,
		    "it was set back: \"timedatectl\" shows who keeps it");
	} else if (adjtimex(&look) == TIME_ERROR) {
		host_tell(spec, "clock", FINDING_WARNING,
		    "nobody keeps the clock: it is not synchronised",
		    "\"timedatectl set-ntp true\", or install chrony");
	} else {
		host_tell(spec, "clock", FINDING_OK,
		    "the clock is synchronised", NULL);
	}
}

/* ---- processes of nobody's ---- */

int
host_parse_stat(const char *stat, pid_t *parent, pid_t *session)
{
	/* The name may hold anything, also blanks and parentheses. */
	const char *at = strrchr(stat, ')');
	long numbers[3]; /* Parent, group, session. */
	char *rest;

	/* ") S 3 7 5": the state is one letter. */
	if (at == NULL || strlen(at) < strlen(") S "))
		return -1;
	at += strlen(") S ");
	for (size_t i = 0; i < nitems(numbers); i++, at = rest) {
		numbers[i] = strtol(at, &rest, 10);
		if (rest == at)
			return -1;
	}
	*parent = (pid_t)numbers[0];
	*session = (pid_t)numbers[2];
	return 0;
}

static int
host_read_stat(pid_t pid, pid_t *parent, pid_t *session)
{
	char path[64];
	struct error ignored = { 0 };
	autofree char *stat = NULL;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	stat = file_read(path, HOST_STAT_MAX, NULL, &ignored);
	return stat != NULL ? host_parse_stat(stat, parent, session) : -1;
}

/* Ours: we, what we started, and all in the session of a service. */
static bool
host_is_ours(const struct host_spec *spec, pid_t pid)
{
	pid_t parent, session;

	for (int i = 0; i < HOST_ANCESTORS_MAX && pid > 1; i++) {
		if (pid == getpid() ||
		    host_read_stat(pid, &parent, &session) == -1)
			return true;
		for (size_t n = 0; n < spec->nservices; n++) {
			if (session == spec->services[n])
				return true;
		}
		pid = parent;
	}
	return false;
}

/* Does it work below `machines` of the state directory? */
static bool
host_works_here(const struct host_spec *spec, pid_t pid)
{
	autofree char *top = xasprintf("%s/machines/", spec->home);
	char path[64], dir[4096];
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/%d/cwd", (int)pid);
	n = readlink(path, dir, sizeof dir - 1);
	if (n == -1)
		return false;
	dir[n] = '\0';
	return strncmp(dir, top, strlen(top)) == 0;
}

static void
host_tell_stray(const struct host_spec *spec, pid_t pid)
{
	autofree char *text = NULL, *hint = NULL;
	char what[128];

	proc_describe(pid, what, sizeof what);
	text = xasprintf("%s works in the directories of a unit, and is no "
			 "service of ours",
	    what);
	hint = xasprintf("look at it with \"ps -fp %d\", and end it with "
			 "\"kill %d\"",
	    (int)pid, (int)pid);
	host_tell(spec, "processes", FINDING_ERROR, text, hint);
}

static void
host_processes(const struct host_spec *spec)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	size_t strays = 0;
	char *rest;
	long pid;

	if (proc == NULL)
		return;
	while ((entry = readdir(proc)) != NULL) {
		pid = strtol(entry->d_name, &rest, 10);
		if (pid <= 0 || *rest != '\0' ||
		    !host_works_here(spec, (pid_t)pid) ||
		    host_is_ours(spec, (pid_t)pid))
			continue;
		host_tell_stray(spec, (pid_t)pid);
		strays++;
	}
	(void)closedir(proc);
	if (strays == 0)
		host_tell(spec, "processes", FINDING_OK,
		    "no stray process works in the directories of units", NULL);
}

void
host_check(const struct host_spec *spec)
{
	static void (*const checks[])(const struct host_spec *) = {
		host_limits,
		host_disk,
		host_memory,
		host_shared_memory,
		host_clock,
		host_processes,
	};

	for (size_t i = 0; i < nitems(checks); i++)
		checks[i](spec);
}
