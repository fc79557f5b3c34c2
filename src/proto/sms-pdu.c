/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-pdu.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "proto/gsm7.h"
#include "proto/sms-join.h"

#include <string.h>

/* Section numbers are those of 3GPP TS 23.040, unless TS 23.038 is named. */

#define MTI_MASK     0x03 /* 9.2.3.1 */
#define MTI_SUBMIT   0x01
#define MTI_REPORT   0x02
#define FIRST_VPF    0x18 /* 9.2.3.3: form of the validity period of a submit */
#define FIRST_UDHI   0x40 /* 9.2.3.23: user data begins with a header */
#define VPF_RELATIVE 0x10

#define TOA_KIND          0x70 /* 9.1.2.5: type of number */
#define TOA_INTERNATIONAL 0x10
#define TOA_ALPHANUMERIC  0x50

#define MAX_ADDRESS_DIGITS 20 /* 9.1.2.5 */
#define MAX_SEPTETS        160
#define MAX_OCTETS         140
#define PORT_WAP_PUSH      2948 /* WAP-259: connectionless push, */
#define PORT_WAP_PUSH_TLS  2949 /* and the secure one */

typedef enum {
  ALPHABET_GSM7,
  ALPHABET_OCTETS,
  ALPHABET_UCS2
} Alphabet;

/* What the data coding scheme and the header say about the user data. */
typedef struct {
  Alphabet alphabet;
  gboolean compressed;
  gboolean flash;
  gboolean waiting; /* says something about messages that wait, */
  gboolean voice;   /* namely voicemail, */
  gboolean discard; /* and is not to be shown */
  int n_waiting;
  uint16_t port; /* 0: none */
  uint8_t locking, single;
  uint16_t ref;
  uint8_t total, seq; /* 0: not concatenated */
} Coding;

void
pl_sms_part_free (PlSmsPart *self)
{
  if (self == NULL)
    return;
  g_free (self->number);
  g_free (self->text);
  g_clear_pointer (&self->raw, g_bytes_unref);
  g_free (self);
}

static char *
read_alphanumeric (const uint8_t *octets, size_t len, guint n_digits)
{
  uint8_t septets[MAX_ADDRESS_DIGITS];
  size_t n = pl_gsm7_unpack (octets, len, /* skip_bits = */ 0, septets, n_digits * 4 / 7);
  char *name = pl_gsm7_decode (septets, n, PL_GSM7_DEFAULT, PL_GSM7_DEFAULT);

  return g_strdelimit (name, "\n\r\f", ' ');
}

/* 9.1.2.5 */
static char *
read_address (PlReader *r)
{
  static const char digits[] = "0123456789*#abc";
  guint n_digits = pl_reader_u8 (r);
  uint8_t toa = pl_reader_u8 (r);
  const uint8_t *octets;

  if (n_digits > MAX_ADDRESS_DIGITS)
    r->failed = TRUE;
  octets = pl_reader_bytes (r, (n_digits + 1) / 2);
  if (octets == NULL)
    return NULL;
  if ((toa & TOA_KIND) == TOA_ALPHANUMERIC)
    return read_alphanumeric (octets, (n_digits + 1) / 2, n_digits);

  GString *number = g_string_new ((toa & TOA_KIND) == TOA_INTERNATIONAL ? "+" : NULL);
  for (guint i = 0; i < n_digits; i++) {
    guint nibble = octets[i / 2] >> (i % 2 ? 4 : 0) & 0x0f;
    if (nibble < sizeof digits - 1) /* else it fills */
      g_string_append_c (number, digits[nibble]);
  }
  return g_string_free (number, FALSE);
}

/* Two decimal digits, the first one in the low half; -1 when they are not decimal. */
static int
swapped_decimal (uint8_t octet)
{
  return (octet & 0x0f) > 9 || octet >> 4 > 9 ? -1 : (octet & 0x0f) * 10 + (octet >> 4);
}

/* 9.2.3.11: local time, and the quarters of an hour that it is ahead of UTC (the sign is bit
 * 3). Unix time in us; 0 when it is none: a text is not lost for a wrong clock. */
static int64_t
read_time (PlReader *r)
{
  const uint8_t *octets = pl_reader_bytes (r, 7);
  int part[6];

  if (octets == NULL)
    return 0;
  for (guint i = 0; i < G_N_ELEMENTS (part); i++) {
    part[i] = swapped_decimal (octets[i]);
    if (part[i] < 0)
      return 0;
  }
  int quarters = MAX (swapped_decimal (octets[6] & ~0x08), 0);
  g_autoptr (GDateTime) local = g_date_time_new_utc (
      part[0] + (part[0] < 90 ? 2000 : 1900), part[1], part[2], part[3], part[4], part[5]);
  if (local == NULL)
    return 0;
  int64_t ahead_s = (octets[6] & 0x08 ? -15 : 15) * 60 * (int64_t) quarters;
  return (g_date_time_to_unix (local) - ahead_s) * G_USEC_PER_SEC;
}

/* TS 23.038 section 4. Reserved codings are the default alphabet, as it wants. */
static void
read_dcs (uint8_t dcs, Coding *coding)
{
  guint group = dcs >> 4;
  static const Alphabet general[]
      = { ALPHABET_GSM7, ALPHABET_OCTETS, ALPHABET_UCS2, ALPHABET_GSM7 };

  if (group < 0x8) {
    coding->compressed = (dcs & 0x20) != 0;
    coding->alphabet = general[dcs >> 2 & 3];
    coding->flash = (dcs & 0x13) == 0x10;
  } else if (group == 0xf) {
    coding->alphabet = dcs & 0x04 ? ALPHABET_OCTETS : ALPHABET_GSM7;
    coding->flash = (dcs & 0x03) == 0;
  } else if (group >= 0xc) {
    coding->alphabet = group == 0xe ? ALPHABET_UCS2 : ALPHABET_GSM7;
    coding->waiting = TRUE;
    coding->voice = (dcs & 0x03) == 0;
    coding->discard = group == 0xc;
    coding->n_waiting = dcs & 0x08 ? -1 : 0;
  }
}

/* 9.2.3.24.1 and 9.2.3.24.8: numbers that make no sense make the element void. */
static void
set_concatenation (Coding *coding, uint16_t ref, uint8_t total, uint8_t seq)
{
  if (total == 0 || seq == 0 || seq > total)
    return;
  coding->ref = ref;
  coding->total = total;
  coding->seq = seq;
}

/* 9.2.3.24. An element of a length that is not its own is skipped like an unknown one. */
static void
read_element (uint8_t id, PlReader e, Coding *coding)
{
  const uint8_t *data = e.data;

  switch (id << 8 | (int) e.len) {
  case 0x0003:
    set_concatenation (coding, data[0], data[1], data[2]);
    break;
  case 0x0804:
    set_concatenation (coding, (uint16_t) (data[0] << 8 | data[1]), data[2], data[3]);
    break;
  case 0x0102: /* 9.2.3.24.2: a number is better than what the coding scheme knows */
    coding->waiting = TRUE;
    coding->voice = (data[0] & 0x1f) == 0;
    coding->discard = (data[0] & 0x80) == 0;
    coding->n_waiting = data[1];
    break;
  case 0x0402:
    coding->port = data[0];
    break;
  case 0x0504:
    coding->port = (uint16_t) (data[0] << 8 | data[1]);
    break;
  case 0x2401:
    coding->single = data[0];
    break;
  case 0x2501:
    coding->locking = data[0];
    break;
  default:
    break;
  }
}

static void
read_header (const uint8_t *header, size_t len, Coding *coding)
{
  PlReader r = PL_READER_INIT (header, len);

  while (pl_reader_left (&r) > 0) {
    uint8_t id = pl_reader_u8 (&r);
    uint8_t element_len = pl_reader_u8 (&r);
    const uint8_t *data = pl_reader_bytes (&r, element_len);
    if (data)
      read_element (id, (PlReader) PL_READER_INIT (data, element_len), coding);
  }
}

/* Takes what a terminal or a C string would choke on out of a text, and what only pl_sms_join()
 * knows. */
static void
append_clean (GString *text, gunichar c)
{
  if (c == 0)
    return;
  if ((g_unichar_iscntrl (c) && strchr ("\n\r\t\f", (int) c) == NULL) || c >= PL_SMS_HALF)
    c = 0xfffd;
  g_string_append_unichar (text, c);
}

/* Half of a surrogate pair: kept where the other half is in the part next to this one. */
static void
append_half (GString *text, gunichar half, gboolean at_edge)
{
  g_string_append_unichar (text, at_edge ? PL_SMS_HALF + half - 0xd800 : 0xfffd);
}

/* UCS-2 in the standard; the phones send UTF-16. */
static char *
decode_utf16 (const uint8_t *octets, size_t len, const Coding *coding)
{
  GString *text = g_string_sized_new (len + 1);

  for (size_t i = 0; i + 1 < len; i += 2) {
    gunichar c = (gunichar) (octets[i] << 8 | octets[i + 1]);
    gunichar low = i + 3 < len ? (gunichar) (octets[i + 2] << 8 | octets[i + 3]) : 0;
    if ((c & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
      append_clean (text, 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)));
      i += 2;
    } else if ((c & 0xfc00) == 0xd800) {
      append_half (text, c, i + 3 >= len && coding->seq < coding->total);
    } else if ((c & 0xfc00) == 0xdc00) {
      append_half (text, c, i == 0 && coding->seq > 1);
    } else {
      append_clean (text, c);
    }
  }
  return g_string_free (text, FALSE);
}

/* Octets are for applications; but some senders write plain text with them. NULL: no text. */
static char *
decode_octets (const uint8_t *octets, size_t len)
{
  if (!g_utf8_validate_len ((const char *) octets, len, NULL))
    return NULL;
  g_autofree char *all = g_strndup ((const char *) octets, len);
  for (const char *p = all; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if ((g_unichar_iscntrl (c) && strchr ("\n\r\t", *p) == NULL) || c >= PL_SMS_HALF)
      return NULL;
  }
  return g_steal_pointer (&all);
}

static char *
decode_septets (const uint8_t *octets, size_t len, guint n_all, size_t header_len,
                const Coding *coding)
{
  uint8_t septets[MAX_SEPTETS];
  guint n_header = (guint) (header_len * 8 + 6) / 7; /* the text begins at a whole septet */

  if (n_header >= n_all)
    return g_strdup ("");
  size_t n = pl_gsm7_unpack (octets, len, n_header * 7, septets, n_all - n_header);
  return pl_gsm7_decode (septets, n, coding->locking, coding->single);
}

/* 9.2.3.16 and 9.2.3.24: length (septets or octets), header, text. @text NULL: none in it. */
static void
read_user_data (PlReader *r, gboolean has_header, Coding *coding, char **text)
{
  gboolean packed = coding->alphabet == ALPHABET_GSM7 && !coding->compressed;
  guint n = pl_reader_u8 (r);
  size_t len = packed ? (n * 7 + 7) / 8 : n;
  size_t header_len = 0;

  if (len > MAX_OCTETS)
    r->failed = TRUE;
  const uint8_t *octets = pl_reader_bytes (r, len);
  if (octets == NULL)
    return;
  if (has_header) {
    header_len = len > 0 ? octets[0] + 1u : 1;
    if (header_len > len) {
      r->failed = TRUE;
      return;
    }
    read_header (octets + 1, header_len - 1, coding);
  }
  if (packed)
    *text = decode_septets (octets, len, n, header_len, coding);
  else if (coding->alphabet == ALPHABET_UCS2 && !coding->compressed)
    *text = decode_utf16 (octets + header_len, len - header_len, coding);
  else if (!coding->compressed)
    *text = decode_octets (octets + header_len, len - header_len);
}

/* What a message that was sent to us is. */
static PlSmsKind
find_kind (uint8_t pid, const Coding *coding, const char *text)
{
  /* 9.2.3.9: 0x40 type 0; 0x7c to 0x7f are for the card and the modem. */
  if (pid == 0x40 || (pid >= 0x7c && pid <= 0x7f))
    return PL_SMS_SILENT;
  if (coding->port == PORT_WAP_PUSH || coding->port == PORT_WAP_PUSH_TLS)
    return PL_SMS_WAP_PUSH;
  if (coding->waiting && coding->voice)
    return PL_SMS_WAITING;
  if (coding->waiting && coding->discard) /* a fax or a mail waits: nobody here shows it */
    return PL_SMS_SILENT;
  return text ? PL_SMS_TEXT : PL_SMS_UNKNOWN;
}

/* The second half of a deliver and of a submit, from @dcs on. */
static void
read_content (PlReader *r, uint8_t dcs, gboolean has_header, Coding *coding, PlSmsPart *part)
{
  read_dcs (dcs, coding);
  read_user_data (r, has_header, coding, &part->text);
  part->flash = coding->flash;
  part->waiting = coding->n_waiting;
  part->ref = coding->ref;
  part->total = MAX (coding->total, 1);
  part->seq = MAX (coding->seq, 1);
}

/* 9.2.2.1 */
static void
read_deliver (PlReader *r, uint8_t first, PlSmsPart *part)
{
  Coding coding = { 0 };

  part->number = read_address (r);
  uint8_t pid = pl_reader_u8 (r);
  uint8_t dcs = pl_reader_u8 (r);
  part->time_us = read_time (r);
  read_content (r, dcs, (first & FIRST_UDHI) != 0, &coding, part);
  part->kind = find_kind (pid, &coding, part->text);
}

/* 9.2.2.2 */
static void
read_submit (PlReader *r, uint8_t first, PlSmsPart *part)
{
  Coding coding = { 0 };

  pl_reader_u8 (r); /* message reference: the modem's to choose */
  part->number = read_address (r);
  pl_reader_u8 (r); /* protocol identifier */
  uint8_t dcs = pl_reader_u8 (r);
  if ((first & FIRST_VPF) != 0)
    pl_reader_bytes (r, (first & FIRST_VPF) == VPF_RELATIVE ? 1 : 7);
  read_content (r, dcs, (first & FIRST_UDHI) != 0, &coding, part);
  part->kind = PL_SMS_OURS;
}

/* 9.2.2.3 */
static void
read_report (PlReader *r, PlSmsPart *part)
{
  part->kind = PL_SMS_REPORT;
  part->report_mr = pl_reader_u8 (r);
  part->number = read_address (r);
  part->time_us = read_time (r);
  read_time (r); /* when it was delivered */
  part->report_status = pl_reader_u8 (r);
  part->total = part->seq = 1;
}

PlSmsPart *
pl_sms_pdu_parse (const uint8_t *data, size_t len, GError **error)
{
  PlReader r = PL_READER_INIT (data, len);
  g_autoptr (PlSmsPart) part = g_new0 (PlSmsPart, 1);

  pl_reader_bytes (&r, pl_reader_u8 (&r)); /* the service centre: not of interest */
  uint8_t first = pl_reader_u8 (&r);
  if ((first & MTI_MASK) == MTI_SUBMIT)
    read_submit (&r, first, part);
  else if ((first & MTI_MASK) == MTI_REPORT)
    read_report (&r, part);
  else /* 9.2.3.1: the reserved type is read as a deliver */
    read_deliver (&r, first, part);

  /* More than expected may follow: modems pad, and reports have optional parameters. */
  if (r.failed) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
                 "short message malformed after octet %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT,
                 r.pos, len);
    return NULL;
  }
  part->raw = g_bytes_new (data, len);
  return g_steal_pointer (&part);
}

/* NULL when @hex is not pairs of hexadecimal digits. */
static GByteArray *
read_hex (const char *hex, size_t len)
{
  g_autoptr (GByteArray) octets = g_byte_array_sized_new ((guint) len / 2 + 1);

  if (len == 0 || len % 2 != 0)
    return NULL;
  for (size_t i = 0; i < len; i += 2) {
    int high = g_ascii_xdigit_value (hex[i]);
    int low = g_ascii_xdigit_value (hex[i + 1]);
    if (high < 0 || low < 0)
      return NULL;
    pl_write_u8 (octets, (uint8_t) (high << 4 | low));
  }
  return g_steal_pointer (&octets);
}

PlSmsPart *
pl_sms_part_from_hex (const char *hex)
{
  size_t len = strnlen (hex, 2 * PL_MAX_SMS_RAW);
  g_autoptr (GByteArray) octets = read_hex (hex, len);
  PlSmsPart *part = octets ? pl_sms_pdu_parse (octets->data, octets->len, NULL) : NULL;

  if (part)
    return part;
  part = g_new0 (PlSmsPart, 1);
  part->kind = PL_SMS_UNKNOWN;
  part->total = part->seq = 1;
  part->raw = octets ? g_byte_array_free_to_bytes (g_steal_pointer (&octets))
                     : g_bytes_new (hex, len);
  return part;
}
