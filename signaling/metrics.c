/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/metrics.h"

typedef struct {
  const char *name; /* after "punchline_signald_" */
  const char *type;
  const char *help;
  guint64 value;
} Metric;

char *
pl_metrics_print (PlHub *hub, const PlDoor *door)
{
  PlSignalServerStats s;
  pl_signal_server_get_stats (pl_hub_get_server (hub), &s);
  const Metric metrics[] = {
    { "sockets", "gauge", "WebSockets, those that are closing included",
      pl_hub_get_size (hub) },
    { "half_open", "gauge", "sockets that are not WebSockets yet", pl_door_get_waiting (door) },
    { "sessions", "gauge", "sessions, those that wait to be resumed included", s.sessions },
    { "rooms", "gauge", "rooms and reserved nameplates", s.rooms },
    { "addresses", "gauge", "remote addresses that are remembered", s.addresses },
    { "refused_total", "counter", "connections turned away", pl_door_get_refused (door) },
    { "messages_total", "counter", "messages received", s.messages },
    { "relayed_total", "counter", "envelopes relayed", s.relayed },
    { "resumed_total", "counter", "sessions resumed", s.resumed },
    { "failed_joins_total", "counter", "joins of rooms that are not there", s.failed_joins },
    { "burned_total", "counter", "nameplates burned by wrong guesses", s.burned },
    { "errors_total", "counter", "requests refused", s.errors },
    { "slow_total", "counter", "sessions ended because they did not read", s.slow },
    { "pushes_total", "counter", "push messages taken on", s.pushes },
    { "pushes_sent_total", "counter", "push messages that push services took",
      s.pushed[PL_PUSH_STATUS_SENT] },
    { "pushes_gone_total", "counter", "push messages whose subscription was not there any more",
      s.pushed[PL_PUSH_STATUS_GONE] },
    { "pushes_refused_total", "counter", "push messages that push services, or rules, refused",
      s.pushed[PL_PUSH_STATUS_REFUSED] },
    { "pushes_failed_total", "counter", "push messages that push services did not take then",
      s.pushed[PL_PUSH_STATUS_FAILED] },
    { "flooded_total", "counter", "connections closed because they sent too much", s.flooded },
  };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (metrics); i++) {
    const Metric *m = &metrics[i];
    g_string_append_printf (text,
                            "# HELP punchline_signald_%s %s\n# TYPE punchline_signald_%s %s\n"
                            "punchline_signald_%s %" G_GUINT64_FORMAT "\n",
                            m->name, m->help, m->name, m->type, m->name, m->value);
  }
  return g_string_free (g_steal_pointer (&text), /* free_segment = */ FALSE);
}
