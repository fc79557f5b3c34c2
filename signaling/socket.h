/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/**
 * PlSocket: one WebSocket on a stream: frames by libwslay, messages up, bounded output.
 * It never waits: the hub says when to read and write.
 */
typedef struct _PlSocket PlSocket;

typedef struct {
  /** @n bytes came in, whatever they are. */
  void (*heard) (PlSocket *socket, size_t n, gpointer user_data);
  /** One text message, valid UTF-8. */
  void (*message) (PlSocket *socket, const char *text, size_t len, gpointer user_data);
  void (*pong) (PlSocket *socket, const char *payload, size_t len, gpointer user_data);
  /** The other side closed, broke, or broke the rules: nothing more comes. Once; not after
   * pl_socket_close(). */
  void (*ended) (PlSocket *socket, gpointer user_data);
} PlSocketOps;

typedef enum {
  PL_SOCKET_IDLE, /* nothing more to read now */
  PL_SOCKET_MORE, /* its share of this turn is used up: read again in the next */
} PlSocketRead;

PlSocket *pl_socket_new (GIOStream *stream, int fd, const PlSocketOps *ops, gpointer user_data);
void pl_socket_free (PlSocket *self);

int pl_socket_get_fd (const PlSocket *self);

/** Reads what is there, at most a fair share. */
PlSocketRead pl_socket_read (PlSocket *self);

/** Writes what can be written; returns TRUE while some is left. */
gboolean pl_socket_write (PlSocket *self);

void pl_socket_queue_text (PlSocket *self, const char *text);
void pl_socket_queue_ping (PlSocket *self, const char *payload);

/** Sends what is queued, then a close frame. */
void pl_socket_close (PlSocket *self, guint16 code);

/** TRUE from the end of reading on: what is left is to write, and to go. */
gboolean pl_socket_is_closing (const PlSocket *self);

/** TRUE when the TCP connection is over too. */
gboolean pl_socket_is_dead (const PlSocket *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSocket, pl_socket_free)
