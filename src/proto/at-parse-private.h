/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/at-args.h"
#include "proto/at-parse.h"

#define PL_AT_TOA_INTERNATIONAL 145 /* 3GPP TS 24.008 section 10.5.4.7 */

/** The number in field @i, whose type is in field @toa. Empty when it is none. */
void pl_at_read_number (const PlAtArgs *args, guint i, guint toa, PlAtNumber number);

/** The name in field @i: what is too long is cut at a whole character. */
void pl_at_read_name (const PlAtArgs *args, guint i, PlAtName name);
