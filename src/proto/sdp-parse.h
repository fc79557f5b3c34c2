/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sdp.h"

/** Errors name the line or the attribute: PL_PROTO_ERROR_INVALID, _LIMIT or _UNSUPPORTED.
 * Sections that are not for data channels are taken as they are. */
PlDescription *pl_description_parse (PlSdpType type, const char *text, GError **error);
