/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-log"

#include "base/log.h"

#include "base/error.h"
#include "base/printable.h"

#include <stdio.h>
#include <string.h>

/* Written once at start, before any thread; read by the writer. */
static GHashTable *levels;
static GLogLevelFlags default_level = G_LOG_LEVEL_WARNING;
static gboolean show_private;

static const struct {
  const char *name;
  GLogLevelFlags level;
} level_names[] = {
  { "error", G_LOG_LEVEL_CRITICAL },  { "warning", G_LOG_LEVEL_WARNING },
  { "message", G_LOG_LEVEL_MESSAGE }, { "info", G_LOG_LEVEL_INFO },
  { "debug", G_LOG_LEVEL_DEBUG },
};

static GLogLevelFlags
level_of (const char *domain)
{
  gpointer value;
  if (levels && domain && g_hash_table_lookup_extended (levels, domain, NULL, &value))
    return GPOINTER_TO_UINT (value);
  return default_level;
}

static const char *
field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, key))
      return fields[i].value;
  return NULL;
}

/* A warning of ours is for the user. One who asked for levels wants to know from where, too. */
static gboolean
is_for_user (GLogLevelFlags level, const char *domain)
{
  return levels == NULL && (level & G_LOG_LEVEL_WARNING) && g_str_has_prefix (domain, "pl-");
}

/* dconf, behind GLib's proxy settings, calls a home without a cache critical, ten times. */
static gboolean
is_noise (const char *domain)
{
  return levels == NULL && g_strcmp0 (domain, "dconf") == 0;
}

static void
print_warning (const GLogField *fields, gsize n_fields)
{
  const char *object = field (fields, n_fields, "PL_OBJECT");
  const char *message = field (fields, n_fields, "MESSAGE");

  /* Servers, peers and modems have a word in it. */
  g_autofree char *printable
      = pl_make_printable (object ? message + strlen (object) + 1 : message);

  fprintf (stderr, "%s: %s\n", g_get_prgname (), printable);
}

static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields,
           gpointer user_data G_GNUC_UNUSED)
{
  const char *domain = field (fields, n_fields, "GLIB_DOMAIN");

  if ((level & G_LOG_LEVEL_MASK) > level_of (domain) || is_noise (domain))
    return G_LOG_WRITER_HANDLED;
  if (g_log_writer_is_journald (fileno (stderr))
      && g_log_writer_journald (level, fields, n_fields, NULL) == G_LOG_WRITER_HANDLED)
    return G_LOG_WRITER_HANDLED;
  if (domain && is_for_user (level, domain)) {
    print_warning (fields, n_fields);
    return G_LOG_WRITER_HANDLED;
  }
  return g_log_writer_standard_streams (level, fields, n_fields, NULL);
}

void
pl_log_init (void)
{
  g_log_writer_default_set_use_stderr (TRUE);
  g_log_set_writer_func (write_log, /* user_data = */ NULL, /* notify = */ NULL);
}

static gboolean
parse_level (const char *name, GLogLevelFlags *level)
{
  for (gsize i = 0; i < G_N_ELEMENTS (level_names); i++) {
    if (g_str_equal (name, level_names[i].name)) {
      *level = level_names[i].level;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
pl_log_set_levels (const char *spec, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (spec, ",", -1);
  g_autoptr (GHashTable) parsed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GLogLevelFlags all = default_level;

  for (char **p = parts; *p; p++) {
    char *colon = strrchr (*p, ':');
    GLogLevelFlags level;
    if (colon == NULL || colon == *p || !parse_level (colon + 1, &level)) {
      g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                   "log level '%s': expected DOMAIN:LEVEL with level error, warning, message, "
                   "info or debug, for example 'pl-ice:debug' or 'all:info'",
                   *p);
      return FALSE;
    }
    g_autofree char *domain = g_strndup (*p, colon - *p);
    if (g_str_equal (domain, "all"))
      all = level;
    else
      g_hash_table_replace (parsed, g_steal_pointer (&domain), GUINT_TO_POINTER (level));
  }
  default_level = all;
  g_clear_pointer (&levels, g_hash_table_unref);
  levels = g_steal_pointer (&parsed);
  return TRUE;
}

void
pl_log_object (const char *domain, GLogLevelFlags level, gconstpointer object, const char *file,
               const char *function, const char *format, ...)
{
  if (level > level_of (domain))
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  /* Enough of the address to tell objects of one process apart. */
  g_autofree char *id = g_strdup_printf ("%04x", (guint) ((gsize) object >> 4 & 0xffff));
  g_log_structured (domain, level, "CODE_FILE", file, "CODE_FUNC", function, "PL_OBJECT", id,
                    "MESSAGE", "%s %s", id, text);
}

void
pl_log_set_private (gboolean show)
{
  show_private = show;
}

const char *
pl_private (const char *value)
{
  static _Thread_local char buffers[8][16];
  static _Thread_local guint next;
  static gsize key;

  if (show_private || value == NULL)
    return value ? value : "(none)";
  if (g_once_init_enter (&key))
    g_once_init_leave (&key, (gsize) g_random_int () << 1 | 1);
  g_autofree char *keyed = g_strdup_printf ("%" G_GSIZE_FORMAT "/%s", key, value);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, keyed, -1);
  char *buffer = buffers[next++ % G_N_ELEMENTS (buffers)];
  g_snprintf (buffer, sizeof buffers[0], "<%.8s>", hash);
  return buffer;
}
