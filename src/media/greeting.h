/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

/** What a caller hears before a message is recorded. */
typedef struct {
  const char *file;     /* the owner's: WAV, Opus in Ogg; NULL: it is spoken */
  const char *language; /* of what is spoken: "de" or "en"; NULL: "en" */
  gboolean bare;        /* without tone and silence behind it */
} PlGreetingConfig;

/** The greeting as samples (int16_t) at @rate, followed by the tone and a moment of silence
 * unless it is to be bare. It
 * is decoded, or spoken by espeak-ng, in a thread of its own within ten seconds; the first
 * PL_MAX_GREETING_SECONDS of it count. */
void pl_greeting_load_async (const PlGreetingConfig *config, guint rate,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
GBytes *pl_greeting_load_finish (GAsyncResult *result, GError **error);

/** The tone alone, where there is no greeting to be had. */
GBytes *pl_greeting_new_tone (guint rate);
