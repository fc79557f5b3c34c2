/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-boxes"

#include "client/boxes.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/printable.h"
#include "peer/identity-file.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define GROUP     "box"
#define SEEN_CALL "seen-call"

void
pl_box_entry_free (PlBoxEntry *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->identity);
  g_free (self->signaling);
  g_free (self->rights);
  g_free (self);
}

static char *
make_folder (void)
{
  g_autofree char *folder
      = g_build_filename (g_get_user_data_dir (), "punchline", "boxes", NULL);
  g_mkdir_with_parents (folder, 0700);
  return g_steal_pointer (&folder);
}

PlIdentity *
pl_boxes_load_identity (GError **error)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "..", "identity", NULL);
  return pl_identity_file_load (path, error);
}

static char *
make_path (const char *name)
{
  g_autofree char *folder = make_folder ();
  return g_build_filename (folder, name, NULL);
}

static PlBoxEntry *
load (const char *name, GError **error)
{
  g_autofree char *path = make_path (name);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (PlBoxEntry) self = g_new0 (PlBoxEntry, 1);

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error))
    return NULL;
  self->name = g_strdup (name);
  self->identity = g_key_file_get_string (file, GROUP, "identity", error);
  if (self->identity == NULL)
    return NULL;
  self->signaling = g_key_file_get_string (file, GROUP, "signaling", error);
  if (self->signaling == NULL)
    return NULL;
  self->rights = g_key_file_get_string (file, GROUP, "rights", NULL);
  self->seen_call = g_key_file_has_key (file, GROUP, SEEN_CALL, NULL)
                        ? g_key_file_get_int64 (file, GROUP, SEEN_CALL, NULL)
                        : -1;
  return g_steal_pointer (&self);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(PlBoxEntry *const *) a)->name, (*(PlBoxEntry *const *) b)->name);
}

GPtrArray *
pl_boxes_list (void)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_box_entry_free);
  g_autofree char *folder = make_folder ();
  g_autoptr (GDir) dir = g_dir_open (folder, /* flags = */ 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir))) {
    g_autoptr (GError) error = NULL;
    PlBoxEntry *entry = load (name, &error);
    if (entry)
      g_ptr_array_add (list, entry);
    else
      pl_warning (list, "box '%s': %s", name, error->message);
  }
  g_ptr_array_sort (list, by_name);
  return list;
}

PlBoxEntry *
pl_boxes_find (const char *name, GError **error)
{
  g_autoptr (GPtrArray) list = pl_boxes_list ();

  for (guint i = 0; i < list->len; i++) {
    PlBoxEntry *entry = g_ptr_array_index (list, i);
    if (name ? g_str_equal (entry->name, name) : list->len == 1)
      return g_ptr_array_steal_index (list, i);
  }
  if (list->len == 0)
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "no box is paired: 'punchline-boxd pair' on the box makes a code for "
                         "'punchline pair CODE' here");
  else if (name)
    g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                 "no box is called '%s': see 'punchline boxes'", name);
  else
    g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                         "there are several boxes: say which with --box NAME");
  return NULL;
}

/* The name is what the box said: it becomes a file name here, and is shown. */
static char *
choose_name (const PlBoxEntry *entry, GPtrArray *list)
{
  g_autofree char *wish = pl_make_printable (*entry->name ? entry->name : "box");
  char *name;

  if (strlen (wish) > PL_MAX_MEMBER_NAME)
    *g_utf8_find_prev_char (wish, wish + PL_MAX_MEMBER_NAME + 1) = '\0';

  g_strdelimit (wish, "/\\", '-');
  if (*wish == '.')
    *wish = '-';
  name = g_strdup (wish);
  for (guint n = 2;; n++) {
    gboolean taken = FALSE;
    for (guint i = 0; i < list->len; i++)
      taken |= g_str_equal (((PlBoxEntry *) g_ptr_array_index (list, i))->name, name);
    if (!taken)
      return name;
    g_free (name);
    name = g_strdup_printf ("%s-%u", wish, n);
  }
}

/* Made beside the folder: in it, for a moment, it would be one box more to other commands. */
static gboolean
replace_file (const char *path, const char *text, GError **error)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *name = g_strdup_printf ("box.%08x.new", g_random_int ());
  g_autofree char *temporary = g_build_filename (folder, "..", name, NULL);

  if (!g_file_set_contents_full (temporary, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                 error))
    return FALSE;
  if (g_rename (temporary, path) == 0)
    return TRUE;
  const int number = errno;
  g_unlink (temporary);
  g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (number), "'%s': %s", path,
               g_strerror (number));
  return FALSE;
}

static gboolean
write_entry (const PlBoxEntry *entry, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = make_path (entry->name);

  g_key_file_set_string (file, GROUP, "identity", entry->identity);
  g_key_file_set_string (file, GROUP, "signaling", entry->signaling);
  if (entry->rights)
    g_key_file_set_string (file, GROUP, "rights", entry->rights);
  if (entry->seen_call >= 0)
    g_key_file_set_int64 (file, GROUP, SEEN_CALL, entry->seen_call);
  g_autofree char *text = g_key_file_to_data (file, NULL, NULL);
  return replace_file (path, text, error);
}

gboolean
pl_boxes_save_seen_call (PlBoxEntry *entry, int64_t seq, GError **error)
{
  entry->seen_call = seq;
  return write_entry (entry, error);
}

gboolean
pl_boxes_save (PlBoxEntry *entry, GError **error)
{
  g_autoptr (GPtrArray) list = pl_boxes_list ();

  for (guint i = list->len; i > 0; i--) {
    const PlBoxEntry *old = g_ptr_array_index (list, i - 1);
    if (!g_str_equal (old->identity, entry->identity))
      continue;
    pl_boxes_forget (old);
    g_ptr_array_remove_index (list, i - 1);
  }
  char *name = choose_name (entry, list);
  g_free (entry->name);
  entry->name = name;
  return write_entry (entry, error);
}

void
pl_boxes_forget (const PlBoxEntry *entry)
{
  g_autofree char *path = make_path (entry->name);
  g_unlink (path);
}
