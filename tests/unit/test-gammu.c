/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/sms-join.h"
#include "proto/sms-pdu.h"
#include "tests/lib/pl-test.h"

#include <string.h>

/* Our short message codec against the one of libgammu: what one writes the other reads. It is a
 * library of the tests only. */

#ifdef HAVE_GAMMU

#include <gammu.h>

#define NUMBER "+4915112345678"
#define EMOJI  "\xf0\x9f\x98\x80"
#define EURO   "\xe2\x82\xac"

static const struct {
  const char *piece;
  guint n;
} texts[] = {
  { "Hello, world", 1 },
  { "@\xc2\xa3$\xc2\xa5\xc3\xa8\xc3\xa9\xc3\xb9\xc3\xac\xc3\xb2\xc3\x87\n\xc3\x98\xc3\xb8", 1 },
  { "\xce\x94_\xce\xa6\xce\x93\xce\x9b\xce\xa9\xce\xa0\xce\xa8\xce\xa3\xce\x98\xce\x9e", 1 },
  { "\xc3\x84\xc3\x96\xc3\x91\xc3\x9c\xc2\xa7\xc2\xbf\xc3\xa4\xc3\xb6\xc3\xb1\xc3\xbc\xc3\xa0",
    1 },
  { "^{}\\[~]|" EURO, 1 },
  { "a", 160 },
  { "a", 161 },
  { EURO, 80 },
  { EURO, 81 },
  { "abc{", 200 },
  { "\xc3\xa7 gar\xc3\xa7on", 1 }, /* not in the alphabet: UCS-2 */
  { "\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xe4\xbd\xa0\xe5\xa5\xbd", 1 },
  { EMOJI, 1 },
  { EMOJI, 35 },
  { EMOJI "x", 60 },
  { "\xd0\x9f", 500 },
};

static char *
repeat (guint i)
{
  GString *text = g_string_new (NULL);

  for (guint n = 0; n < texts[i].n; n++)
    g_string_append (text, texts[i].piece);
  return g_string_free (text, FALSE);
}

/* libgammu's strings are UTF-16, big endian, ended by two zeros. */
static char *
from_gammu (const unsigned char *utf16)
{
  g_autoptr (GError) error = NULL;
  gsize len = 0;

  while (utf16[len] || utf16[len + 1])
    len += 2;
  char *text
      = g_convert ((const char *) utf16, (gssize) len, "UTF-8", "UTF-16BE", NULL, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
to_gammu (unsigned char *utf16, gsize size, const char *text)
{
  gsize len = 0;
  g_autofree char *all = g_convert (text, -1, "UTF-16BE", "UTF-8", NULL, &len, NULL);

  g_assert_cmpuint (len + 2, <=, size);
  memcpy (utf16, all, len);
  utf16[len] = utf16[len + 1] = 0;
}

static GByteArray *
from_hex (const char *hex)
{
  GByteArray *octets = g_byte_array_new ();

  for (; *hex; hex += 2) {
    uint8_t octet
        = (uint8_t) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
    g_byte_array_append (octets, &octet, 1);
  }
  return octets;
}

static char *
to_hex (const GByteArray *octets)
{
  GString *hex = g_string_new (NULL);

  for (guint i = 0; i < octets->len; i++)
    g_string_append_printf (hex, "%02X", octets->data[i]);
  return g_string_free (hex, FALSE);
}

static void
test_ours_to_gammu (void)
{
  const PlSmsSubmit submit = { .number = NUMBER, .ref = 0x42, .validity_s = 86400 };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = repeat (i);
    g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (text, NULL);
    g_autoptr (GString) read = g_string_new (NULL);
    guint n = pl_sms_plan_get_n_parts (plan), length;

    for (guint part = 1; part <= n; part++) {
      g_autofree char *hex = pl_sms_plan_encode (plan, part, &submit, &length, NULL);
      g_autoptr (GByteArray) octets = from_hex (hex);
      g_autofree GSM_SMSMessage *sms = g_new0 (GSM_SMSMessage, 1);
      size_t end = 0;

      g_assert_cmpint (GSM_DecodePDUFrame (NULL, sms, octets->data, octets->len, &end, TRUE),
                       ==, ERR_NONE);
      g_assert_cmpuint (end, ==, octets->len);
      g_assert_cmpint (sms->PDU, ==, SMS_Submit);
      g_autofree char *number = from_gammu (sms->Number);
      g_assert_cmpstr (number, ==, NUMBER);
      if (n > 1) {
        g_assert_cmpint (sms->UDH.ID8bit, ==, 0x42);
        g_assert_cmpint (sms->UDH.AllParts, ==, (int) n);
        g_assert_cmpint (sms->UDH.PartNumber, ==, (int) part);
      }
      g_autofree char *piece = from_gammu (sms->Text);
      g_string_append (read, piece);
    }
    g_assert_cmpstr (read->str, ==, text);
  }
}

/* One part as a service centre would deliver it: GSM_EncodeSMSFrame() fills a frame of fixed
 * places, from which the PDU is put together. */
static char *
encode_deliver (GSM_SMSMessage *sms, const char *sender)
{
  const GSM_SMSMessageLayout *at = &PHONE_SMSDeliver;
  unsigned char frame[800] = { 0 };
  g_autoptr (GByteArray) pdu = g_byte_array_new ();
  int length = 0;

  sms->PDU = SMS_Deliver;
  sms->DateTime = (GSM_DateTime){
    .Year = 2026, .Month = 11, .Day = 20, .Hour = 10, .Minute = 11, .Second = 12
  };
  to_gammu (sms->Number, sizeof sms->Number, sender);
  to_gammu (sms->SMSC.Number, sizeof sms->SMSC.Number, "+49171076");
  g_assert_cmpint (GSM_EncodeSMSFrame (NULL, sms, frame, *at, &length, TRUE), ==, ERR_NONE);
  g_byte_array_append (pdu, frame + at->SMSCNumber, frame[at->SMSCNumber] + 1u);
  g_byte_array_append (pdu, frame + at->firstbyte, 1);
  g_byte_array_append (pdu, frame + at->Number, (frame[at->Number] + 1u) / 2 + 2);
  g_byte_array_append (pdu, frame + at->TPPID, 1);
  g_byte_array_append (pdu, frame + at->TPDCS, 1);
  g_byte_array_append (pdu, frame + at->DateTime, 7);
  g_byte_array_append (pdu, frame + at->TPUDL, 1);
  g_byte_array_append (pdu, frame + at->Text, (guint) length - at->Text);
  return to_hex (pdu);
}

static GSM_MultiSMSMessage *
split_by_gammu (const char *text, gboolean unicode)
{
  g_autofree GSM_MultiPartSMSInfo *info = g_new0 (GSM_MultiPartSMSInfo, 1);
  g_autofree unsigned char *utf16 = g_malloc0 (strlen (text) * 2 + 2);
  GSM_MultiSMSMessage *all = g_new0 (GSM_MultiSMSMessage, 1);

  to_gammu (utf16, strlen (text) * 2 + 2, text);
  GSM_ClearMultiPartSMSInfo (info);
  info->Class = -1;
  info->EntriesNum = 1;
  info->UnicodeCoding = unicode;
  info->Entries[0].ID = SMS_ConcatenatedTextLong;
  info->Entries[0].Buffer = utf16;
  g_assert_cmpint (GSM_EncodeMultiPartSMS (NULL, info, all), ==, ERR_NONE);
  return all;
}

static gboolean
is_gsm7 (const char *text)
{
  g_autoptr (PlSmsPlan) plan = pl_sms_plan_new (text, NULL);
  const PlSmsSubmit submit = { .number = "1" };
  guint length;
  g_autofree char *hex = pl_sms_plan_encode (plan, 1, &submit, &length, NULL);

  return memcmp (hex + 14, "00", 2) == 0; /* the data coding scheme */
}

static void
test_gammu_to_ours (void)
{
  static const char *const senders[] = { NUMBER, "01511234567", "Google", "Info-Box 12" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = repeat (i);
    g_autofree GSM_MultiSMSMessage *all = split_by_gammu (text, !is_gsm7 (text));
    g_auto (GStrv) texts_read = g_new0 (char *, (gsize) all->Number + 1);
    const char *sender = senders[i % G_N_ELEMENTS (senders)];
    guint missing;

    for (int k = 0; k < all->Number; k++) {
      g_autofree char *hex = encode_deliver (&all->SMS[k], sender);
      g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (hex);
      g_assert_cmpint (part->kind, ==, PL_SMS_TEXT);
      g_assert_cmpstr (part->number, ==, sender);
      g_assert_cmpuint (part->total, ==, (guint) all->Number);
      /* libgammu writes no time zone. */
      g_assert_cmpint (part->time_us, ==, G_GINT64_CONSTANT (1795169472) * G_USEC_PER_SEC);
      texts_read[part->seq - 1] = g_steal_pointer (&part->text);
    }
    g_autofree char *joined
        = pl_sms_join ((const char *const *) texts_read, (guint) all->Number, &missing);
    g_assert_cmpuint (missing, ==, 0);
    g_assert_cmpstr (joined, ==, text);
  }
}

/* Times east and west of Greenwich. */
static void
test_time (void)
{
  static const char *const zones[] = { "00", "40", "80", "22", "48", "0A", "4A" };

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++) {
    g_autofree char *hex
        = g_strdup_printf ("07911326040000F004038111F20000621102011121%s02C834", zones[i]);
    g_autoptr (GByteArray) octets = from_hex (hex);
    g_autofree GSM_SMSMessage *sms = g_new0 (GSM_SMSMessage, 1);
    g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (hex);
    const GSM_DateTime *t = &sms->DateTime;

    g_assert_cmpint (GSM_DecodePDUFrame (NULL, sms, octets->data, octets->len, NULL, TRUE), ==,
                     ERR_NONE);
    g_autoptr (GDateTime) local
        = g_date_time_new_utc (t->Year, t->Month, t->Day, t->Hour, t->Minute, t->Second);
    g_assert_cmpint (part->time_us, ==,
                     (g_date_time_to_unix (local) - t->Timezone) * G_USEC_PER_SEC);
  }
}

static void
test_report (void)
{
  static const char hex[] = "00062A0D91945111325476F8621102011121406211020111614000";
  g_autoptr (GByteArray) octets = from_hex (hex);
  g_autofree GSM_SMSMessage *sms = g_new0 (GSM_SMSMessage, 1);
  g_autoptr (PlSmsPart) part = pl_sms_part_from_hex (hex);

  g_assert_cmpint (GSM_DecodePDUFrame (NULL, sms, octets->data, octets->len, NULL, TRUE), ==,
                   ERR_NONE);
  g_autofree char *number = from_gammu (sms->Number);
  g_assert_cmpint (sms->PDU, ==, SMS_Status_Report);
  g_assert_cmpstr (part->number, ==, number);
  g_assert_cmpuint (part->report_mr, ==, sms->MessageReference);
  g_assert_cmpuint (part->report_status, ==, sms->DeliveryStatus);
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/gammu/ours-to-gammu", test_ours_to_gammu);
  g_test_add_func ("/gammu/gammu-to-ours", test_gammu_to_ours);
  g_test_add_func ("/gammu/time", test_time);
  g_test_add_func ("/gammu/report", test_report);
  return g_test_run ();
}

#else

static void
test_absent (void)
{
  g_test_skip ("built without libgammu (libgammu-dev)");
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/gammu", test_absent);
  return g_test_run ();
}

#endif
