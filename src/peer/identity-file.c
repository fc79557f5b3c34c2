/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-identity"

#include "peer/identity-file.h"

#include "base/error.h"
#include "base/limits.h"
#include "proto/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail (const char *path, int number, GError **error)
{
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (number), "%s: %s", path,
               g_strerror (number));
  return FALSE;
}

static gboolean
check_mode (const char *path, int fd, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) < 0)
    return fail (path, errno, error);
  if (S_ISREG (st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
    return TRUE;
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "%s: others may read the keys in it; if nobody did: chmod 600", path);
  return FALSE;
}

static PlIdentity *
read_identity (const char *path, int fd, GError **error)
{
  char buffer[PL_MAX_IDENTITY_FILE + 1];

  if (!check_mode (path, fd, error))
    return NULL;
  ssize_t n = read (fd, buffer, sizeof buffer - 1);
  if (n < 0) {
    fail (path, errno, error);
    return NULL;
  }
  buffer[n] = '\0';
  g_autoptr (PlSecret) text = g_strdup (buffer);
  explicit_bzero (buffer, sizeof buffer);
  PlIdentity *self = pl_identity_parse (g_strstrip (text), error);
  if (self == NULL)
    g_prefix_error (error, "%s: ", path);
  return self;
}

static gboolean
write_all (const char *path, const char *text, GError **error)
{
  size_t len = strlen (text);
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    return fail (path, errno, error);
  gboolean ok = write (fd, text, len) == (ssize_t) len && fsync (fd) == 0;
  int number = errno;
  if (close (fd) < 0 && ok) {
    number = errno;
    ok = FALSE;
  }
  return ok || fail (path, number, error);
}

/* A link and not a rename: of two programs that start at once both use what the first made. */
static gboolean
make (const char *path, GError **error)
{
  g_autoptr (PlIdentity) identity = pl_identity_new ();
  g_autoptr (PlSecret) text = pl_identity_print (identity);
  g_autofree char *temporary = g_strdup_printf ("%s.%u.new", path, g_random_int ());

  gboolean ok = write_all (temporary, text, error);
  if (ok && link (temporary, path) < 0 && errno != EEXIST)
    ok = fail (path, errno, error);
  unlink (temporary);
  return ok;
}

PlIdentity *
pl_identity_file_load (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0 && errno == ENOENT) {
    if (!make (path, error))
      return NULL;
    fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  if (fd < 0) {
    fail (path, errno, error);
    return NULL;
  }
  PlIdentity *self = read_identity (path, fd, error);
  close (fd);
  return self;
}
