/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/at-parse-private.h"

#include <string.h>

/* Section numbers are those of 3GPP TS 27.007, unless another is named. */

void
pl_at_read_number (const PlAtArgs *args, guint i, guint toa, PlAtNumber number)
{
  const char *digits = pl_at_args_string (args, i);
  int type = 0;

  number[0] = '\0';
  pl_at_args_int (args, toa, &type);
  gboolean plus = digits[0] == '+';
  if (plus)
    digits++;
  if (*digits == '\0' || strlen (digits) >= PL_MAX_NUMBER
      || strspn (digits, "0123456789*#") != strlen (digits))
    return;
  g_snprintf (number, sizeof (PlAtNumber), "%s%s",
              plus || type == PL_AT_TOA_INTERNATIONAL ? "+" : "", digits);
}

void
pl_at_read_name (const PlAtArgs *args, guint i, PlAtName name)
{
  const char *end;

  g_strlcpy (name, pl_at_args_string (args, i), sizeof (PlAtName));
  g_utf8_validate (name, -1, &end);
  name[end - name] = '\0';
}

gboolean
pl_at_parse_number (const char *line, const char *prefix, int *value)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, prefix);

  return args && pl_at_args_int (args, 0, value);
}

/* Section 8.3 */
gboolean
pl_at_parse_cpin (const char *line, PlAtSim *sim)
{
  static const struct {
    const char *word;
    PlAtSim sim;
  } words[] = {
    { "READY", PL_AT_SIM_READY },
    { "SIM PIN2", PL_AT_SIM_READY }, /* for the fixed numbers only: it hinders nothing */
    { "SIM PUK2", PL_AT_SIM_READY },
    { "SIM PIN", PL_AT_SIM_PIN },
    { "SIM PUK", PL_AT_SIM_PUK },
    { "NOT INSERTED", PL_AT_SIM_ABSENT },
    { "SIM REMOVED", PL_AT_SIM_ABSENT },
    { "NOT READY", PL_AT_SIM_NOT_READY },
  };
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CPIN:");

  if (args == NULL || *pl_at_args_string (args, 0) == '\0')
    return FALSE;
  *sim = PL_AT_SIM_OTHER;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strcasecmp (pl_at_args_string (args, 0), words[i].word) == 0)
      *sim = words[i].sim;
  return TRUE;
}

/* +CSIM: 4,"63C3": the status words of a VERIFY without a PIN (ETSI TS 102 221 section 11.1.9).
 */
static gboolean
parse_csim (const char *line, int *pin)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CSIM:");

  if (args == NULL)
    return FALSE;
  const char *words = pl_at_args_string (args, 1);
  if (strcmp (words, "6983") == 0) {
    *pin = 0;
    return TRUE;
  }
  if (strlen (words) != 4 || g_ascii_strncasecmp (words, "63C", 3) != 0
      || !g_ascii_isxdigit (words[3]))
    return FALSE;
  *pin = g_ascii_xdigit_value (words[3]);
  return TRUE;
}

/* Two numbers of a line, from field @i on; the second may be missing. */
static gboolean
read_tries (const PlAtArgs *args, guint i, int *pin, int *puk)
{
  int first, second;

  if (!pl_at_args_int (args, i, &first) || first < 0)
    return FALSE;
  *pin = first;
  if (pl_at_args_int (args, i + 1, &second) && second >= 0)
    *puk = second;
  return TRUE;
}

gboolean
pl_at_parse_tries (const char *line, int *pin, int *puk)
{
  g_autoptr (PlAtArgs) cpinr = pl_at_args_new (line, "+CPINR:");
  g_autoptr (PlAtArgs) spic = pl_at_args_new (line, "+SPIC:");
  g_autoptr (PlAtArgs) qpinc = pl_at_args_new (line, "+QPINC:");
  int total = 0;

  if (cpinr && strcmp (pl_at_args_string (cpinr, 0), "SIM PIN") == 0)
    return read_tries (cpinr, 1, pin, &total);
  if (cpinr && strcmp (pl_at_args_string (cpinr, 0), "SIM PUK") == 0)
    return read_tries (cpinr, 1, puk, &total);
  if (spic)
    return read_tries (spic, 0, pin, puk);
  if (qpinc && strcmp (pl_at_args_string (qpinc, 0), "SC") == 0)
    return read_tries (qpinc, 1, pin, puk);
  return parse_csim (line, pin);
}

/* Section 7.3, <AcT> */
static const char *
find_technology (int act)
{
  static const char *const names[] = { "2G",  "2G", "3G",  "2G",  "3G", "3G", "3G",
                                       "LTE", "2G", "LTE", "LTE", "5G", "5G", "5G" };

  return act >= 0 && act < (int) G_N_ELEMENTS (names) ? names[act] : NULL;
}

/* The answer has <n> before what the URC begins with. They look alike; but what follows <stat>
 * is an area code, in quotes or four digits. */
static guint
find_stat (const PlAtArgs *args)
{
  guint n = pl_at_args_count (args);
  const char *second = pl_at_args_string (args, 1);

  if (n < 2 || pl_at_args_is_quoted (args, 1) || strlen (second) > 2)
    return 0;
  return *second == '\0' ? 0 : 1;
}

/* Sections 7.2, 10.1.20, 10.1.22 */
gboolean
pl_at_parse_registration (const char *line, PlAtReg *reg)
{
  static const char *const prefixes[] = { "+CREG:", "+CEREG:", "+CGREG:", "+C5GREG:" };
  /* 6 and 7: texts only; 8: emergency calls only; 9 and 10: CSFB not preferred. */
  static const PlAtRegState states[]
      = { PL_AT_REG_NONE,    PL_AT_REG_HOME,    PL_AT_REG_SEARCHING, PL_AT_REG_DENIED,
          PL_AT_REG_UNKNOWN, PL_AT_REG_ROAMING, PL_AT_REG_HOME,      PL_AT_REG_ROAMING,
          PL_AT_REG_DENIED,  PL_AT_REG_HOME,    PL_AT_REG_ROAMING };
  g_autoptr (PlAtArgs) args = NULL;
  int stat = -1, act = -1;

  for (guint i = 0; args == NULL && i < G_N_ELEMENTS (prefixes); i++)
    args = pl_at_args_new (line, prefixes[i]);
  if (args == NULL)
    return FALSE;
  guint at = find_stat (args);
  if (!pl_at_args_int (args, at, &stat) || stat < 0 || stat >= (int) G_N_ELEMENTS (states))
    return FALSE;
  pl_at_args_int (args, at + 3, &act);
  reg->state = states[stat];
  reg->technology = find_technology (act);
  return TRUE;
}

/* Section 7.3 */
gboolean
pl_at_parse_cops (const char *line, PlAtOperator *operator_)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+COPS:");
  int mode, act = -1;

  if (args == NULL || !pl_at_args_int (args, 0, &mode))
    return FALSE;
  pl_at_args_int (args, 3, &act);
  pl_at_read_name (args, 2, operator_->name);
  operator_->technology = find_technology (act);
  return TRUE;
}

/* Section 8.5; from 100 on as SIMCom's and Quectel's count LTE: -140 dBm at 100. */
gboolean
pl_at_parse_csq (const char *line, int *percent, int *dbm)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CSQ:");
  int rssi;

  if (args == NULL || !pl_at_args_int (args, 0, &rssi) || rssi < 0 || rssi > 199)
    return FALSE;
  *percent = -1;
  *dbm = 0;
  if (rssi <= 31) {
    *percent = rssi * 100 / 31;
    *dbm = -113 + 2 * rssi;
  } else if (rssi >= 100 && rssi <= 191) {
    *percent = (rssi - 100) * 100 / 91;
    *dbm = -116 + rssi - 100;
  }
  return TRUE;
}

/* 3GPP TS 27.005 section 3.4.1 */
gboolean
pl_at_parse_arrival (const char *line, PlAtArrival *arrival)
{
  g_autoptr (PlAtArgs) text = pl_at_args_new (line, "+CMTI:");
  g_autoptr (PlAtArgs) report = pl_at_args_new (line, "+CDSI:");
  const PlAtArgs *args = text ? text : report;
  int index;

  if (args == NULL || !pl_at_args_int (args, 1, &index) || index < 0)
    return FALSE;
  g_strlcpy (arrival->storage, pl_at_args_string (args, 0), sizeof arrival->storage);
  arrival->index = index;
  arrival->report = report != NULL;
  return TRUE;
}

/* 3GPP TS 27.005 sections 4.1 and 4.2 */
gboolean
pl_at_parse_stored (const char *line, PlAtStored *stored)
{
  g_autoptr (PlAtArgs) list = pl_at_args_new (line, "+CMGL:");
  g_autoptr (PlAtArgs) single = pl_at_args_new (line, "+CMGR:");
  int index = -1, state;

  if (list == NULL && single == NULL)
    return FALSE;
  if (list && (!pl_at_args_int (list, 0, &index) || index < 0))
    return FALSE;
  if (!pl_at_args_int (list ? list : single, list ? 1 : 0, &state) || state < 0
      || state > PL_AT_STORED_SENT)
    return FALSE;
  stored->index = index;
  stored->state = (PlAtStoredState) state;
  return TRUE;
}

gboolean
pl_at_is_store_full (const char *line)
{
  g_autoptr (PlAtArgs) qind = pl_at_args_new (line, "+QIND:");

  if (qind)
    return strcmp (pl_at_args_string (qind, 0), "smsfull") == 0;
  return g_str_has_prefix (line, "^SMMEMFULL") || g_str_has_prefix (line, "+SMS FULL");
}

/* Section 7.11 */
gboolean
pl_at_parse_ccfc (const char *line, PlAtForwarding *forwarding)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CCFC:");
  int status, classes = 1, seconds = -1;

  if (args == NULL || !pl_at_args_int (args, 0, &status) || status < 0 || status > 1)
    return FALSE;
  pl_at_args_int (args, 1, &classes);
  pl_at_args_int (args, 6, &seconds);
  forwarding->active = status == 1;
  forwarding->classes = classes;
  forwarding->seconds = seconds;
  pl_at_read_number (args, 2, 3, forwarding->number);
  return TRUE;
}

/* 3GPP TS 23.038 section 5: is a USSD text of this coding UCS-2? */
static gboolean
is_ucs2 (int dcs)
{
  return dcs == 0x11 || (dcs >= 0x40 && dcs < 0x80 && (dcs & 0x0c) == 0x08);
}

/* Modems give UCS-2 as hexadecimal digits; NULL when it is not that. */
static char *
decode_ucs2_hex (const char *hex)
{
  size_t n = strlen (hex) / 4;
  g_autofree gunichar2 *units = g_new0 (gunichar2, n + 1);

  if (n == 0 || strlen (hex) % 4 != 0)
    return NULL;
  for (size_t i = 0; i < 4 * n; i++) {
    int value = g_ascii_xdigit_value (hex[i]);
    if (value < 0)
      return NULL;
    units[i / 4] = (gunichar2) (units[i / 4] << 4 | value);
  }
  return g_utf16_to_utf8 (units, (glong) n, NULL, NULL, NULL);
}

/* Section 7.15 */
char *
pl_at_parse_cusd (const char *line, int *status)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CUSD:");
  int dcs = 0x0f, code;

  if (args == NULL || !pl_at_args_int (args, 0, &code))
    return NULL;
  const char *text = pl_at_args_string (args, 1);
  pl_at_args_int (args, 2, &dcs);
  char *decoded = is_ucs2 (dcs) ? decode_ucs2_hex (text) : NULL;
  *status = code;
  return decoded ? decoded : g_strdup (text);
}

/* Section 7.1 */
gboolean
pl_at_parse_cnum (const char *line, PlAtNumber *number)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CNUM:");
  PlAtNumber found;

  if (args == NULL)
    return FALSE;
  pl_at_read_number (args, 1, 2, found);
  if (found[0] == '\0')
    return FALSE;
  memcpy (number, found, sizeof found);
  return TRUE;
}

/* ETSI TS 102 221 section 10.2.1: done, and (with its length) done while the card has a command
 * for the terminal. */
static gboolean
is_success (int status)
{
  return status == 0x90 || status == 0x91;
}

/* Section 8.18. The digits of each byte are the other way round; "F" fills up. */
gboolean
pl_at_parse_iccid (const char *line, PlAtIccid *iccid)
{
  g_autoptr (PlAtArgs) args = pl_at_args_new (line, "+CRSM:");
  PlAtIccid found = "";
  int status, detail;

  if (args == NULL || !pl_at_args_int (args, 0, &status) || !is_success (status)
      || !pl_at_args_int (args, 1, &detail))
    return FALSE;
  const char *hex = pl_at_args_string (args, 2);
  size_t len = strlen (hex);
  if (len != sizeof found - 1)
    return FALSE;
  for (size_t i = 0; i < len; i++)
    found[i] = g_ascii_toupper (hex[i ^ 1]);
  size_t digits = strspn (found, "0123456789");
  if (digits < 18 || digits + strspn (found + digits, "F") != len)
    return FALSE;
  found[digits] = '\0';
  memcpy (iccid, found, sizeof found);
  return TRUE;
}
