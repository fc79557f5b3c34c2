/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "peer/tls-trust.h"

#include "base/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Debian's; may be missing on a bare machine. */
#define SYSTEM_BUNDLE "/etc/ssl/certs/ca-certificates.crt"

static gboolean
write_all (int fd, const char *data, gsize len, GError **error)
{
  while (len > 0) {
    gssize n = write (fd, data, len);
    if (n < 0) {
      int saved = errno;
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved),
                           g_strerror (saved));
      return FALSE;
    }
    data += n;
    len -= (gsize) n;
  }
  return TRUE;
}

/* A file database has one file for its anchors; this one exists in memory only. */
static GTlsDatabase *
load_together (int fd, const char *own, gsize own_len, GError **error)
{
  g_autofree char *system = NULL;
  gsize system_len = 0;

  if (g_file_get_contents (SYSTEM_BUNDLE, &system, &system_len, /* error = */ NULL)
      && !write_all (fd, system, system_len, error))
    return NULL;
  if (!write_all (fd, "\n", 1, error) || !write_all (fd, own, own_len, error))
    return NULL;
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  return g_tls_file_database_new (path, error);
}

static void
close_bundle (gpointer fd)
{
  g_close (GPOINTER_TO_INT (fd), /* error = */ NULL);
}

GTlsDatabase *
pl_tls_trust_new (const char *path, GError **error)
{
  g_autofree char *own = NULL;
  gsize own_len;

  /* Alone first, so that a file without certificates is noticed. */
  g_autoptr (GError) unusable = NULL;
  g_autoptr (GTlsCertificate) first = g_tls_certificate_new_from_file (path, &unusable);
  if (first == NULL || !g_file_get_contents (path, &own, &own_len, &unusable)) {
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID, "--tls-ca '%s': %s", path,
                 unusable->message);
    return NULL;
  }
  int fd = memfd_create ("punchline-ca", MFD_CLOEXEC);
  if (fd < 0) {
    int saved = errno;
    g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (saved), g_strerror (saved));
    return NULL;
  }
  GTlsDatabase *database = load_together (fd, own, own_len, error);
  if (database == NULL) {
    g_close (fd, /* error = */ NULL);
    return NULL;
  }
  /* glib-networking reads the file again for each session's list of authorities. */
  g_object_set_data_full (G_OBJECT (database), "pl-ca", GINT_TO_POINTER (fd), close_bundle);
  return database;
}
