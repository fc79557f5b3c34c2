/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/identity.h"

/** The identity that @path keeps; where there is no such file yet, a new one that is written
 * there first, for its owner alone. A file that group or others may read is refused
 * (PL_CONFIG_ERROR_INVALID): its keys are known to who knows whom. */
PlIdentity *pl_identity_file_load (const char *path, GError **error);
