/* SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware.h"
#include "log.h"

int firmware_default(struct run_options *o, const char *program)
{
	static const char *const places[] = { "", "../bin/", "../share/cairn/" };
	char folder[PATH_MAX], path[PATH_MAX + 64];
	char *slash;

	if (o->kernel || o->firmware)
		return 0;
	if (!realpath(program, folder))
		folder[0] = '\0';
	slash = strrchr(folder, '/');
	if (slash)
		slash[1] = '\0';
	for (size_t i = 0; slash && i < CAIRN_ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s%s" ARCH_FIRMWARE, folder, places[i]);
		if (access(path, R_OK))
			continue;
		o->firmware = strdup(path);
		if (o->firmware)
			return 0;
	}
	log_error("--kernel FILE or --firmware FILE is missing, and there is no " ARCH_FIRMWARE
		  " beside the program");
	return EXIT_USAGE;
}
