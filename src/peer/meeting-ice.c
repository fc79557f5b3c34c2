/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-meeting"

#include "peer/meeting-ice.h"

#include "base/clock.h"
#include "base/ice-server.h"
#include "base/log.h"

struct _PlMeetingIce {
  GPtrArray *configured; /* may be NULL */
  GPtrArray *given;
  int64_t refresh_at;
};

PlMeetingIce *
pl_meeting_ice_new (GPtrArray *configured)
{
  PlMeetingIce *self = g_new0 (PlMeetingIce, 1);

  self->configured = configured ? g_ptr_array_ref (configured) : NULL;
  self->given = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_ice_server_free);
  self->refresh_at = PL_NEVER;
  return self;
}

void
pl_meeting_ice_free (PlMeetingIce *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->configured, g_ptr_array_unref);
  g_ptr_array_unref (self->given);
  g_free (self);
}

static void
add_server (PlMeetingIce *self, const PlSignalIceServer *server)
{
  for (char **url = server->urls; *url; url++) {
    g_autoptr (GError) error = NULL;
    PlIceServer *parsed
        = pl_ice_server_parse (*url, server->username, server->credential, &error);
    if (parsed)
      g_ptr_array_add (self->given, parsed);
    else
      pl_debug (self, "from the signaling server: %s", error->message);
  }
}

void
pl_meeting_ice_update (PlMeetingIce *self, const PlSignalMsg *msg, int64_t now_us)
{
  g_ptr_array_set_size (self->given, 0);
  for (guint i = 0; i < msg->ice_servers->len; i++)
    add_server (self, g_ptr_array_index (msg->ice_servers, i));
  self->refresh_at = self->given->len && msg->ice_ttl_s
                         ? now_us + msg->ice_ttl_s * G_USEC_PER_SEC / 2
                         : PL_NEVER;
}

GPtrArray *
pl_meeting_ice_list (const PlMeetingIce *self)
{
  GPtrArray *all = g_ptr_array_new ();
  if (self->configured)
    g_ptr_array_extend (all, self->configured, /* func = */ NULL, /* user_data = */ NULL);
  g_ptr_array_extend (all, self->given, /* func = */ NULL, /* user_data = */ NULL);
  return all;
}

gboolean
pl_meeting_ice_has_relay (const PlMeetingIce *self)
{
  g_autoptr (GPtrArray) all = pl_meeting_ice_list (self);
  for (guint i = 0; i < all->len; i++)
    if (((PlIceServer *) all->pdata[i])->kind != PL_ICE_STUN)
      return TRUE;
  return FALSE;
}

int64_t
pl_meeting_ice_get_refresh_at (const PlMeetingIce *self)
{
  return self->refresh_at;
}
