/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"
#include "base/limits.h"
#include "peer/identity-file.h"
#include "proto/secret.h"
#include "tests/lib/pl-test.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *folder, *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  f->folder = g_dir_make_tmp ("pl-identity-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "identity", NULL);
}

static guint
count_files (Fixture *f)
{
  g_autoptr (GDir) dir = g_dir_open (f->folder, /* flags = */ 0, NULL);
  guint n = 0;
  while (g_dir_read_name (dir))
    n++;
  return n;
}

static void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_unlink (f->path);
  g_assert_cmpuint (count_files (f), ==, 0);
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

static void
write_file (Fixture *f, const char *text, int mode)
{
  g_assert_true (g_file_set_contents_full (f->path, text, -1, G_FILE_SET_CONTENTS_NONE, mode,
                                           /* error = */ NULL));
  g_assert_cmpint (g_chmod (f->path, mode), ==, 0);
}

static void
assert_refused (Fixture *f, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;

  g_file_get_contents (f->path, &before, NULL, NULL);
  g_assert_null (pl_identity_file_load (f->path, &error));
  g_assert_error (error, domain, code);
  g_assert_nonnull (strstr (error->message, f->path));
  g_file_get_contents (f->path, &after, NULL, NULL);
  g_assert_cmpstr (after, ==, before);
}

/* Made once, for its owner alone, and the same ever after. */
static void
test_made (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  struct stat st;

  umask (0);
  g_autoptr (PlIdentity) first = pl_identity_file_load (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (f->path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
  g_autoptr (PlIdentity) second = pl_identity_file_load (f->path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (pl_identity_get_public (first), ==, pl_identity_get_public (second));
}

static void
test_mode (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const int modes[] = { 0640, 0604, 0620, 0601, 0666 };
  g_autoptr (PlIdentity) identity = pl_identity_new ();
  g_autoptr (PlSecret) text = pl_identity_print (identity);

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++) {
    write_file (f, text, modes[i]);
    assert_refused (f, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
  write_file (f, text, 0400);
  g_autoptr (PlIdentity) again = pl_identity_file_load (f->path, NULL);
  g_assert_cmpstr (pl_identity_get_public (again), ==, pl_identity_get_public (identity));
}

/* A broken file is its owner's to look at: never made anew in silence. */
static void
test_broken (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (PlIdentity) identity = pl_identity_new ();
  g_autoptr (PlSecret) text = pl_identity_print (identity);
  g_autofree char *cut = g_strndup (text, strlen (text) - 1);
  g_autofree char *more = g_strconcat (text, " x", NULL);
  g_autofree char *padding = g_strnfill (2 * PL_MAX_IDENTITY_FILE, 'x');
  g_autofree char *huge = g_strconcat (text, padding, NULL);
  const char *cases[] = { "", "\n", "hello", cut, more, huge };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_file (f, cases[i], 0600);
    assert_refused (f, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID);
  }
}

static void
test_link (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpint (symlink ("/dev/null", f->path), ==, 0);
  g_autoptr (GError) error = NULL;
  g_assert_null (pl_identity_file_load (f->path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS);
}

static void
test_no_folder (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (pl_identity_file_load ("/nonexistent/identity", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

#define N_RACERS 8

/* A child that waits for the start, loads the file, and writes what it got. */
static void
race (Fixture *f, const int start[2], int out)
{
  char byte;

  /* A forked child would draw the numbers of its sisters; programs do not. */
  g_random_set_seed ((guint32) getpid ());
  close (start[1]);
  if (read (start[0], &byte, 1) != 0)
    _exit (1);
  PlIdentity *identity = pl_identity_file_load (f->path, NULL);
  const char *text = identity ? pl_identity_get_public (identity) : "none";
  const gboolean written = write (out, text, strlen (text)) == (ssize_t) strlen (text);
  pl_identity_free (identity); /* _exit() runs no cleanup, and valgrind looks */
  _exit (written ? 0 : 1);
}

static char *
read_all (int fd)
{
  char buffer[PL_MAX_IDENTITY_FILE];
  ssize_t n = read (fd, buffer, sizeof buffer);

  g_assert_cmpint (n, >, 0);
  close (fd);
  return g_strndup (buffer, n);
}

/* Programs that start at once are the same device. */
static void
test_race (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  pid_t pids[N_RACERS];
  int start[2], out[N_RACERS][2];

  g_assert_cmpint (pipe (start), ==, 0);
  for (guint i = 0; i < N_RACERS; i++) {
    g_assert_cmpint (pipe (out[i]), ==, 0);
    pids[i] = fork ();
    g_assert_cmpint (pids[i], >=, 0);
    if (pids[i] == 0)
      race (f, start, out[i][1]);
    close (out[i][1]);
  }
  close (start[0]);
  close (start[1]);
  g_autofree char *first = NULL;
  for (guint i = 0; i < N_RACERS; i++) {
    g_autofree char *text = read_all (out[i][0]);
    int status;
    g_assert_cmpint (waitpid (pids[i], &status, 0), ==, pids[i]);
    g_assert_cmpint (status, ==, 0);
    if (first == NULL)
      first = g_strdup (text);
    g_assert_cmpstr (text, ==, first);
  }
  g_assert_true (pl_identity_is_public (first));
}

int
main (int argc, char **argv)
{
  pl_test_init (&argc, &argv);
#define ADD(name, test)                                                                        \
  g_test_add ("/identity-file/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("made", test_made);
  ADD ("mode", test_mode);
  ADD ("broken", test_broken);
  ADD ("link", test_link);
  ADD ("race", test_race);
  g_test_add_func ("/identity-file/no-folder", test_no_folder);
  return g_test_run ();
}
