/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/handshake-private.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static PlHandshake *
new_end (const char *own_id, const char *remote_id)
{
  static const uint8_t instance[PL_HANDSHAKE_INSTANCE_LEN] = { 1 };
  PlHandshakeConfig config
      = { "417-walnut-harbor-ember", "417", own_id, remote_id, "name", instance, NULL };
  PlHandshakeRandom random = { .scalar = { own_id[0] }, .nonce = { own_id[0] } };
  return pl_handshake_new_with_random (&config, &random);
}

static void
pass (PlHandshake *from, PlHandshake *to)
{
  g_autofree char *body = pl_handshake_next_body (from);
  g_autofree char *message = NULL;
  g_autoptr (GError) error = NULL;
  if (!pl_handshake_feed (to, body, &message, &error))
    g_error ("an honest body was refused: %s", error->message);
}

/* The first byte says how far an honest handshake has come when the rest, lines of text that
 * are bodies, arrives. True or an error; nobody without the key gets a message through. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0)
    return 0;
  g_autoptr (PlHandshake) a = new_end ("a", "b");
  g_autoptr (PlHandshake) b = new_end ("b", "a");
  guint progress = data[0] % 3;
  g_autofree char *text = g_strndup ((const char *) data + 1, size - 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 16);

  if (progress > 0)
    pass (b, a);
  if (progress > 1) {
    pass (a, b);
    pass (b, a);
  }
  for (char **line = lines; *line; line++) {
    g_autofree char *message = NULL;
    g_autoptr (GError) error = NULL;
    gboolean ok = pl_handshake_feed (a, *line, &message, &error);
    g_assert (ok == (error == NULL));
    g_assert (message == NULL);
    g_assert (ok || pl_handshake_get_state (a) == PL_HANDSHAKE_FAILED);
  }
  return 0;
}
