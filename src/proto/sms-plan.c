/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-pdu.h"

#include "base/bytes.h"
#include "base/error.h"
#include "proto/gsm7.h"

#include <string.h>

/* Section numbers are those of 3GPP TS 23.040. */

#define FIRST_SUBMIT      0x01
#define FIRST_VP_RELATIVE 0x10
#define FIRST_REPORT      0x20
#define FIRST_UDHI        0x40
#define DCS_GSM7          0x00
#define DCS_UCS2          0x08
#define TOA_INTERNATIONAL 0x91
#define TOA_UNKNOWN       0x81

#define MAX_DIGITS 20
#define MAX_PARTS  255
#define UDH_LEN    6 /* with its own length: 9.2.3.24.1, an 8 bit reference */

/* Units of the alphabet: septets, or the octets of UTF-16. */
#define SINGLE_SEPTETS 160
#define PART_SEPTETS   153
#define SINGLE_OCTETS  140
#define PART_OCTETS    134
#define UDH_FILL_BITS  1 /* 6 octets and one bit are 7 septets */

struct _PlSmsPlan {
  gboolean ucs2;
  GByteArray *units;
  GArray *ends; /* guint: where each part ends in @units */
};

void
pl_sms_plan_free (PlSmsPlan *self)
{
  if (self == NULL)
    return;
  g_byte_array_unref (self->units);
  g_array_unref (self->ends);
  g_free (self);
}

static gboolean
fits_gsm7 (const char *text)
{
  uint8_t septets[2];

  for (const char *p = text; *p; p = g_utf8_next_char (p))
    if (pl_gsm7_from_char (g_utf8_get_char (p), septets) == 0)
      return FALSE;
  return TRUE;
}

/* The units of one character: at most 4, so that nothing is ever split inside of them. */
static guint
encode_char (gboolean ucs2, gunichar c, uint8_t units[4])
{
  if (!ucs2)
    return pl_gsm7_from_char (c, units);
  if (c < 0x10000) {
    units[0] = (uint8_t) (c >> 8);
    units[1] = c & 0xff;
    return 2;
  }
  c -= 0x10000;
  units[0] = (uint8_t) (0xd8 | c >> 18);
  units[1] = c >> 10 & 0xff;
  units[2] = (uint8_t) (0xdc | (c >> 8 & 0x03));
  units[3] = c & 0xff;
  return 4;
}

/* Appends @text and notes where parts of at most @max units end. */
static void
split (PlSmsPlan *self, const char *text, guint max)
{
  guint start = 0;

  g_byte_array_set_size (self->units, 0);
  g_array_set_size (self->ends, 0);
  for (const char *p = text; *p; p = g_utf8_next_char (p)) {
    uint8_t units[4];
    guint n = encode_char (self->ucs2, g_utf8_get_char (p), units);
    if (self->units->len + n - start > max) {
      start = self->units->len;
      g_array_append_val (self->ends, start);
    }
    g_byte_array_append (self->units, units, n);
  }
  g_array_append_val (self->ends, self->units->len);
}

PlSmsPlan *
pl_sms_plan_new (const char *text, GError **error)
{
  if (*text == '\0' || !g_utf8_validate (text, -1, NULL)) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 *text ? "the text is not UTF-8" : "the text is empty");
    return NULL;
  }
  g_autoptr (PlSmsPlan) self = g_new0 (PlSmsPlan, 1);
  self->ucs2 = !fits_gsm7 (text);
  self->units = g_byte_array_new ();
  self->ends = g_array_new (FALSE, FALSE, sizeof (guint));

  split (self, text, self->ucs2 ? SINGLE_OCTETS : SINGLE_SEPTETS);
  if (self->ends->len > 1)
    split (self, text, self->ucs2 ? PART_OCTETS : PART_SEPTETS);
  if (self->ends->len > MAX_PARTS) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "the text would need %u short messages, at most %u can be put together",
                 self->ends->len, MAX_PARTS);
    return NULL;
  }
  return g_steal_pointer (&self);
}

guint
pl_sms_plan_get_n_parts (const PlSmsPlan *self)
{
  return self->ends->len;
}

/* 9.1.2.5 */
static gboolean
write_address (GByteArray *out, const char *number, GError **error)
{
  static const char digits[] = "0123456789*#";
  gboolean international = number[0] == '+';
  const char *p = number + (international ? 1 : 0);
  size_t n = strlen (p);

  if (n == 0 || n > MAX_DIGITS || strspn (p, digits) != n) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "the number is not 1 to %u digits, * and #", MAX_DIGITS);
    return FALSE;
  }
  pl_write_u8 (out, (uint8_t) n);
  pl_write_u8 (out, international ? TOA_INTERNATIONAL : TOA_UNKNOWN);
  for (size_t i = 0; i < n; i += 2) {
    guint low = (guint) (strchr (digits, p[i]) - digits);
    guint high = i + 1 < n ? (guint) (strchr (digits, p[i + 1]) - digits) : 0x0f;
    pl_write_u8 (out, (uint8_t) (high << 4 | low));
  }
  return TRUE;
}

/* 9.2.3.12.1, rounded up: steps of 5 minutes to 12 hours, of 30 minutes to a day, of days to 30
 * days, of weeks to 63 weeks. */
static uint8_t
relative_validity (guint seconds)
{
  guint minutes = MIN (seconds / 60 + (seconds % 60 != 0), 63 * 7 * 1440);
  guint days = (minutes + 1439) / 1440;

  if (minutes <= 12 * 60)
    return (uint8_t) (MAX (minutes + 4, 5) / 5 - 1);
  if (minutes <= 1440)
    return (uint8_t) (143 + (minutes - 12 * 60 + 29) / 30);
  if (days <= 30)
    return (uint8_t) (166 + days);
  return (uint8_t) (192 + MAX ((days + 6) / 7, 5));
}

/* 9.2.3.24 */
static void
write_user_data (GByteArray *out, const PlSmsPlan *self, guint part, uint8_t ref)
{
  gboolean many = self->ends->len > 1;
  guint start = part > 1 ? g_array_index (self->ends, guint, part - 2) : 0;
  guint n = g_array_index (self->ends, guint, part - 1) - start;
  const uint8_t *units = self->units->data + start;
  guint header = self->ucs2 ? UDH_LEN : SINGLE_SEPTETS - PART_SEPTETS;

  pl_write_u8 (out, (uint8_t) (n + (many ? header : 0)));
  if (many) {
    const uint8_t udh[UDH_LEN] = { UDH_LEN - 1, /* concatenation */ 0,     3,
                                   ref,         (uint8_t) self->ends->len, (uint8_t) part };
    g_byte_array_append (out, udh, sizeof udh);
  }
  if (self->ucs2)
    g_byte_array_append (out, units, n);
  else
    pl_gsm7_pack (out, units, n, many ? UDH_FILL_BITS : 0);
}

static char *
to_hex (const GByteArray *octets)
{
  GString *hex = g_string_sized_new (octets->len * 2 + 1);

  for (guint i = 0; i < octets->len; i++)
    g_string_append_printf (hex, "%02X", octets->data[i]);
  return g_string_free (hex, FALSE);
}

char *
pl_sms_plan_encode (const PlSmsPlan *self, guint part, const PlSmsSubmit *submit, guint *length,
                    GError **error)
{
  g_return_val_if_fail (part >= 1 && part <= self->ends->len, NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();

  pl_write_u8 (out, 0); /* the SIM's service centre */
  pl_write_u8 (out, (uint8_t) (FIRST_SUBMIT | (submit->validity_s ? FIRST_VP_RELATIVE : 0)
                               | (submit->want_report ? FIRST_REPORT : 0)
                               | (self->ends->len > 1 ? FIRST_UDHI : 0)));
  pl_write_u8 (out, 0); /* message reference: the modem's to choose */
  if (!write_address (out, submit->number, error))
    return NULL;
  pl_write_u8 (out, 0); /* protocol identifier: plain */
  pl_write_u8 (out, self->ucs2 ? DCS_UCS2 : DCS_GSM7);
  if (submit->validity_s)
    pl_write_u8 (out, relative_validity (submit->validity_s));
  write_user_data (out, self, part, submit->ref & 0xff);
  *length = out->len - 1;
  return to_hex (out);
}
