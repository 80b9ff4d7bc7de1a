/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - runs a target with each file of its corpus, where there is no
 * libFuzzer: what was found once is tested again with every compiler.
 */

#include <dirent.h>
#include <stdio.h>

#include "base/files.h"
#include "base/mem.h"
#include "fuzz.h"

#define INPUT_BYTES 1048576

static void
replay(const char *dir, const char *name)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	struct error err = { 0 };
	size_t len = 0;
	autofree char *text = file_read(path, INPUT_BYTES, &len, &err);

	if (text == NULL)
		fuzz_fail(err.msg, __FILE__, __LINE__);
	/* The name is there when the input ends the program. */
	(void)printf("%s\n", name);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput((const uint8_t *)text, len);
}

int
main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	int n = 0;

	if (dir == NULL)
		fuzz_fail("usage: replay CORPUS", __FILE__, __LINE__);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		replay(argv[1], entry->d_name);
		n++;
	}
	(void)closedir(dir);
	fuzz_require(n > 0);
	return 0;
}
