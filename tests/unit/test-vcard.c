/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/vcard.h"
#include "tests/lib/pl-test.h"

#include <string.h>

#ifdef HAVE_GAMMU
#include <gammu.h>
#endif

/* "NAME: NUMBER NUMBER" of each, with a comma between. */
static char *
print (const GPtrArray *cards)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < cards->len; i++) {
    const PlVcard *card = g_ptr_array_index (cards, i);
    g_string_append_printf (text, "%s%s:", i ? ", " : "", card->name);
    for (guint n = 0; n < card->numbers->len; n++)
      g_string_append_printf (text, " <%s>", (char *) g_ptr_array_index (card->numbers, n));
  }
  return g_string_free (text, FALSE);
}

#define CARD(lines_) "BEGIN:VCARD\r\n" lines_ "END:VCARD\r\n"

/* As phones and address books write them. */
static const struct {
  const char *name, *file, *expected;
} cases[] = {
  { "android-2.1",
    CARD ("VERSION:2.1\r\n"
          "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;\r\n"
          "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg=20M=C3=BC=\r\nller\r\n"
          "TEL;CELL:+49 151 1234567\r\nTEL;HOME;PREF:030/1234567\r\n"
          "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRg\r\n TEL:666\r\n\r\n"),
    "J\xc3\xb6rg M\xc3\xbcller: <+49 151 1234567> <030/1234567>" },
  { "nokia-latin-1",
    CARD ("VERSION:2.1\r\n"
          "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;Anna\r\nTEL:1\r\n"),
    "Anna M\xc3\xbcller: <1>" },
  { "no-charset", CARD ("N:M\xfcller;Anna\r\nTEL:1\r\n"), "Anna M\xc3\xbcller: <1>" },
  { "apple-3.0",
    CARD ("VERSION:3.0\r\nPRODID:-//Apple Inc.//iPhone OS 16.0//EN\r\n"
          "N:Doe;Jane;Q.;Dr.;Jr.\r\nFN:Dr. Jane Q. Doe\\, Jr.\r\n"
          "item1.TEL;type=pref:(555) 123-4567\r\nTEL;type=CELL;type=VOICE:+1 (555) 98\r\n"
          " 7-6543\r\nitem1.X-ABLabel:_$!<HomeFAX>!$_\r\n"),
    "Dr. Jane Q. Doe, Jr.: <(555) 123-4567> <+1 (555) 987-6543>" },
  { "4.0",
    CARD ("VERSION:4.0\r\nFN:Max\r\n"
          "TEL;VALUE=uri;PREF=1;TYPE=\"voice,ho:me\":tel:+1-555-555-5555;ext=5555\r\n"),
    "Max: <+1-555-555-5555>" },
  { "structured-only", CARD ("N:van\\;Dyke;Dick;;Mr.;\r\ntel:1\r\n"),
    "Mr. Dick van;Dyke: <1>" },
  { "company", CARD ("N:;;;;\r\nFN:\r\nORG:Pizza\r\nTEL:1\r\n"), "Pizza: <1>" },
  { "line-breaks", "begin:vcard\nFN:a\\nb\nTEL;TYPE=cell:1,,2\nend:vcard", "a b: <1>" },
  { "agent", CARD ("FN:a\r\nAGENT:\r\n" CARD ("FN:b\r\nTEL:2\r\n") "TEL:1\r\n"), "a: <1>" },
  { "nobody", CARD ("TEL:1\r\n") CARD ("FN:a\r\n") CARD ("FN:b\r\nTEL:2\r\n"), "b: <2>" },
  { "bom", "\xef\xbb\xbf" CARD ("FN:a\r\nTEL:1\r\n"), "a: <1>" },
  { "not-ended", CARD ("FN:a\r\nTEL:1\r\n") "BEGIN:VCARD\r\nFN:b\r\nTEL:2\r\n", "a: <1>" },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) cards
        = pl_vcard_parse (cases[i].file, strlen (cases[i].file), &error);
    g_assert_no_error (error);
    g_autofree char *found = print (cards);
    g_test_message ("%s", cases[i].name);
    g_assert_cmpstr (found, ==, cases[i].expected);
  }
}

static void
test_utf16 (void)
{
  const char *text = "\xef\xbb\xbf" CARD ("FN:\xc3\xa9\r\nTEL:1\r\n");
  gsize len;
  g_autofree char *utf16 = g_convert (text, -1, "UTF-16LE", "UTF-8", NULL, &len, NULL);
  g_autoptr (GPtrArray) cards = pl_vcard_parse (utf16, len, NULL);
  g_autofree char *found = print (cards);

  g_assert_cmpstr (found, ==, "\xc3\xa9: <1>");
}

static void
test_no_vcard (void)
{
  static const char *const files[]
      = { "", "hello", "\xff\xfe\xd8", "BEGIN:VCARD\nFN:a\nTEL:1\n" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (pl_vcard_parse (files[i], strlen (files[i]), &error));
    g_assert_nonnull (error);
  }
}

static void
test_limits (void)
{
  g_autoptr (GString) file = g_string_new ("BEGIN:VCARD\nFN:");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < PL_MAX_VCARD_LINE; i++)
    g_string_append (file, "x\n y");
  for (guint i = 0; i <= PL_MAX_VCARD_NUMBERS; i++)
    g_string_append (file, "\nTEL:1");
  g_string_append (file, "\nEND:VCARD\n");
  g_autoptr (GPtrArray) cards = pl_vcard_parse (file->str, file->len, NULL);
  const PlVcard *card = g_ptr_array_index (cards, 0);
  g_assert_cmpuint (strlen (card->name), <, PL_MAX_VCARD_LINE);
  g_assert_cmpuint (card->numbers->len, ==, PL_MAX_VCARD_NUMBERS);

  g_string_truncate (file, 0);
  for (guint i = 0; i <= PL_MAX_CONTACTS; i++)
    g_string_append (file, CARD ("FN:a\r\nTEL:1\r\n"));
  g_assert_null (pl_vcard_parse (file->str, file->len, &error));
  g_assert_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT);
}

#ifdef HAVE_GAMMU

/* libgammu's strings are UTF-16, big endian, ended by two zeros. */
static char *
from_gammu (const unsigned char *utf16)
{
  gsize len = 0;

  while (utf16[len] || utf16[len + 1])
    len += 2;
  return g_convert ((const char *) utf16, (gssize) len, "UTF-8", "UTF-16BE", NULL, NULL, NULL);
}

static gboolean
is_number (GSM_EntryType type)
{
  return type == PBK_Number_General || type == PBK_Number_Mobile || type == PBK_Number_Other;
}

/* What libgammu's decoder finds ours finds too; it does not know groups ("item1.TEL"). */
static void
test_gammu (void)
{
  static const char *const same[] = { "android-2.1", "apple-3.0", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *file = g_strdup (cases[i].file);
    GSM_MemoryEntry entry = { 0 };
    size_t pos = 0;
    if (!g_strv_contains (same, cases[i].name))
      continue;
    g_assert_cmpint (GSM_DecodeVCARD (NULL, file, &pos, &entry, Nokia_VCard21), ==, ERR_NONE);
    g_autoptr (GPtrArray) cards = pl_vcard_parse (file, strlen (file), NULL);
    const PlVcard *card = g_ptr_array_index (cards, 0);
    guint n = 0;
    for (int e = 0; e < entry.EntriesNum; e++) {
      if (!is_number (entry.Entries[e].EntryType))
        continue;
      g_autofree char *number = from_gammu (entry.Entries[e].Text);
      g_assert_true (
          g_ptr_array_find_with_equal_func (card->numbers, number, g_str_equal, NULL));
      n++;
    }
    g_assert_cmpuint (n, >, 0);
  }
}

#endif

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
  g_test_add_func ("/vcard/cases", test_cases);
  g_test_add_func ("/vcard/utf-16", test_utf16);
  g_test_add_func ("/vcard/no-vcard", test_no_vcard);
  g_test_add_func ("/vcard/limits", test_limits);
#ifdef HAVE_GAMMU
  g_test_add_func ("/vcard/gammu", test_gammu);
#endif
  return g_test_run ();
}
