/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/limits.h"
#include "proto/authorized.h"
#include "proto/identity.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t len);

static void
assert_same (const PlAuthorized *a, const PlAuthorized *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpint (a->rights, ==, b->rights);
  g_assert_cmpstr (a->identity, ==, b->identity);
}

/* What was understood is written as it was meant; names can be told to clients. */
static void
assert_round_trip (GPtrArray *clients)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_cmpuint (clients->len, <=, PL_MAX_CLIENTS);
  for (guint i = 0; i < clients->len; i++) {
    const PlAuthorized *client = g_ptr_array_index (clients, i);
    g_autofree char *line = pl_authorized_print (client);
    g_assert_true (g_utf8_validate (client->name, -1, /* end = */ NULL));
    g_assert_true (pl_identity_is_public (client->identity));
    g_string_append (text, line);
  }
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
  g_autoptr (GPtrArray) again = pl_authorized_parse (text->str, flaws);
  g_assert_cmpuint (flaws->len, ==, 0);
  g_assert_cmpuint (again->len, ==, clients->len);
  for (guint i = 0; i < clients->len; i++)
    assert_same (g_ptr_array_index (clients, i), g_ptr_array_index (again, i));
}

/* Whatever a client calls itself, its line can be read. */
static void
assert_name (const char *text, const PlIdentity *identity)
{
  PlAuthorized client = { .name = pl_authorized_make_name (text), .rights = PL_RIGHT_SMS };
  g_autofree char *name = client.name;
  g_autofree char *public_text = g_strdup (pl_identity_get_public (identity));

  client.identity = public_text;
  g_assert_cmpuint (strlen (name), <=, PL_MAX_MEMBER_NAME);
  g_autofree char *line = pl_authorized_print (&client);
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();
  g_autoptr (GPtrArray) clients = pl_authorized_parse (line, flaws);
  g_assert_cmpuint (flaws->len, ==, 0);
  g_assert_cmpuint (clients->len, ==, 1);
  assert_same (g_ptr_array_index (clients, 0), &client);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t len)
{
  static PlIdentity *ours;
  g_autofree char *text = g_strndup ((const char *) data, len);
  g_autoptr (GPtrArray) flaws = g_ptr_array_new ();

  if (ours == NULL)
    ours = pl_identity_new ();
  g_autoptr (GPtrArray) clients = pl_authorized_parse (text, flaws);
  assert_round_trip (clients);
  if (g_utf8_validate (text, -1, /* end = */ NULL))
    assert_name (text, ours);
  g_autoptr (PlIdentity) identity G_GNUC_UNUSED = pl_identity_parse (text, NULL);
  g_autoptr (GBytes) secret G_GNUC_UNUSED = pl_identity_agree (ours, text, NULL);
  return 0;
}
