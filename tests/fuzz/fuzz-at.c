/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/at-error.h"
#include "proto/at-line.h"
#include "proto/at-parse.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

static void
assert_number (const char *number)
{
  g_assert (strlen (number) <= PL_MAX_NUMBER);
  g_assert (strspn (number + (*number == '+'), "0123456789*#") + (*number == '+')
            == strlen (number));
}

static void
assert_name (const char *name)
{
  g_assert (g_utf8_validate (name, -1, NULL) && strlen (name) <= PL_MAX_CLIENT_NAME);
}

static void
parse_calls (const char *line)
{
  PlAtCaller caller;
  PlAtCall call;
  PlAtVoice voice;
  PlAtNumber number;
  PlAtName name;

  if (pl_at_parse_caller (line, &caller)) {
    assert_number (caller.number);
    assert_name (caller.name);
  }
  if (pl_at_parse_call (line, &call)) {
    assert_number (call.number);
    assert_name (call.name);
    g_assert (call.id >= 0 && call.state <= PL_AT_CALL_ENDED);
  }
  if (pl_at_parse_voice (line, &voice, &number))
    assert_number (number);
  if (pl_at_parse_cnap (line, &name))
    assert_name (name);
  pl_at_is_ring (line);
  pl_at_parse_dtmf (line);
}

static void
parse_texts (const char *line)
{
  PlAtArrival arrival;
  PlAtStored stored;

  if (pl_at_parse_arrival (line, &arrival))
    g_assert (arrival.index >= 0);
  if (pl_at_parse_stored (line, &stored))
    g_assert (stored.state <= PL_AT_STORED_SENT);
  pl_at_is_store_full (line);
}

static void
parse_rest (const char *line)
{
  PlAtSim sim;
  PlAtReg reg;
  PlAtOperator operator_;
  PlAtForwarding forwarding;
  PlAtNumber number;
  int a = 0, b = 0;

  pl_at_parse_cpin (line, &sim);
  if (pl_at_parse_tries (line, &a, &b))
    g_assert (a >= 0 && b >= 0);
  pl_at_parse_registration (line, &reg);
  if (pl_at_parse_cops (line, &operator_))
    assert_name (operator_.name);
  if (pl_at_parse_csq (line, &a, &b))
    g_assert (a >= -1 && a <= 100);
  if (pl_at_parse_ccfc (line, &forwarding))
    assert_number (forwarding.number);
  PlAtIccid iccid;
  if (pl_at_parse_iccid (line, &iccid))
    g_assert_cmpuint (strspn (iccid, "0123456789"), ==, strlen (iccid));
  if (pl_at_parse_cnum (line, &number))
    assert_number (number);
  g_autofree char *ussd = pl_at_parse_cusd (line, &a);
  g_assert (ussd == NULL || g_utf8_validate (ussd, -1, NULL));
  g_autofree char *why = pl_at_error_text (line);
  g_assert (*why);
}

/* The first line is the command that is under way. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  g_autoptr (PlAtLines) lines = pl_at_lines_new ();
  const uint8_t *end = len ? memchr (data, '\n', len) : NULL;
  size_t n_command = end ? (size_t) (end - data) : 0;
  g_autofree char *command = g_strndup ((const char *) data, n_command);
  g_autoptr (PlAtLine) line = NULL;

  pl_at_lines_set_command (lines, n_command ? command : NULL);
  pl_at_lines_feed (lines, data + n_command, len - n_command);
  while ((line = pl_at_lines_next (lines)) != NULL) {
    g_assert (line->kind >= PL_AT_OK && line->kind <= PL_AT_URC);
    g_assert (*line->text && strchr (line->text, '\r') == NULL);
    g_assert (g_utf8_validate (line->text, -1, NULL));
    parse_calls (line->text);
    parse_texts (line->text);
    parse_rest (line->text);
    g_clear_pointer (&line, pl_at_line_free);
  }
  return 0;
}
