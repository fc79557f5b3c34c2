/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-line.h"

#include "base/limits.h"
#include "proto/at-error.h"

#include <string.h>

#define PROMPT "\r>" /* among the lines: none has a \r */

struct _PlAtLines {
  char *command;
  GByteArray *line;  /* the one that is not at its end */
  gboolean dropping; /* it is too long: up to its end it is thrown away */
  size_t open_at;    /* in @line: where the last line of a text in quotes begins; 0 none */
  gboolean want_prompt;
  GQueue lines;     /* char * */
  PlAtLine *header; /* waits for its hexadecimal line */
};

void
pl_at_line_free (PlAtLine *self)
{
  if (self == NULL)
    return;
  g_free (self->text);
  g_free (self->body);
  g_free (self);
}

PlAtLines *
pl_at_lines_new (void)
{
  PlAtLines *self = g_new0 (PlAtLines, 1);

  self->line = g_byte_array_new ();
  g_queue_init (&self->lines);
  return self;
}

void
pl_at_lines_free (PlAtLines *self)
{
  if (self == NULL)
    return;
  g_free (self->command);
  g_byte_array_unref (self->line);
  g_queue_clear_full (&self->lines, g_free);
  pl_at_line_free (self->header);
  g_free (self);
}

void
pl_at_lines_set_command (PlAtLines *self, const char *command)
{
  g_free (self->command);
  self->command = g_strdup (command);
  self->want_prompt = command
                      && (g_ascii_strncasecmp (command, "AT+CMGS=", 8) == 0
                          || g_ascii_strncasecmp (command, "AT+CMGW=", 8) == 0);
}

/* The letters of a command or a line before the first character that belongs to no name. */
static size_t
name_length (const char *p)
{
  size_t n = *p == '+' || *p == '^' || *p == '*' || *p == '$' || *p == '#' ? 1 : 0;

  while (g_ascii_isalnum (p[n]))
    n++;
  return n;
}

/* TRUE if @command asks for lines like @text: AT+CREG? or AT+CLCC, but not AT+CREG=2. */
static gboolean
asks_for (const char *command, const char *text)
{
  if (command == NULL || g_ascii_strncasecmp (command, "AT", 2) != 0)
    return FALSE;
  const char *name = command + 2;
  size_t n = name_length (name);
  if (n < 2 || n != name_length (text) || g_ascii_strncasecmp (name, text, n) != 0)
    return FALSE;
  return name[n] == '?' || name[n] == '\0';
}

/* A dial or an answer: ATD..., ATA, or at the end of a list of commands (+QPCMV=1,0;D123;). */
static gboolean
is_call_command (const char *command)
{
  if (command == NULL || g_ascii_strncasecmp (command, "AT", 2) != 0)
    return FALSE;
  return g_ascii_toupper (command[2]) == 'D' || g_ascii_strcasecmp (command, "ATA") == 0
         || strstr (command, ";D") != NULL;
}

static gboolean
is_one_of (const char *text, const char *const *list)
{
  for (; *list; list++)
    if (strcmp (text, *list) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
begins_with (const char *text, const char *const *list)
{
  for (; *list; list++)
    if (g_str_has_prefix (text, *list))
      return TRUE;
  return FALSE;
}

/* What comes without being asked for, of 3GPP TS 27.007 and 27.005, Quectel, SIMCom, Huawei and
 * ZTE. What is not here is taken for a part of the answer while a command is under way. */
static const char *const urcs[]
    = { "RING",      "+CRING:",    "+CLIP:",      "+CNAP:",      "+CCWA:",       "+COLP:",
        "+CREG:",    "+CGREG:",    "+CEREG:",     "+C5GREG:",    "+CMTI:",       "+CMT:",
        "+CDS:",     "+CDSI:",     "+CBM:",       "+CBMI:",      "+CUSD:",       "+CSSI:",
        "+CSSU:",    "+CLCC:",     "+CPIN:",      "+CFUN:",      "+CIEV:",       "+CGEV:",
        "+CTZV:",    "+CTZE:",     "+CTZDST:",    "*PSUTTZ:",    "DST:",         "+NITZ:",
        "+QIND:",    "+QUSIM:",    "+QPCMV:",     "+QTONEDET:",  "+RXDTMF:",     "+DTMF:",
        "^DDTMF:",   "^DSCI:",     "^ORIG:",      "^CONF:",      "^CONN:",       "^CEND:",
        "^RSSI:",    "^HCSQ:",     "^MODE:",      "^BOOT:",      "^SIMST:",      "^SRVST:",
        "^STIN:",    "^NWTIME:",   "^CSNR:",      "^DSFLOWRPT:", "^NDISSTAT:",   "^SMMEMFULL:",
        "+SMS FULL", "VOICE CALL", "MISSED_CALL", "HANGUP:",     "RDY",          "SMS DONE",
        "SMS Ready", "SMS READY",  "PB DONE",     "Call Ready",  "APP RDY",      "NORMAL POWER",
        "POWERED",   "+ZUSIMR:",   "+ZPASR:",     "+ZDONR:",     "OVER-VOLTAGE", NULL };

static const char *const failures[]
    = { "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", NULL };
static const char *const headers[] = { "+CMGL:", "+CMGR:", "+CMT:", "+CDS:", NULL };

PlAtKind
pl_at_classify (const char *text, const char *command)
{
  PlAtErrorKind error;
  int code;

  if (strcmp (text, "OK") == 0)
    return PL_AT_OK;
  if (pl_at_parse_error (text, &error, &code))
    return PL_AT_ERROR;
  if (is_one_of (text, failures))
    return is_call_command (command) ? PL_AT_CALL_FAILED : PL_AT_URC;
  if (g_str_has_prefix (text, "CONNECT") && is_call_command (command))
    return PL_AT_OK;
  if (asks_for (command, text))
    return PL_AT_INFO;
  return command == NULL || begins_with (text, urcs) ? PL_AT_URC : PL_AT_INFO;
}

static gboolean
is_hex (const char *text)
{
  size_t n = strspn (text, "0123456789ABCDEFabcdef");

  return n >= 2 && n % 2 == 0 && text[n] == '\0';
}

static gboolean
is_final (const char *text)
{
  PlAtErrorKind error;
  int code;

  return strcmp (text, "OK") == 0 || pl_at_parse_error (text, &error, &code);
}

static void
push_line (PlAtLines *self, const uint8_t *data, size_t len)
{
  g_autofree char *text = g_utf8_make_valid ((const char *) data, (gssize) len);

  g_strstrip (text);
  if (*text && g_queue_get_length (&self->lines) < PL_MAX_AT_LINES)
    g_queue_push_tail (&self->lines, g_steal_pointer (&text));
}

/* A +CUSD text may have lines: TRUE while its quotes are open. */
static gboolean
is_open (const GByteArray *line)
{
  guint quotes = 0;

  if (line->len < 6 || memcmp (line->data, "+CUSD:", 6) != 0)
    return FALSE;
  for (guint i = 0; i < line->len; i++)
    quotes += line->data[i] == '"';
  return quotes % 2 != 0;
}

/* The last line of a text whose quotes never close, if it is a final result, stands for itself:
 * else a broken text would swallow everything after it. */
static gboolean
split_final (PlAtLines *self)
{
  g_autofree char *last = g_strndup ((const char *) self->line->data + self->open_at,
                                     self->line->len - self->open_at);

  g_strstrip (last);
  if (!is_final (last))
    return FALSE;
  push_line (self, self->line->data, self->open_at);
  push_line (self, (const uint8_t *) last, strlen (last));
  return TRUE;
}

static void
end_line (PlAtLines *self)
{
  gboolean dropped = self->dropping;

  if (!dropped && self->open_at > 0 && self->line->len == self->open_at)
    return; /* an empty line in a text */
  self->dropping = FALSE;
  if (!dropped && self->open_at > 0 && split_final (self)) {
    self->open_at = 0;
    g_byte_array_set_size (self->line, 0);
    return;
  }
  if (!dropped && is_open (self->line)) {
    g_byte_array_append (self->line, (const uint8_t *) "\n", 1);
    self->open_at = self->line->len;
    return;
  }
  if (!dropped && self->line->len > 0)
    push_line (self, self->line->data, self->line->len);
  self->open_at = 0;
  g_byte_array_set_size (self->line, 0);
}

static void
feed_byte (PlAtLines *self, uint8_t byte)
{
  if (byte == '\r' || byte == '\n') {
    end_line (self);
    return;
  }
  if (byte == '\t')
    byte = ' ';
  if (byte < 0x20 || byte == 0x7f || (byte == ' ' && self->line->len == 0))
    return;
  if (byte == '>' && self->line->len == 0 && self->want_prompt) {
    self->want_prompt = FALSE;
    g_queue_push_tail (&self->lines, g_strdup (PROMPT));
    return;
  }
  if (self->line->len >= PL_MAX_AT_LINE)
    self->dropping = TRUE;
  else
    g_byte_array_append (self->line, &byte, 1);
}

void
pl_at_lines_feed (PlAtLines *self, const uint8_t *data, size_t len)
{
  for (size_t i = 0; i < len; i++)
    feed_byte (self, data[i]);
}

/* What @text gives: a line, or NULL when it was kept (a header) or is nothing (an echo). */
static PlAtLine *
take (PlAtLines *self, char *text)
{
  if (self->command && strcmp (text, self->command) == 0) {
    g_free (text);
    return NULL;
  }
  if (self->header && is_hex (text)) {
    self->header->body = text;
    return g_steal_pointer (&self->header);
  }
  gboolean prompt = strcmp (text, PROMPT) == 0;
  PlAtKind kind = prompt ? PL_AT_PROMPT : pl_at_classify (text, self->command);
  gboolean header = begins_with (text, headers);
  if (self->header && (header || (kind != PL_AT_URC && kind != PL_AT_INFO))) {
    g_queue_push_head (&self->lines, text); /* the hexadecimal line is missing */
    return g_steal_pointer (&self->header);
  }
  PlAtLine *line = g_new0 (PlAtLine, 1);
  line->kind = kind;
  line->text = g_strstrip (text);
  if (!header)
    return line;
  self->header = line;
  return NULL;
}

PlAtLine *
pl_at_lines_next (PlAtLines *self)
{
  char *text;

  while ((text = g_queue_pop_head (&self->lines)) != NULL) {
    PlAtLine *line = take (self, text);
    if (line)
      return line;
  }
  return NULL;
}
