/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/server-session.h"

#include "base/limits.h"
#include "proto/signal-json.h"

#include <sodium.h>
#include <string.h>

#define TOKEN_BYTES   32
#define SESSION_BYTES 9
/* What a message costs beside its text, so that many tiny ones count too. */
#define MESSAGE_COST 128

typedef struct {
  int64_t seq;
  size_t cost;
  char *text;
} Waiting;

static void
waiting_free (gpointer data)
{
  Waiting *self = data;
  g_free (self->text);
  g_free (self);
}

static char *
make_random (size_t n)
{
  guint8 bytes[TOKEN_BYTES];
  char text[sodium_base64_ENCODED_LEN (TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];

  randombytes_buf (bytes, n);
  sodium_bin2base64 (text, sizeof text, bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  sodium_memzero (bytes, sizeof bytes);
  return g_strdup (text);
}

PlServerSession *
pl_server_session_new (void)
{
  PlServerSession *self = g_new0 (PlServerSession, 1);
  self->id = make_random (SESSION_BYTES);
  self->members = g_ptr_array_new ();
  g_queue_init (&self->waiting);
  return self;
}

void
pl_server_session_free (PlServerSession *self)
{
  if (self == NULL)
    return;
  g_queue_clear_full (&self->waiting, waiting_free);
  g_ptr_array_unref (self->members);
  g_free (self->id);
  g_free (self->token);
  g_free (self->older_token);
  g_free (self);
}

void
pl_server_session_renew_token (PlServerSession *self)
{
  g_assert (self->older_token == NULL);
  self->older_token = g_steal_pointer (&self->token);
  self->token = make_random (TOKEN_BYTES);
}

void
pl_server_session_confirm_token (PlServerSession *self)
{
  g_clear_pointer (&self->older_token, g_free);
}

void
pl_server_session_revert_token (PlServerSession *self)
{
  g_free (self->token);
  self->token = g_steal_pointer (&self->older_token);
}

const char *
pl_server_session_queue (PlServerSession *self, PlSignalMsg *msg)
{
  msg->seq = ++self->last_seq;
  Waiting *waiting = g_new0 (Waiting, 1);
  waiting->seq = msg->seq;
  waiting->text = pl_signal_msg_print (msg);
  waiting->cost = strlen (waiting->text) + MESSAGE_COST;
  self->waiting_bytes += waiting->cost;
  g_queue_push_tail (&self->waiting, waiting);
  return waiting->text;
}

gboolean
pl_server_session_takes (const PlServerSession *self, size_t len)
{
  return self->waiting_bytes + len + MESSAGE_COST <= PL_MAX_WAITING_OUTPUT / 4 * 3;
}

gboolean
pl_server_session_is_overfull (const PlServerSession *self)
{
  return self->waiting_bytes > PL_MAX_WAITING_OUTPUT;
}

gboolean
pl_server_session_report_read (PlServerSession *self, int64_t seq)
{
  if (seq < self->read_seq || seq > self->last_seq)
    return FALSE;
  self->read_seq = seq;
  for (Waiting *w; (w = g_queue_peek_head (&self->waiting)) != NULL && w->seq <= seq;) {
    self->waiting_bytes -= w->cost;
    waiting_free (g_queue_pop_head (&self->waiting));
  }
  return TRUE;
}

void
pl_server_session_replay (PlServerSession *self,
                          void (*func) (const char *text, gpointer user_data),
                          gpointer user_data)
{
  for (GList *l = self->waiting.head; l; l = l->next)
    func (((Waiting *) l->data)->text, user_data);
}
