/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

/**
 * PlAtLines: what comes out of an AT port, as lines with a meaning.
 *
 * Tolerates echo, \r\r\n, half lines, garbage, and URCs in the middle of answers. The
 * hexadecimal line that belongs to +CMGL, +CMGR, +CMT and +CDS comes with its header.
 */
typedef struct _PlAtLines PlAtLines;

typedef enum {
  PL_AT_OK = 1,      /* final: OK (CONNECT, where a call was asked for) */
  PL_AT_ERROR,       /* final: ERROR, +CME ERROR, +CMS ERROR; see at-error.h */
  PL_AT_CALL_FAILED, /* final, of a dial or an answer: NO CARRIER, BUSY, NO ANSWER, ... */
  PL_AT_PROMPT,      /* "> ": the PDU is wanted */
  PL_AT_INFO,        /* a line of the answer */
  PL_AT_URC,         /* unsolicited; NO CARRIER and BUSY later than their command, too */
} PlAtKind;

typedef struct {
  PlAtKind kind;
  char *text; /* UTF-8 without controls (but line breaks in a +CUSD text); not empty */
  char *body; /* the hexadecimal line of a header; NULL: none, or it did not come */
} PlAtLine;
void pl_at_line_free (PlAtLine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAtLine, pl_at_line_free)

PlAtLines *pl_at_lines_new (void);
void pl_at_lines_free (PlAtLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAtLines, pl_at_lines_free)

/** The command that is under way ("AT+CMGL=4", without the end of line); NULL: none. It decides
 * what is echo, answer or URC, and whether a prompt is waited for. */
void pl_at_lines_set_command (PlAtLines *self, const char *command);

void pl_at_lines_feed (PlAtLines *self, const uint8_t *data, size_t len);

/** The next whole line, NULL when there is none: take them all before more is fed. */
PlAtLine *pl_at_lines_next (PlAtLines *self);

/** What @text is while @command (may be NULL) is under way. */
PlAtKind pl_at_classify (const char *text, const char *command);
