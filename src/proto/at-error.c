/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-error.h"

#include <string.h>

typedef struct {
  int code;
  const char *text;
} Text;

/* 3GPP TS 27.007 section 9.2 */
static const Text cme[] = {
  { 0, "the modem failed" },
  { 1, "no connection to the phone" },
  { 3, "not allowed now" },
  { 4, "the modem cannot do this" },
  { 5, "the phone's own PIN is wanted" },
  { 10, "there is no SIM card" },
  { 11, "the SIM's PIN is wanted" },
  { 12, "the SIM is blocked: its PUK is wanted" },
  { 13, "the SIM card failed" },
  { 14, "the SIM card is busy" },
  { 15, "the wrong SIM card" },
  { 16, "wrong PIN" },
  { 17, "the SIM's PIN2 is wanted" },
  { 18, "the SIM's PUK2 is wanted" },
  { 20, "the modem's memory is full" },
  { 21, "no such entry" },
  { 22, "not found" },
  { 23, "the modem's memory failed" },
  { 24, "the text is too long" },
  { 25, "the text has characters that the modem does not take" },
  { 26, "the number is too long" },
  { 27, "the number has characters that the modem does not take" },
  { 30, "no network" },
  { 31, "the network did not answer" },
  { 32, "no network: emergency calls only" },
  { 40, "the modem is locked to a network" },
  { 50, "the modem takes the parameters for wrong" },
  { 100, "the modem does not say why" },
  { 103, "the network bars this modem" },
  { 107, "the network does not allow this service" },
  { 111, "this network does not allow this SIM" },
  { 112, "not allowed in this area" },
  { 113, "roaming is not allowed here" },
  { 0, NULL },
};

/* 3GPP TS 27.005 section 3.2.5; below 128 the network's own, 3GPP TS 24.011 annex E. */
static const Text cms[] = {
  { 1, "the number does not exist" },
  { 8, "the operator bars this" },
  { 10, "this SIM may not send short messages" },
  { 21, "the network refused the short message" },
  { 27, "the recipient cannot be reached" },
  { 28, "the network does not know the recipient" },
  { 29, "the network refused this kind of message" },
  { 30, "the network does not know this SIM" },
  { 38, "the network is out of order" },
  { 41, "the network failed for the moment" },
  { 42, "the network is congested" },
  { 47, "the network has no resources" },
  { 50, "the SIM has not subscribed to this" },
  { 69, "the network does not have this service" },
  { 300, "the modem failed" },
  { 301, "the modem's message service is reserved" },
  { 302, "not allowed now" },
  { 303, "the modem cannot do this" },
  { 304, "the modem takes the message for malformed" },
  { 305, "the modem takes a parameter for wrong" },
  { 310, "there is no SIM card" },
  { 311, "the SIM's PIN is wanted" },
  { 312, "the phone's own PIN is wanted" },
  { 313, "the SIM card failed" },
  { 314, "the SIM card is busy" },
  { 315, "the wrong SIM card" },
  { 316, "the SIM is blocked: its PUK is wanted" },
  { 320, "the modem's message memory failed" },
  { 321, "the message is not there" },
  { 322, "the message memory is full" },
  { 330, "the SIM does not know its service centre" },
  { 331, "no network" },
  { 332, "the network did not answer" },
  { 340, "nothing is to be acknowledged" },
  { 500, "the modem does not say why" },
  { 0, NULL },
};

static const struct {
  const char *line, *text;
} calls[] = {
  { "NO CARRIER", "the call ended" }, { "BUSY", "busy" },
  { "NO ANSWER", "no answer" },       { "NO DIALTONE", "no network" },
  { "NO DIAL TONE", "no network" },
};

/* Huawei and ZTE say these instead of ERROR. */
static const char *const errors[]
    = { "ERROR", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS", "NOT SUPPORT" };

gboolean
pl_at_parse_error (const char *line, PlAtErrorKind *kind, int *code)
{
  gboolean is_cme = g_str_has_prefix (line, "+CME ERROR:");
  gint64 number = -1;

  for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
    if (strcmp (line, errors[i]) == 0) {
      *kind = PL_AT_ERROR_PLAIN;
      *code = -1;
      return TRUE;
    }
  if (!is_cme && !g_str_has_prefix (line, "+CMS ERROR:"))
    return FALSE;
  const char *p = line + strlen ("+CME ERROR:");
  p += strspn (p, " ");
  if (!g_ascii_string_to_signed (p, 10, 0, G_MAXINT, &number, NULL))
    number = -1;
  *kind = is_cme ? PL_AT_ERROR_CME : PL_AT_ERROR_CMS;
  *code = (int) number;
  return TRUE;
}

static const char *
find_text (const Text *table, int code)
{
  for (; table->text; table++)
    if (table->code == code)
      return table->text;
  return NULL;
}

char *
pl_at_error_text (const char *line)
{
  PlAtErrorKind kind;
  int code;

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    if (strcmp (line, calls[i].line) == 0)
      return g_strdup (calls[i].text);
  if (!pl_at_parse_error (line, &kind, &code))
    return g_strdup_printf ("the modem said '%s'", line);
  if (kind == PL_AT_ERROR_PLAIN)
    return g_strdup ("the modem refused and does not say why");

  const char *text = find_text (kind == PL_AT_ERROR_CME ? cme : cms, code);
  if (text == NULL && kind == PL_AT_ERROR_CMS && code >= 0 && code < 128)
    text = "the network refused the short message";
  return text ? g_strdup_printf ("%s (%s)", text, line)
              : g_strdup_printf ("the modem refused (%s)", line);
}
