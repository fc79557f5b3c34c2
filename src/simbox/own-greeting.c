/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-voicemail"

#include "simbox/own-greeting.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "proto/wav.h"

#include <errno.h>
#include <glib/gstdio.h>

#define FILE_NAME "greeting.wav"

struct _PlOwnGreeting {
  GObject parent;
  char *path, *file, *language; /* file, language: of the configuration */
  GObject *keep;
  int64_t duration_us; /* 0: there is none */
  gboolean coming;     /* from a client, */
  gboolean writing;    /* or to the disk */
};

G_DEFINE_FINAL_TYPE (PlOwnGreeting, pl_own_greeting, G_TYPE_OBJECT)

enum {
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static int64_t
duration_of (const PlWav *wav)
{
  return (int64_t) wav->n_samples * G_USEC_PER_SEC / wav->rate;
}

/* What is read here may have been written by anybody who has the folder. */
static void
load (PlOwnGreeting *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  size_t len;
  PlWav wav;

  if (!g_file_test (self->path, G_FILE_TEST_EXISTS))
    return;
  if (g_file_get_contents (self->path, &data, &len, &error)
      && pl_wav_parse ((const uint8_t *) data, len, &wav, &error))
    self->duration_us = duration_of (&wav);
  else
    pl_warning (self, "'%s' is not used: %s", self->path, error->message);
}

PlOwnGreeting *
pl_own_greeting_new (const char *folder, const PlGreetingConfig *config, GObject *keep)
{
  PlOwnGreeting *self = g_object_new (PL_TYPE_OWN_GREETING, NULL);

  self->path = g_build_filename (folder, FILE_NAME, NULL);
  self->file = g_strdup (config->file);
  self->language = g_strdup (config->language);
  self->keep = keep;
  load (self);
  return self;
}

PlGreetingConfig
pl_own_greeting_get (const PlOwnGreeting *self)
{
  return (PlGreetingConfig){ .file = self->duration_us ? self->path : self->file,
                             .language = self->language };
}

int64_t
pl_own_greeting_get_duration (const PlOwnGreeting *self)
{
  return self->duration_us;
}

static gboolean
refuse_busy (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                       "another greeting is just being brought");
  return FALSE;
}

gboolean
pl_own_greeting_begin (PlOwnGreeting *self, gint64 bytes, GError **error)
{
  if (self->coming || self->writing)
    return refuse_busy (error);
  if (bytes < 1 || bytes > PL_MAX_GREETING_BYTES) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "a greeting has at most %d seconds, and so at most %d bytes",
                 PL_MAX_GREETING_SECONDS, PL_MAX_GREETING_BYTES);
    return FALSE;
  }
  self->coming = TRUE;
  return TRUE;
}

void
pl_own_greeting_end (PlOwnGreeting *self)
{
  self->coming = FALSE;
}

/* --- to the disk, in a thread: a card may take a second for it --- */

typedef struct {
  char *path;
  GBytes *file;
  int64_t duration_us;
  GObject *keep;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_free (order->path);
  g_bytes_unref (order->file);
  g_clear_object (&order->keep);
  g_free (order);
}

static void
write_file (GTask *task, gpointer source G_GNUC_UNUSED, gpointer data,
            GCancellable *cancellable G_GNUC_UNUSED)
{
  const Order *order = data;
  GError *error = NULL;
  size_t len;
  const char *bytes = g_bytes_get_data (order->file, &len);

  if (g_file_set_contents_full (order->path, bytes, (gssize) len,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                0600, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data G_GNUC_UNUSED)
{
  PlOwnGreeting *self = PL_OWN_GREETING (source);
  Order *order = g_task_get_task_data (G_TASK (result));
  /* Let go here, in our thread: the other may be the last to drop the task. */
  g_autoptr (GObject) keep G_GNUC_UNUSED = g_steal_pointer (&order->keep);
  g_autoptr (GError) error = NULL;

  self->writing = FALSE;
  if (g_task_propagate_boolean (G_TASK (result), &error)) {
    self->duration_us = order->duration_us;
  } else {
    pl_warning (self, "a new greeting is not kept: %s", error->message);
  }
  g_signal_emit (self, signals[CHANGED], 0, error ? error->message : NULL);
}

gboolean
pl_own_greeting_set (PlOwnGreeting *self, const uint8_t *data, size_t len, GError **error)
{
  PlWav wav;

  if (self->writing)
    return refuse_busy (error);
  if (!pl_wav_parse (data, len, &wav, error))
    return FALSE;
  if (duration_of (&wav) > PL_MAX_GREETING_SECONDS * G_USEC_PER_SEC) {
    g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_LIMIT,
                 "a greeting has at most %d seconds", PL_MAX_GREETING_SECONDS);
    return FALSE;
  }
  Order *order = g_new0 (Order, 1);
  order->path = g_strdup (self->path);
  order->file = pl_wav_print (&wav);
  order->duration_us = duration_of (&wav);
  g_set_object (&order->keep, self->keep);
  self->writing = TRUE;
  g_autoptr (GTask) task = g_task_new (self, /* cancellable = */ NULL, on_written, NULL);
  g_task_set_task_data (task, order, order_free);
  g_task_run_in_thread (task, write_file);
  return TRUE;
}

gboolean
pl_own_greeting_reset (PlOwnGreeting *self, GError **error)
{
  if (self->coming || self->writing)
    return refuse_busy (error);
  if (self->duration_us == 0)
    return TRUE;
  if (g_unlink (self->path) != 0 && errno != ENOENT) {
    const int code = errno;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "'%s': %s", self->path,
                 g_strerror (code));
    return FALSE;
  }
  self->duration_us = 0;
  g_signal_emit (self, signals[CHANGED], 0, NULL);
  return TRUE;
}

static void
pl_own_greeting_finalize (GObject *object)
{
  PlOwnGreeting *self = PL_OWN_GREETING (object);

  g_free (self->path);
  g_free (self->file);
  g_free (self->language);
  G_OBJECT_CLASS (pl_own_greeting_parent_class)->finalize (object);
}

static void
pl_own_greeting_class_init (PlOwnGreetingClass *class)
{
  G_OBJECT_CLASS (class)->finalize = pl_own_greeting_finalize;
  signals[CHANGED] = g_signal_new ("changed", PL_TYPE_OWN_GREETING, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
pl_own_greeting_init (PlOwnGreeting *self G_GNUC_UNUSED)
{
}
