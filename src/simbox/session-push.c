/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/limits.h"
#include "link/aes-gcm.h"

#include <string.h>

/* Where this client's browser is reached while no page of it is open. What is refused here
 * would be refused by the server each time it rings. */

static gboolean
invalid (const char *key, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s' is none", key);
  return FALSE;
}

static gboolean
is_graphic (const char *text, gsize max)
{
  gsize n = 0;

  while (g_ascii_isgraph (text[n]))
    n++;
  return text[n] == '\0' && n > 0 && n <= max;
}

static gboolean
is_seal_key (const char *text)
{
  gsize len;

  if (!is_graphic (text, PL_MAX_PUSH_KEY))
    return FALSE;
  g_free (g_base64_decode (text, &len));
  return len == PL_AES_GCM_KEY_LEN;
}

static gboolean
check (const PlPushSubscription *subscription, GError **error)
{
  if (!g_str_has_prefix (subscription->endpoint, "https://")
      || !is_graphic (subscription->endpoint, PL_MAX_PUSH_ENDPOINT))
    return invalid ("endpoint", error);
  if (!is_graphic (subscription->p256dh, PL_MAX_PUSH_KEY))
    return invalid ("p256dh", error);
  if (!is_graphic (subscription->auth, PL_MAX_PUSH_KEY))
    return invalid ("auth", error);
  return is_seal_key (subscription->key) || invalid ("key", error);
}

static void
look (PlBoxSession *self)
{
  if (self->box->pusher)
    pl_pusher_look (self->box->pusher);
}

GVariant *
pl_box_session_set_push (PlBoxSession *self, GVariant *params, GError **error)
{
  PlPushSubscription subscription = { .client = self->who->identity };

  if (!pl_box_session_get (params, "endpoint", "&s", &subscription.endpoint, error)
      || !pl_box_session_get (params, "p256dh", "&s", &subscription.p256dh, error)
      || !pl_box_session_get (params, "auth", "&s", &subscription.auth, error)
      || !pl_box_session_get (params, "key", "&s", &subscription.key, error)
      || !check (&subscription, error)
      || !pl_store_set_push (self->box->store, &subscription, error))
    return NULL;
  look (self);
  return pl_box_session_nothing ();
}

GVariant *
pl_box_session_clear_push (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *endpoint;

  if (!pl_box_session_get (params, "endpoint", "&s", &endpoint, error)
      || !pl_store_clear_push (self->box->store, self->who->identity, endpoint, error))
    return NULL;
  look (self);
  return pl_box_session_nothing ();
}
