/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/secrecy.h"

/* LeakSanitizer attaches to its own process, and has to be let. */
#ifdef __has_feature
#	define SECRECY_SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#	define SECRECY_SANITIZED 1
#else
#	define SECRECY_SANITIZED 0
#endif

/*
 * The limit alone would not do: the kernel pipes a core into the program that
 * core_pattern names, whatever the limit is. And programs that we start have
 * the limit only.
 */
int
secrecy_begin(struct error *err)
{
	static const struct rlimit no_core = { 0, 0 };

	json_set_alloc_funcs(malloc, mem_wipe);
	if (prctl(PR_SET_DUMPABLE, SECRECY_SANITIZED, 0, 0, 0) == -1)
		return error_set_errno(err, errno, "prctl PR_SET_DUMPABLE");
	if (setrlimit(RLIMIT_CORE, &no_core) == -1)
		return error_set_errno(err, errno, "setrlimit RLIMIT_CORE");
	return 0;
}
