/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/**
 * Which numbers the box dials and writes to. Refusals carry a sentence for the owner.
 */
#define PL_RULES_ERROR (pl_rules_error_quark ())
GQuark pl_rules_error_quark (void);

typedef enum {
  PL_RULES_ERROR_NUMBER,    /* not a phone number: `bad-number` */
  PL_RULES_ERROR_EMERGENCY, /* `emergency` */
  PL_RULES_ERROR_FORBIDDEN, /* the box's rules forbid it: `rule` */
  PL_RULES_ERROR_LIMIT, /* today's calls or texts are used up, a text is too long: `limit` */
} PlRulesError;

/** All may be NULL or 0: then the rule is off. Prefixes match normalised numbers; a longer
 * match wins, and `allow` wins over `deny` where both are as long. */
typedef struct {
  const char *country;      /* "49": where the SIM is at home; other countries are foreign */
  gboolean international;   /* foreign numbers may be called and written to */
  gboolean emergency;       /* the owner takes emergency calls upon himself */
  const char *const *allow; /* prefixes */
  const char *const *deny;  /* prefixes, beside the built-in list of premium ones */
  guint max_calls_per_day;
  guint max_texts_per_day; /* parts */
} PlDialRules;

/** Takes blanks, brackets, dots, dashes and slashes out of @number, writes a leading "00" as
 * "+", and checks the rest: 1 to 32 of [0-9*#+], + only first. PL_RULES_ERROR_NUMBER. Free with
 * g_free(). */
char *pl_dial_normalise (const char *number, GError **error);

/** The number to dial, or NULL: it is refused. Free with g_free(). */
char *pl_dial_rules_check (const PlDialRules *self, const char *number, GError **error);

/** A code for the network ("*100#", USSD): only one that begins as a prefix of `allow` does,
 * for there are codes that redirect calls, and such that buy things. */
gboolean pl_dial_rules_check_code (const PlDialRules *self, const char *code, GError **error);

/** FALSE where @n more than the @today already made are too many. */
gboolean pl_dial_rules_check_calls (const PlDialRules *self, guint today, GError **error);
gboolean pl_dial_rules_check_texts (const PlDialRules *self, guint today, guint n_parts,
                                    GError **error);

/** TRUE where both are likely the same line, written with and without its country. @country:
 * "49", where numbers without one are at home; NULL: unknown, then the last digits decide.
 * Names ("Vodafone") are the same only where they are equal. */
gboolean pl_dial_same_number (const char *country, const char *a, const char *b);

/** The country of an international number: "49" of "+49...", in @buffer; NULL: not told. */
#define PL_DIAL_COUNTRY_SIZE 4
const char *pl_dial_guess_country (const char *number, char buffer[PL_DIAL_COUNTRY_SIZE]);

gboolean pl_dial_is_emergency (const char *normalised);
