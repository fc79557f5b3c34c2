/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-rules"

#include "proto/dial-rules.h"

#include "base/limits.h"

#include <string.h>

G_DEFINE_QUARK (pl_rules_error_quark, pl_rules_error)

/* 3GPP TS 22.101 section 10.1.1 (what every phone knows), and the national ones in wide use.
 * Some of these are an ordinary service somewhere; the owner has `emergency` for that. */
static const char *const emergency_numbers[] = {
  "112", "911", "999", "000", "08",  "110", "118", "119",                /* TS 22.101 */
  "100", "101", "102", "103", "104", "106", "108", "111",                /* Asia, Oceania */
  "113", "114", "115", "117", "120", "122", "123", "133", "144", "155",  /* Europe, Asia */
  "158", "190", "191", "192", "193", "194", "195", "197", "198", "1669", /* South America */
};

/* Premium rates and satellites: the usual aims of toll fraud. */
static const char *const premium_prefixes[] = {
  "+979",   "+870",   "+881",   "+882",   "+883", /* no country: premium, satellite */
  "+49900", "+49137", "+49118", "+43900", "+43901", "+43930", "+43931", "+41900", "+41901",
  "+41906", "+449",   "+4487",  "+1900",  "+1976",  "+3389",  "+39892", "+39899", "+34803",
  "+34806", "+34807", "+31900", "+31906", "+31909", "+32900", "+32903", "+32905", "+32906",
  "+48700", "0900",   "1900",   "0137",   "118", /* where the country is not known */
  NULL,
};

char *
pl_dial_normalise (const char *number, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean international = strncmp (number, "00", 2) == 0 && strlen (number) > 4;

  if (international)
    g_string_append_c (out, '+');
  for (const char *p = number + (international ? 2 : 0); *p && out->len <= PL_MAX_NUMBER; p++) {
    /* "+49 (0)30 ...": the zero is for those at home */
    if (out->str[0] == '+' && strncmp (p, "(0)", 3) == 0)
      p += 2;
    else if (strchr (" .-/()[]", *p) == NULL)
      g_string_append_c (out, *p);
  }
  size_t plus = out->str[0] == '+' ? 1 : 0;
  if (out->len > plus && out->len <= PL_MAX_NUMBER
      && strspn (out->str + plus, "0123456789*#") == out->len - plus)
    return g_string_free (g_steal_pointer (&out), /* free_segment = */ FALSE);
  g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_NUMBER,
               "a number has 1 to %d digits, *, # and a leading +", PL_MAX_NUMBER);
  return NULL;
}

gboolean
pl_dial_is_emergency (const char *normalised)
{
  for (size_t i = 0; i < G_N_ELEMENTS (emergency_numbers); i++)
    if (strcmp (normalised, emergency_numbers[i]) == 0)
      return TRUE;
  return FALSE;
}

/* "030 1234" with country "49": "+49301234", so that numbers and prefixes compare however they
 * were written. */
static char *
with_country (const char *country, const char *number)
{
  if (country == NULL || strpbrk (number, "+*#"))
    return g_strdup (number);
  /* North America's trunk prefix is its country code. */
  if (strcmp (country, "1") == 0 && number[0] == '1')
    return g_strconcat ("+", number, NULL);
  return g_strconcat ("+", country, number + (number[0] == '0' ? 1 : 0), NULL);
}

static size_t
match (const PlDialRules *self, const char *full, const char *prefix)
{
  g_autofree char *normal = pl_dial_normalise (prefix, /* error = */ NULL);

  if (normal == NULL)
    return 0;
  g_autofree char *start = with_country (self->country, normal);
  return g_str_has_prefix (full, start) ? strlen (start) : 0;
}

/* The longest of @prefixes that the number begins with. */
static size_t
longest (const PlDialRules *self, const char *const *prefixes, const char *full)
{
  size_t best = 0;
  for (size_t i = 0; prefixes && prefixes[i]; i++) {
    size_t len = match (self, full, prefixes[i]);
    best = MAX (best, len);
  }
  return best;
}

static gboolean
is_foreign (const PlDialRules *self, const char *number)
{
  return number[0] == '+' && self->country && !g_str_has_prefix (number + 1, self->country);
}

static gboolean
forbid (GError **error, const char *number, const char *why)
{
  g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_FORBIDDEN, "'%s' %s", number, why);
  return FALSE;
}

static gboolean
check_prefixes (const PlDialRules *self, const char *number, GError **error)
{
  g_autofree char *full = with_country (self->country, number);
  size_t allowed = longest (self, self->allow, full);
  size_t denied = longest (self, self->deny, full);

  if (denied > allowed)
    return forbid (error, number, "is on the box's list of numbers that it does not dial");
  if (allowed)
    return TRUE;
  /* "**21*...#" would redirect the owner's calls: not a number, though it is dialled like one
   */
  if (strpbrk (number, "*#"))
    return forbid (error, number, "is a code that changes the SIM's settings, not a number");
  if (longest (self, premium_prefixes, full))
    return forbid (error, number, "is a premium number; the box's dial rules do not allow it");
  if (is_foreign (self, full) && !self->international)
    return forbid (error, number, "is abroad; the box's dial rules do not allow it");
  return TRUE;
}

char *
pl_dial_rules_check (const PlDialRules *self, const char *number, GError **error)
{
  g_autofree char *normal = pl_dial_normalise (number, error);

  if (normal == NULL)
    return NULL;
  if (!self->emergency && pl_dial_is_emergency (normal)) {
    g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_EMERGENCY,
                 "'%s' is an emergency number: the network would locate the box, not the "
                 "caller; use a phone where you are",
                 normal);
    return NULL;
  }
  return check_prefixes (self, normal, error) ? g_steal_pointer (&normal) : NULL;
}

gboolean
pl_dial_rules_check_code (const PlDialRules *self, const char *code, GError **error)
{
  size_t len = strlen (code);

  if (len < 3 || len > PL_MAX_NUMBER || strchr ("*#", code[0]) == NULL || code[len - 1] != '#'
      || strspn (code, "0123456789*#") != len) {
    g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_NUMBER,
                 "a code for the network begins with * or #, has digits, and ends with #");
    return FALSE;
  }
  size_t allowed = longest (self, self->allow, code);
  if (allowed > 0 && longest (self, self->deny, code) <= allowed)
    return TRUE;
  g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_FORBIDDEN,
               "'%s' is not among the codes that the box may send: its owner allows it there, "
               "with allow=%s",
               code, code);
  return FALSE;
}

static gboolean
check_limit (guint max, guint today, guint n, const char *what, GError **error)
{
  if (max == 0 || (today <= max && n <= max - today))
    return TRUE;
  g_set_error (error, PL_RULES_ERROR, PL_RULES_ERROR_LIMIT, "today's limit of %u %s is reached",
               max, what);
  return FALSE;
}

gboolean
pl_dial_rules_check_calls (const PlDialRules *self, guint today, GError **error)
{
  return check_limit (self->max_calls_per_day, today, /* n = */ 1, "calls", error);
}

gboolean
pl_dial_rules_check_texts (const PlDialRules *self, guint today, guint n_parts, GError **error)
{
  return check_limit (self->max_texts_per_day, today, n_parts, "texts", error);
}

/* What operators and services are called by: "Vodafone". */
static gboolean
is_name (const char *number)
{
  return number[strspn (number, "0123456789+*#")] != '\0';
}

static gboolean
is_of (const char *number, const char *country)
{
  return number[0] == '+' && g_str_has_prefix (number + 1, country);
}

/* @a, @b: one of them international, or the country unknown. Not every country writes a zero
 * before the area code, and some keep it. */
static gboolean
have_same_end (const char *a, const char *b)
{
  a += strspn (a, "+0");
  b += strspn (b, "+0");
  size_t a_len = strlen (a), b_len = strlen (b);
  /* Seven digits that agree at the end: area codes differ less often than this. */
  if (MIN (a_len, b_len) < 7)
    return strcmp (a, b) == 0;
  return a_len > b_len ? strcmp (a + a_len - b_len, b) == 0
                       : strcmp (b + b_len - a_len, a) == 0;
}

gboolean
pl_dial_same_number (const char *country, const char *a, const char *b)
{
  if (a == NULL || b == NULL)
    return FALSE;
  if (is_name (a) || is_name (b))
    return strcmp (a, b) == 0;
  g_autofree char *full_a = with_country (country, a);
  g_autofree char *full_b = with_country (country, b);
  if (strcmp (full_a, full_b) == 0)
    return TRUE;
  /* Written with and without its country, and that another one than ours. */
  if ((a[0] == '+' && b[0] == '+')
      || (country && (a[0] == '+' || b[0] == '+') && !is_of (a, country)
          && !is_of (b, country)))
    return FALSE;
  return have_same_end (a, b);
}

const char *
pl_dial_guess_country (const char *number, char buffer[PL_DIAL_COUNTRY_SIZE])
{
  /* ITU-T E.164: one digit for two zones, two for these, three for all others. */
  static const char *const two_digits = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 "
                                        "51 52 53 54 55 56 57 58 60 61 62 "
                                        "63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 ";

  if (number == NULL || number[0] != '+' || strspn (number + 1, "0123456789") < 7)
    return NULL;
  const char pair[] = { number[1], number[2], ' ', '\0' };
  size_t len = strchr ("17", number[1]) ? 1 : strstr (two_digits, pair) ? 2 : 3;
  g_strlcpy (buffer, number + 1, len + 1);
  return buffer;
}
