/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-association"

#include "peer/association.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"

/* A DTLS flight is a handful of datagrams; more before the description is somebody's flood. */
#define MAX_EARLY 16

/* Browsers and aiortc end a connection by an ABORT of SCTP and then a close_notify of DTLS.
 * Only the second says that it was meant so; this is how long it may stay behind. */
#define GOODBYE_US (500 * G_TIME_SPAN_MILLISECOND)

/* Packets between SCTP and a path that is not writable: more than SCTP has in flight. What is
 * dropped beyond is repaired by SCTP. */
#define MAX_HELD 1024

struct _PlAssociation {
  const PlAssociationOps *ops;
  gpointer user_data;
  gboolean closing; /* pl_association_close() was called */
  gboolean closed;
  PlDtls *dtls;
  PlSctp *sctp;
  gboolean connected;         /* SCTP is */
  PlAssociationConfig config; /* only the ports stay valid */
  GQueue early;               /* of GBytes, in; before start */
  GQueue held;                /* of GBytes, out */
  PlDeadline *goodbye;        /* after SCTP was aborted, for this reason: */
  GError *abort_reason;
};

static void
clear_association (gpointer data)
{
  PlAssociation *self = data;
  pl_sctp_free (self->sctp);
  pl_dtls_free (self->dtls);
  pl_deadline_free (self->goodbye);
  g_clear_error (&self->abort_reason);
  g_queue_clear_full (&self->early, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&self->held, (GDestroyNotify) g_bytes_unref);
}

static void
release (PlAssociation *self)
{
  g_rc_box_release_full (self, clear_association);
}

typedef PlAssociation Hold;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hold, release)

static void
finish (PlAssociation *self, const GError *reason)
{
  if (self->closed)
    return;
  self->closed = TRUE;
  self->ops->closed (self->closing ? NULL : reason, self->user_data);
}

/* --- SCTP below us --- */

static void
on_sctp_packet (const uint8_t *data, size_t len, gpointer user_data)
{
  PlAssociation *self = user_data;

  if (g_queue_is_empty (&self->held) && pl_dtls_send (self->dtls, data, len))
    return;
  if (g_queue_get_length (&self->held) < MAX_HELD)
    g_queue_push_tail (&self->held, g_bytes_new (data, len));
}

static void
on_sctp_flush (gpointer user_data)
{
  pl_dtls_flush (((PlAssociation *) user_data)->dtls);
}

static void
on_sctp_connected (gpointer user_data)
{
  PlAssociation *self = user_data;
  self->connected = TRUE;
  self->ops->connected (self->user_data);
}

static void
on_sctp_message (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data)
{
  PlAssociation *self = user_data;
  self->ops->message (stream, ppid, data, self->user_data);
}

static void
on_sctp_writable (gpointer user_data)
{
  PlAssociation *self = user_data;
  self->ops->writable (self->user_data);
}

static void
on_sctp_streams_reset (const uint16_t *streams, guint n, gpointer user_data)
{
  PlAssociation *self = user_data;
  self->ops->streams_reset (streams, n, self->user_data);
}

static void
on_sctp_reset_done (const uint16_t *streams, guint n, gpointer user_data)
{
  PlAssociation *self = user_data;
  self->ops->reset_done (streams, n, self->user_data);
}

/* SCTP's end, orderly or not, is followed by DTLS's: the remote learns it at once. */
static void
on_sctp_closed (const GError *reason, gpointer user_data)
{
  PlAssociation *self = user_data;

  pl_debug (self, "sctp closed: %s", reason ? reason->message : "in good order");
  self->connected = FALSE;
  if (g_error_matches (reason, PL_LINK_ERROR, PL_LINK_ERROR_LOST) && !self->closing) {
    self->abort_reason = g_error_copy (reason);
    pl_deadline_set (self->goodbye, g_get_monotonic_time () + GOODBYE_US);
    return;
  }
  pl_dtls_close (self->dtls);
  finish (self, reason);
}

static void
on_no_goodbye (gpointer user_data)
{
  PlAssociation *self = user_data;
  pl_dtls_close (self->dtls);
  finish (self, self->abort_reason);
}

static const PlSctpOps sctp_ops = {
  .packet = on_sctp_packet,
  .flush = on_sctp_flush,
  .connected = on_sctp_connected,
  .message = on_sctp_message,
  .writable = on_sctp_writable,
  .streams_reset = on_sctp_streams_reset,
  .reset_done = on_sctp_reset_done,
  .closed = on_sctp_closed,
};

/* --- DTLS below us --- */

static guint
on_dtls_train (const PlTrain *train, gpointer user_data)
{
  PlAssociation *self = user_data;
  return self->ops->train (train, self->user_data);
}

static void
on_dtls_connected (gpointer user_data)
{
  PlAssociation *self = user_data;
  g_autoptr (GError) error = NULL;
  const PlSctpConfig config = {
    .local_port = self->config.local_port,
    .remote_port = self->config.remote_port,
    .max_message_size = PL_MAX_MESSAGE_SIZE,
  };

  self->sctp = pl_sctp_new (&config, &sctp_ops, self, &error);
  if (self->sctp == NULL || !pl_sctp_connect (self->sctp, &error))
    finish (self, error);
}

static void
on_dtls_data (const uint8_t *data, size_t len, gpointer user_data)
{
  PlAssociation *self = user_data;
  if (self->sctp)
    pl_sctp_feed (self->sctp, data, len);
}

static void
on_dtls_closed (const GError *reason, gpointer user_data)
{
  PlAssociation *self = user_data;
  self->connected = FALSE;
  finish (self, reason);
}

static const PlDtlsOps dtls_ops = {
  .train = on_dtls_train,
  .connected = on_dtls_connected,
  .data = on_dtls_data,
  .closed = on_dtls_closed,
};

/* --- public --- */

PlAssociation *
pl_association_new (const PlAssociationOps *ops, gpointer user_data)
{
  PlAssociation *self = g_rc_box_new0 (PlAssociation);

  self->ops = ops;
  self->user_data = user_data;
  g_queue_init (&self->early);
  g_queue_init (&self->held);
  self->goodbye = pl_deadline_new ("goodbye", on_no_goodbye, self);
  return self;
}

void
pl_association_free (PlAssociation *self)
{
  if (self == NULL)
    return;
  self->closed = TRUE;
  g_clear_pointer (&self->goodbye, pl_deadline_free);
  g_clear_pointer (&self->sctp, pl_sctp_free);
  g_clear_pointer (&self->dtls, pl_dtls_free);
  release (self);
}

gboolean
pl_association_start (PlAssociation *self, const PlAssociationConfig *config, GError **error)
{
  g_return_val_if_fail (self->dtls == NULL, FALSE);
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  self->config = *config;
  self->dtls = pl_dtls_new (config->certificate, config->role, config->fingerprint, &dtls_ops,
                            self, error);
  if (self->dtls == NULL)
    return FALSE;
  pl_dtls_start (self->dtls);
  while (!self->closed && !g_queue_is_empty (&self->early)) {
    g_autoptr (GBytes) datagram = g_queue_pop_head (&self->early);
    gsize len;
    const uint8_t *data = g_bytes_get_data (datagram, &len);
    pl_dtls_feed (self->dtls, data, len);
  }
  return TRUE;
}

void
pl_association_feed (PlAssociation *self, const uint8_t *data, size_t len)
{
  if (self->closed)
    return;
  if (self->dtls)
    pl_dtls_feed (self->dtls, data, len);
  else if (g_queue_get_length (&self->early) < MAX_EARLY)
    g_queue_push_tail (&self->early, g_bytes_new (data, len));
}

void
pl_association_resume (PlAssociation *self)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  if (self->dtls == NULL || self->closed)
    return;
  pl_dtls_resume (self->dtls);
  for (GBytes *packet; !self->closed && (packet = g_queue_peek_head (&self->held)) != NULL;) {
    gsize len;
    const uint8_t *data = g_bytes_get_data (packet, &len);
    if (!pl_dtls_send (self->dtls, data, len))
      return;
    g_bytes_unref (g_queue_pop_head (&self->held));
  }
  if (!self->closed)
    pl_dtls_flush (self->dtls);
}

gboolean
pl_association_send (PlAssociation *self, const PlSctpSendInfo *info, GBytes *message,
                     GError **error)
{
  if (!self->connected || self->closed) {
    g_set_error_literal (error, PL_LINK_ERROR, PL_LINK_ERROR_WOULD_BLOCK, "not connected");
    return FALSE;
  }
  gsize len;
  const uint8_t *data = g_bytes_get_data (message, &len);
  return pl_sctp_send (self->sctp, info, data, len, error);
}

void
pl_association_reset_streams (PlAssociation *self, const uint16_t *streams, guint n)
{
  if (self->connected && !self->closed)
    pl_sctp_reset_streams (self->sctp, streams, n);
}

void
pl_association_set_reading (PlAssociation *self, gboolean reading)
{
  if (self->connected && !self->closed)
    pl_sctp_set_reading (self->sctp, reading);
}

guint
pl_association_get_n_streams (PlAssociation *self)
{
  return self->connected ? pl_sctp_get_n_streams (self->sctp) : 0;
}

int
pl_association_get_rtt_ms (PlAssociation *self)
{
  return self->connected && !self->closed ? pl_sctp_get_rtt_ms (self->sctp) : -1;
}

gboolean
pl_association_export (PlAssociation *self, const char *label, uint8_t *out, size_t len)
{
  return self->connected && pl_dtls_export (self->dtls, label, out, len);
}

const char *
pl_association_get_srtp_profile (PlAssociation *self)
{
  return self->connected ? pl_dtls_get_srtp_profile (self->dtls) : NULL;
}

void
pl_association_report_new_path (PlAssociation *self)
{
  if (self->connected && !self->closed)
    pl_sctp_report_new_path (self->sctp);
}

void
pl_association_abort (PlAssociation *self)
{
  g_autoptr (Hold) hold G_GNUC_UNUSED = g_rc_box_acquire (self);

  self->closing = TRUE;
  self->connected = FALSE;
  if (self->dtls && !self->closed)
    pl_dtls_close (self->dtls);
  finish (self, /* reason = */ NULL);
}

void
pl_association_close (PlAssociation *self)
{
  self->closing = TRUE;
  if (self->connected && !self->closed)
    pl_sctp_close (self->sctp);
  else
    pl_association_abort (self);
}
