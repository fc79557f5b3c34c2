/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "link/dtls.h"
#include "link/sctp.h"

#include <gio/gio.h>

/**
 * PlAssociation: DTLS and SCTP over a path of datagrams, from the first packet to the last.
 *
 * Packets that come before pl_association_start() are kept (a remote may begin DTLS before its
 * description is here), packets that the path refuses wait in order.
 */
typedef struct _PlAssociation PlAssociation;

typedef struct {
  /** Datagrams to send; returns how many the path took. */
  guint (*train) (const PlTrain *train, gpointer user_data);
  void (*connected) (gpointer user_data);
  void (*message) (uint16_t stream, uint32_t ppid, GBytes *data, gpointer user_data);
  void (*writable) (gpointer user_data);
  void (*streams_reset) (const uint16_t *streams, guint n, gpointer user_data);
  void (*reset_done) (const uint16_t *streams, guint n, gpointer user_data);
  /** Exactly once, last; NULL after pl_association_close(). */
  void (*closed) (const GError *reason, gpointer user_data);
} PlAssociationOps;

typedef struct {
  PlCertificate *certificate;
  PlDtlsRole role;
  const char *fingerprint; /* the remote's */
  uint16_t local_port;     /* of SCTP */
  uint16_t remote_port;
} PlAssociationConfig;

PlAssociation *pl_association_new (const PlAssociationOps *ops, gpointer user_data);
void pl_association_free (PlAssociation *self);

/** There is a path and the remote is known: begins the handshake. */
gboolean pl_association_start (PlAssociation *self, const PlAssociationConfig *config,
                               GError **error);

/** A datagram from the path; borrowed. */
void pl_association_feed (PlAssociation *self, const uint8_t *data, size_t len);

/** The path is writable, or there again. */
void pl_association_resume (PlAssociation *self);

/** As pl_sctp_send(); PL_LINK_ERROR_WOULD_BLOCK before connected too. */
gboolean pl_association_send (PlAssociation *self, const PlSctpSendInfo *info, GBytes *message,
                              GError **error);
void pl_association_reset_streams (PlAssociation *self, const uint16_t *streams, guint n);
void pl_association_set_reading (PlAssociation *self, gboolean reading);

/** 0 before connected. */
guint pl_association_get_n_streams (PlAssociation *self);

/** Smoothed round-trip time of SCTP in milliseconds, -1 where it is not measured yet. */
int pl_association_get_rtt_ms (PlAssociation *self);

/** As pl_dtls_export() and pl_dtls_get_srtp_profile(); FALSE and NULL before connected. */
gboolean pl_association_export (PlAssociation *self, const char *label, uint8_t *out,
                                size_t len);
const char *pl_association_get_srtp_profile (PlAssociation *self);

/** Packets take another path now. */
void pl_association_report_new_path (PlAssociation *self);

/** What was sent arrives, then SCTP shuts down, then DTLS says close_notify. "closed" follows.
 */
void pl_association_close (PlAssociation *self);

/** Says close_notify at once. */
void pl_association_abort (PlAssociation *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlAssociation, pl_association_free)
