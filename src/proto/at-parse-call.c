/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-parse-private.h"

#include <string.h>

/* Section numbers are those of 3GPP TS 27.007. */

#define VALID_WITHHELD 1 /* section 7.6, <CLI validity> */

/* Section 7.6: number,type,subaddr,satype,alpha,validity; section 7.12 (waiting):
 * number,type,class,alpha,validity. */
static void
read_caller (const PlAtArgs *args, guint name_at, PlAtCaller *caller)
{
  int validity = -1;

  pl_at_args_int (args, name_at + 1, &validity);
  pl_at_read_number (args, 0, 1, caller->number);
  pl_at_read_name (args, name_at, caller->name);
  caller->withheld = caller->number[0] == '\0'
                     && (validity == VALID_WITHHELD
                         || (validity <= 0 && *pl_at_args_string (args, 0) == '\0'));
}

gboolean
pl_at_parse_caller (const char *line, PlAtCaller *caller)
{
  g_autoptr (PlAtArgs) clip = pl_at_args_new (line, "+CLIP:");
  g_autoptr (PlAtArgs) ccwa = pl_at_args_new (line, "+CCWA:");

  /* The answer to AT+CCWA=1,2 begins with a state; a number comes in quotes. */
  if (ccwa && !pl_at_args_is_quoted (ccwa, 0) && *pl_at_args_string (ccwa, 0) != '\0')
    return FALSE;
  if (clip == NULL && ccwa == NULL)
    return FALSE;
  read_caller (clip ? clip : ccwa, clip ? 4 : 3, caller);
  return TRUE;
}

/* Section 7.30 */
gboolean
pl_at_parse_cnap (const char *line, PlAtName *name)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CNAP:");

  if (args == NULL || !pl_at_args_is_quoted (args, 0))
    return FALSE;
  pl_at_read_name (args, 0, *name);
  return TRUE;
}

gboolean
pl_at_is_ring (const char *line)
{
  return strcmp (line, "RING") == 0 || g_str_has_prefix (line, "+CRING: VOICE");
}

/* What the lists of calls have in common: id,direction,state,mode, and a number somewhere
 * behind. @ended: how a call that is gone is written. */
static gboolean
read_call (const PlAtArgs *args, guint first, int ended, PlAtCall *call)
{
  int id, direction, state, mode;

  if (!pl_at_args_int (args, first, &id) || !pl_at_args_int (args, first + 1, &direction)
      || !pl_at_args_int (args, first + 2, &state) || !pl_at_args_int (args, first + 3, &mode))
    return FALSE;
  if (id < 0 || id > G_MAXINT16 || direction < 0 || direction > 1)
    return FALSE;
  if (state != ended && (state < PL_AT_CALL_ACTIVE || state > PL_AT_CALL_WAITING))
    return FALSE;
  *call = (PlAtCall){
    .id = id,
    .state = state == ended ? PL_AT_CALL_ENDED : (PlAtCallState) state,
    .outgoing = direction == 0,
    .voice = mode == 0,
    .cause = -1,
  };
  return TRUE;
}

/* Section 7.18; SIMCom's URC has the state 6 more. */
static gboolean
parse_clcc (const char *line, PlAtCall *call)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CLCC:");

  if (args == NULL || !read_call (args, 0, /* ended = */ 6, call))
    return FALSE;
  pl_at_read_number (args, 5, 6, call->number);
  pl_at_read_name (args, 7, call->name);
  return TRUE;
}

/* Quectel: +QIND: "ccinfo",id,direction,state,mode,multiparty,number,type[,alpha] */
static gboolean
parse_qind (const char *line, PlAtCall *call)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+QIND:");

  if (args == NULL || strcmp (pl_at_args_string (args, 0), "ccinfo") != 0
      || !read_call (args, 1, /* ended = */ -1, call))
    return FALSE;
  pl_at_read_number (args, 6, 7, call->number);
  pl_at_read_name (args, 8, call->name);
  return TRUE;
}

/* Quectel: ^DSCI: id,direction,state,type,number,type of number */
static gboolean
parse_dsci (const char *line, PlAtCall *call)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "^DSCI:");

  if (args == NULL || !read_call (args, 0, /* ended = */ 6, call))
    return FALSE;
  pl_at_read_number (args, 4, 5, call->number);
  return TRUE;
}

/* Huawei's, one line for each change: ^ORIG:id,type ^CONF:id ^CONN:id,type
 * ^CEND:id,seconds,end status[,cause]; ZTE's HANGUP: id. */
static gboolean
parse_brief (const char *line, PlAtCall *call)
{
  static const struct {
    const char *prefix;
    PlAtCallState state;
  } lines[] = {
    { "^ORIG:", PL_AT_CALL_DIALING }, { "^CONF:", PL_AT_CALL_ALERTING },
    { "^CONN:", PL_AT_CALL_ACTIVE },  { "^CEND:", PL_AT_CALL_ENDED },
    { "HANGUP:", PL_AT_CALL_ENDED },
  };
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autoptr (PlAtArgs) args = pl_at_args_new (line, lines[i].prefix);
    int id, cause = -1;
    if (args == NULL)
      continue;
    if (!pl_at_args_int (args, 0, &id) || id < 0 || id > G_MAXINT16)
      return FALSE;
    pl_at_args_int (args, 3, &cause);
    *call = (PlAtCall){
      .id = id,
      .state = lines[i].state,
      .brief = TRUE,
      .outgoing = lines[i].state == PL_AT_CALL_DIALING || lines[i].state == PL_AT_CALL_ALERTING,
      .voice = TRUE,
      .cause = cause,
    };
    return TRUE;
  }
  return FALSE;
}

gboolean
pl_at_parse_call (const char *line, PlAtCall *call)
{
  return parse_clcc (line, call) || parse_qind (line, call) || parse_dsci (line, call)
         || parse_brief (line, call);
}

gboolean
pl_at_parse_voice (const char *line, PlAtVoice *what, PlAtNumber *number)
{
  static const struct {
    const char *prefix;
    PlAtVoice what;
  } lines[] = {
    { "VOICE CALL: BEGIN", PL_AT_VOICE_BEGIN },
    { "VOICE CALL: END", PL_AT_VOICE_END },
    { "VOICE CALL:END", PL_AT_VOICE_END },
    { "MISSED_CALL:", PL_AT_VOICE_MISSED },
  };
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++) {
    if (!g_str_has_prefix (line, lines[i].prefix))
      continue;
    const char *last = strrchr (line, ' '); /* MISSED_CALL: 08:52AM +49... */
    g_autoptr (PlAtArgs) args = last ? pl_at_args_new (last, " ") : NULL;
    *what = lines[i].what;
    (*number)[0] = '\0';
    if (args && *what == PL_AT_VOICE_MISSED)
      pl_at_read_number (args, 0, /* no such field: */ 1, *number);
    return TRUE;
  }
  return FALSE;
}

char
pl_at_parse_dtmf (const char *line)
{
  static const char *const prefixes[] = { "+RXDTMF:", "+DTMF:", "^DDTMF:" };
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+QTONEDET:");
  char key = '\0';
  int ascii;

  if (args && pl_at_args_int (args, 0, &ascii) && ascii > 0 && ascii < 0x7f)
    key = (char) ascii; /* Quectel gives the code of the character */
  for (guint i = 0; args == NULL && i < G_N_ELEMENTS (prefixes); i++) {
    args = pl_at_args_new (line, prefixes[i]);
    if (args && strlen (pl_at_args_string (args, 0)) == 1)
      key = pl_at_args_string (args, 0)[0];
  }
  key = g_ascii_toupper (key);
  return key && strchr ("0123456789*#ABCD", key) ? key : '\0';
}
