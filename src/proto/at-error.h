/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef enum {
  PL_AT_ERROR_PLAIN = 1, /* ERROR: no number */
  PL_AT_ERROR_CME,       /* 3GPP TS 27.007 section 9.2 */
  PL_AT_ERROR_CMS,       /* 3GPP TS 27.005 section 3.2.5 */
} PlAtErrorKind;

/* Numbers that callers act on. */
#define PL_AT_CME_NO_SIM         10
#define PL_AT_CME_PIN            11
#define PL_AT_CME_PUK            12
#define PL_AT_CME_SIM_FAILURE    13
#define PL_AT_CME_SIM_BUSY       14
#define PL_AT_CME_WRONG_PASSWORD 16
#define PL_AT_CMS_NO_SIM         310
#define PL_AT_CMS_INVALID_INDEX  321
#define PL_AT_CMS_FULL           322

/** TRUE if @line is a final result that says no. @code: its number, -1 without one. */
gboolean pl_at_parse_error (const char *line, PlAtErrorKind *kind, int *code);

/** A sentence for people: "the SIM's store is full (+CMS ERROR: 322)". Also for NO CARRIER and
 * such. Free with g_free(). */
char *pl_at_error_text (const char *line);
