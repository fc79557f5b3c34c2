/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/clock.h"

struct _PlDeadline {
  GSource *source;
  PlExpiredFunc expired;
  gpointer user_data;
};

static gboolean
on_ready (gpointer user_data)
{
  PlDeadline *self = user_data;
  g_source_set_ready_time (self->source, -1);
  self->expired (self->user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs deadline_funcs = { .dispatch = dispatch };

PlDeadline *
pl_deadline_new (const char *name, PlExpiredFunc expired, gpointer user_data)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  PlDeadline *self = g_new0 (PlDeadline, 1);
  self->expired = expired;
  self->user_data = user_data;
  self->source = g_source_new (&deadline_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, name);
  g_source_set_callback (self->source, on_ready, self, /* notify = */ NULL);
  g_source_set_ready_time (self->source, -1);
  g_source_attach (self->source, context);
  return self;
}

void
pl_deadline_free (PlDeadline *self)
{
  if (self == NULL)
    return;
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

void
pl_deadline_set (PlDeadline *self, int64_t at_us)
{
  g_source_set_ready_time (self->source, at_us == PL_NEVER ? -1 : at_us);
}
