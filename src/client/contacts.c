/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-contacts"

#include "base/error.h"
#include "base/limits.h"
#include "client/box-link.h"
#include "client/commands.h"
#include "proto/dial-rules.h"
#include "proto/vcard.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* A message has at most PL_MAX_JSON_VALUES values, each contact four and one for each number
 * but the first; and a box takes 50 messages a second of a client. */
#define MAX_VALUES (PL_MAX_JSON_VALUES - 16)
#define MAX_BYTES  (PL_MAX_RPC_MESSAGE / 4)
#define PAGE_MS    25

/* punchline contacts import|list|set|delete. */
typedef struct {
  const PlOptions *options;
  PlReporter *reporter;
  PlBoxLink *link;
  GPtrArray *vcards; /* of PlVcard, to be imported */
  guint n_sent;      /* of these */
  guint timer;
  char *id; /* of the import */
  gint64 n_kept, n_refused;
  GPtrArray *listed; /* of GVariant */
} Contacts;

static void
ask (Contacts *self, const char *method, GVariant *params, PlRpcAnswerFunc func)
{
  pl_rpc_call (pl_box_link_get_control (self->link), method, params, func, self);
}

/* --- import and set --- */

static void
finish_import (Contacts *self)
{
  pl_reporter_say (self->reporter, "%" G_GINT64_FORMAT " numbers have a name now",
                   self->n_kept);
  if (self->n_refused)
    pl_reporter_say (self->reporter, "%" G_GINT64_FORMAT " were no phone numbers",
                     self->n_refused);
  pl_box_link_finish (self->link, NULL);
}

static void
on_pruned (GVariant *result, const GError *error, gpointer user_data)
{
  Contacts *self = user_data;
  gint64 n = 0;

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  g_variant_lookup (result, "deleted", "x", &n);
  pl_reporter_say (self->reporter, "%" G_GINT64_FORMAT " others were deleted", n);
  finish_import (self);
}

static GVariant *
print_vcard (const PlVcard *vcard)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantBuilder) numbers = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));

  for (guint i = 0; i < vcard->numbers->len; i++)
    g_variant_builder_add (&numbers, "v",
                           g_variant_new_string (g_ptr_array_index (vcard->numbers, i)));
  g_variant_dict_insert (&dict, "name", "s", vcard->name);
  g_variant_dict_insert_value (&dict, "numbers", g_variant_builder_end (&numbers));
  return g_variant_dict_end (&dict);
}

static size_t
count_bytes (const PlVcard *vcard)
{
  size_t bytes = strlen (vcard->name);
  for (guint i = 0; i < vcard->numbers->len; i++)
    bytes += strlen (g_ptr_array_index (vcard->numbers, i));
  return bytes;
}

static void on_imported (GVariant *result, const GError *error, gpointer user_data);

/* The next message, of as many contacts as it holds. */
static gboolean
import_next (gpointer user_data)
{
  Contacts *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantBuilder) list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("av"));
  guint values = 0;
  size_t bytes = 0;

  self->timer = 0;
  for (; self->n_sent < self->vcards->len; self->n_sent++) {
    const PlVcard *vcard = g_ptr_array_index (self->vcards, self->n_sent);
    values += 3 + vcard->numbers->len;
    bytes += count_bytes (vcard);
    if (values > MAX_VALUES || bytes > MAX_BYTES)
      break;
    g_variant_builder_add (&list, "v", print_vcard (vcard));
  }
  g_variant_dict_insert (&dict, "id", "s", self->id);
  g_variant_dict_insert_value (&dict, "contacts", g_variant_builder_end (&list));
  ask (self, "contacts.import", g_variant_dict_end (&dict), on_imported);
  return G_SOURCE_REMOVE;
}

static void
on_imported (GVariant *result, const GError *error, gpointer user_data)
{
  Contacts *self = user_data;
  gint64 kept = 0, refused = 0;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  g_variant_lookup (result, "kept", "x", &kept);
  g_variant_lookup (result, "refused", "x", &refused);
  self->n_kept += kept;
  self->n_refused += refused;
  if (self->n_sent < self->vcards->len) {
    self->timer = g_timeout_add (PAGE_MS, import_next, self);
  } else if (self->options->replace) {
    g_variant_dict_insert (&dict, "id", "s", self->id);
    ask (self, "contacts.prune", g_variant_dict_end (&dict), on_pruned);
  } else {
    finish_import (self);
  }
}

static void
on_import_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Contacts *self = user_data;
  self->link = link;
  import_next (self);
}

static int
run_import (Contacts *self)
{
  static const PlBoxLinkOps ops = { .ready = on_import_ready };

  self->id = g_uuid_string_random ();
  int status = pl_box_link_run (self->options, self->reporter, &ops, self);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_free (self->id);
  return status;
}

static GBytes *
read_input (GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char block[64 * 1024];
  size_t n;

  while ((n = fread (block, 1, sizeof block, stdin)) > 0 && text->len <= PL_MAX_VCARD_INPUT)
    g_string_append_len (text, block, (gssize) n);
  if (text->len <= PL_MAX_VCARD_INPUT)
    return g_string_free_to_bytes (g_steal_pointer (&text));
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "more than %d MiB on standard input", PL_MAX_VCARD_INPUT >> 20);
  return NULL;
}

static GBytes *
read_file (const char *path, GError **error)
{
  if (g_str_equal (path, "-"))
    return read_input (error);
  /* Pictures make these files large: only what is looked at is in memory. */
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, /* writable = */ FALSE, error);
  return file ? g_mapped_file_get_bytes (file) : NULL;
}

/* NULL: none; the exit status is that of a wrong argument. */
static GPtrArray *
read_vcards (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = read_file (path, error);
  size_t len;

  if (bytes == NULL)
    return NULL;
  const char *data = g_bytes_get_data (bytes, &len);
  g_autoptr (GPtrArray) vcards = pl_vcard_parse (data ? data : "", len, error);
  if (vcards == NULL) {
    g_prefix_error (error, "'%s': ", path);
    return NULL;
  }
  if (vcards->len > 0)
    return g_steal_pointer (&vcards);
  g_set_error (error, PL_PROTO_ERROR, PL_PROTO_ERROR_INVALID,
               "'%s': no contact in it has a name and a number", path);
  return NULL;
}

static int
import_file (Contacts *self, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) vcards = read_vcards (path, &error);

  if (vcards == NULL) {
    pl_reporter_report_error (self->reporter, error);
    return PL_EXIT_FAILED;
  }
  self->vcards = vcards;
  return run_import (self);
}

/* A mistake here is one to be told, not one of many numbers. */
static gboolean
check_contact (const char *number, const char *name, GError **error)
{
  g_autofree char *normal = pl_dial_normalise (number, error);

  if (normal == NULL)
    return FALSE;
  if (*name && g_utf8_validate (name, -1, NULL))
    return TRUE;
  g_set_error_literal (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
                       "a contact has a name, in UTF-8");
  return FALSE;
}

static int
set_one (Contacts *self, const char *number, const char *name)
{
  g_autoptr (GPtrArray) vcards
      = g_ptr_array_new_with_free_func ((GDestroyNotify) pl_vcard_free);
  g_autoptr (GError) error = NULL;
  PlVcard *vcard = g_new0 (PlVcard, 1);

  g_ptr_array_add (vcards, vcard);
  vcard->name = g_strdup (name);
  vcard->numbers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (vcard->numbers, g_strdup (number));
  self->vcards = vcards;
  if (check_contact (number, name, &error))
    return run_import (self);
  pl_reporter_report_error (self->reporter, error);
  return PL_EXIT_USAGE;
}

/* --- list --- */

static int
by_name (gconstpointer a, gconstpointer b)
{
  return g_utf8_collate (pl_rpc_get_string (*(GVariant *const *) a, "name"),
                         pl_rpc_get_string (*(GVariant *const *) b, "name"));
}

static gboolean
is_wanted (const char *word, GVariant *contact)
{
  if (word == NULL)
    return TRUE;
  g_autofree char *name = g_utf8_casefold (pl_rpc_get_string (contact, "name"), -1);
  g_autofree char *part = g_utf8_casefold (word, -1);
  return strstr (name, part) || strstr (pl_rpc_get_string (contact, "number"), word);
}

static void
print_list (Contacts *self)
{
  g_ptr_array_sort (self->listed, by_name);
  for (guint i = 0; i < self->listed->len; i++) {
    GVariant *contact = g_ptr_array_index (self->listed, i);
    g_autofree char *line = g_strdup_printf ("%s  %s", pl_rpc_get_string (contact, "number"),
                                             pl_rpc_get_string (contact, "name"));
    if (is_wanted (self->options->words[1], contact))
      pl_box_link_print (self->link, contact, line);
  }
}

static void on_listed (GVariant *result, const GError *error, gpointer user_data);

/* @after: the last number that came. */
static void
list_next (Contacts *self, const char *after)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "after", "s", after);
  ask (self, "contacts.list", g_variant_dict_end (&dict), on_listed);
}

static void
on_listed (GVariant *result, const GError *error, gpointer user_data)
{
  Contacts *self = user_data;
  gboolean more = FALSE;
  const char *last = "";

  if (error) {
    pl_box_link_fail (self->link, error);
    return;
  }
  g_autoptr (GVariant) list
      = g_variant_lookup_value (result, "contacts", G_VARIANT_TYPE ("av"));
  g_variant_lookup (result, "more", "b", &more);
  for (gsize i = 0; list && i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (list, i);
    g_autoptr (GVariant) contact = g_variant_get_variant (boxed);
    if (!g_variant_is_of_type (contact, G_VARIANT_TYPE_VARDICT))
      continue;
    last = pl_rpc_get_string (contact, "number");
    g_ptr_array_add (self->listed, g_steal_pointer (&contact));
  }
  if (more && *last && self->listed->len < PL_MAX_CONTACTS) {
    list_next (self, last);
    return;
  }
  print_list (self);
  pl_box_link_finish (self->link, NULL);
}

static void
on_list_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Contacts *self = user_data;
  self->link = link;
  list_next (self, "");
}

static int
run_list (Contacts *self)
{
  static const PlBoxLinkOps ops = { .ready = on_list_ready };

  self->listed = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  int status = pl_box_link_run (self->options, self->reporter, &ops, self);
  g_ptr_array_unref (self->listed);
  return status;
}

/* --- delete --- */

static void
on_deleted (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  Contacts *self = user_data;
  pl_box_link_finish (self->link, error);
}

static void
on_delete_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  Contacts *self = user_data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  self->link = link;
  g_variant_dict_insert (&dict, "number", "s", self->options->words[1]);
  ask (self, "contacts.delete", g_variant_dict_end (&dict), on_deleted);
}

/* GVariants and the box take nothing else. */
static gboolean
are_utf8 (char **words)
{
  for (; *words; words++)
    if (!g_utf8_validate (*words, -1, NULL))
      return FALSE;
  return TRUE;
}

int
pl_command_contacts (const PlOptions *options, PlReporter *reporter)
{
  static const PlBoxLinkOps delete = { .ready = on_delete_ready };
  Contacts self = { .options = options, .reporter = reporter };
  char **words = options->words;
  const guint n = g_strv_length (words);

  if (g_str_equal (words[0], "import") && n == 2)
    return import_file (&self, words[1]);
  if (g_str_equal (words[0], "set") && n == 3)
    return set_one (&self, words[1], words[2]);
  if (g_str_equal (words[0], "list") && n <= 2 && are_utf8 (words))
    return run_list (&self);
  if (g_str_equal (words[0], "delete") && n == 2 && are_utf8 (words))
    return pl_box_link_run (options, reporter, &delete, &self);
  fprintf (stderr, "punchline: expected 'contacts import FILE', 'contacts list [WORD]', "
                   "'contacts set NUMBER NAME' or 'contacts delete NUMBER'\n");
  return PL_EXIT_USAGE;
}
