/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/proc.h"

#define PORT_STATE_LISTEN 0x0a

/* An IPv4 address in its IPv6 form, so that one comparison does. */
struct port_address {
	unsigned char bytes[16];
};

union port_sockaddr {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct port_entry {
	struct port_address address;
	unsigned port, state;
	unsigned long inode;
};

/* From the best evidence to the least. */
enum port_match {
	PORT_MATCH_NONE,
	PORT_MATCH_OTHER_STATE,
	PORT_MATCH_WILDCARD,
	PORT_MATCH_EXACT
};

static const unsigned char port_mapped[12] = { [10] = 0xff, [11] = 0xff };

static int
port_parse(const char *address, int port, union port_sockaddr *sa,
    struct error *err)
{
	*sa = (union port_sockaddr){ 0 };
	if (port < 1 || port > UINT16_MAX)
		return error_set(err, ERROR_INVALID,
		    "port %d is outside 1 to 65535", port);
	if (inet_pton(AF_INET, address, &sa->in.sin_addr) == 1) {
		sa->in.sin_family = AF_INET;
		sa->in.sin_port = htons((uint16_t)port);
		return 0;
	}
	if (inet_pton(AF_INET6, address, &sa->in6.sin6_addr) == 1) {
		sa->in6.sin6_family = AF_INET6;
		sa->in6.sin6_port = htons((uint16_t)port);
		return 0;
	}
	return error_set(err, ERROR_INVALID, "\"%s\" is not an IP address",
	    address);
}

static struct port_address
port_address_of(const union port_sockaddr *sa)
{
	struct port_address a = { { 0 } };

	if (sa->any.sa_family == AF_INET6) {
		memcpy(a.bytes, &sa->in6.sin6_addr, sizeof a.bytes);
		return a;
	}
	memcpy(a.bytes, port_mapped, sizeof port_mapped);
	memcpy(a.bytes + sizeof port_mapped, &sa->in.sin_addr, 4);
	return a;
}

static bool
port_is_wildcard(const struct port_address *a)
{
	static const unsigned char zero[16];

	return memcmp(a->bytes, zero, sizeof zero) == 0 ||
	    (memcmp(a->bytes, port_mapped, sizeof port_mapped) == 0 &&
		memcmp(a->bytes + sizeof port_mapped, zero, 4) == 0);
}

/* The address of /proc/net/tcp: words in host order, eight digits each. */
static bool
port_read_address(const char *hex, struct port_address *a)
{
	size_t words = strlen(hex) / 8;
	size_t offset = words == 1 ? sizeof port_mapped : 0;

	if (words != 1 && words != 4)
		return false;
	memcpy(a->bytes, port_mapped, sizeof port_mapped);
	for (size_t i = 0; i < words; i++) {
		char word[9] = { 0 };
		uint32_t value;

		memcpy(word, hex + i * 8, 8);
		value = (uint32_t)strtoul(word, NULL, 16);
		memcpy(a->bytes + offset + i * 4, &value, sizeof value);
	}
	return true;
}

/* "  0: 0100007F:1538 00000000:0000 0A ... uid timeout inode ..." */
static bool
port_read_entry(char *line, struct port_entry *entry)
{
	char *field[10], *save = NULL, *colon;
	size_t n = 0;

	for (char *p = strtok_r(line, " \n", &save); p != NULL && n < 10;
	     p = strtok_r(NULL, " \n", &save))
		field[n++] = p;
	colon = n == 10 ? strchr(field[1], ':') : NULL;
	if (colon == NULL)
		return false;
	*colon = '\0';
	entry->port = (unsigned)strtoul(colon + 1, NULL, 16);
	entry->state = (unsigned)strtoul(field[3], NULL, 16);
	entry->inode = strtoul(field[9], NULL, 10);
	return port_read_address(field[1], &entry->address);
}

static enum port_match
port_rate(const struct port_entry *entry, const struct port_address *address,
    int port)
{
	bool same = memcmp(&entry->address, address, sizeof *address) == 0;

	if (entry->port != (unsigned)port || entry->inode == 0)
		return PORT_MATCH_NONE;
	if (!same && !port_is_wildcard(&entry->address) &&
	    !port_is_wildcard(address))
		return PORT_MATCH_NONE;
	if (entry->state != PORT_STATE_LISTEN)
		return PORT_MATCH_OTHER_STATE;
	return same ? PORT_MATCH_EXACT : PORT_MATCH_WILDCARD;
}

static unsigned long
port_find_inode(const struct port_address *address, int port)
{
	static const char *const tables[] = { "/proc/net/tcp",
		"/proc/net/tcp6" };
	enum port_match best = PORT_MATCH_NONE;
	unsigned long inode = 0;
	struct port_entry entry;
	char line[512];

	for (size_t i = 0; i < nitems(tables); i++) {
		FILE *table = fopen(tables[i], "re");

		while (table != NULL && fgets(line, sizeof line, table)) {
			enum port_match match = port_read_entry(line, &entry) ?
			    port_rate(&entry, address, port) :
			    PORT_MATCH_NONE;

			if (match > best) {
				best = match;
				inode = entry.inode;
			}
		}
		if (table != NULL)
			(void)fclose(table);
	}
	return inode;
}

static bool
port_process_has(pid_t pid, const char *link)
{
	autofree char *path = xasprintf("/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		char target[64] = "";

		if (readlinkat(dirfd(dir), entry->d_name, target,
			sizeof target - 1) > 0)
			found = strcmp(target, link) == 0;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

/* 0 if it cannot be seen. */
static pid_t
port_find_process(unsigned long inode)
{
	autofree char *link = xasprintf("socket:[%lu]", inode);
	DIR *dir = inode != 0 ? opendir("/proc") : NULL;
	struct dirent *entry;
	pid_t found = 0;

	while (dir != NULL && found == 0 && (entry = readdir(dir)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0 && port_process_has(pid, link))
			found = pid;
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

int
proc_port_free(const char *address, int port, struct error *err)
{
	union port_sockaddr sa;
	struct port_address wanted;
	autofd int fd = -1;
	char holder[128];
	int one = 1;

	if (port_parse(address, port, &sa, err) == -1)
		return -1;
	fd = socket(sa.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* Else connections in TIME_WAIT would count as a server. */
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == -1)
		return error_set_errno(err, errno, "%s:%d", address, port);
	if (bind(fd, &sa.any, sizeof sa) == 0 && listen(fd, 1) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return error_set_errno(err, errno, "%s:%d", address, port);
	wanted = port_address_of(&sa);
	proc_describe(port_find_process(port_find_inode(&wanted, port)), holder,
	    sizeof holder);
	return error_set(err, ERROR_CONFLICT, "%s:%d is taken by %s", address,
	    port, holder);
}
