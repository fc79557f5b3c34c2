/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/limits.h"
#include "proto/vcard.h"
#include "simbox/box-json.h"

#include <string.h>

/* Contacts: the client has read them from wherever it had them; here they are names and
 * numbers. An import comes in messages of one id; what it did not bring may be pruned after it,
 * so an import that breaks off loses nothing. */

static GVariant *
print_contact (gconstpointer contact)
{
  return pl_box_json_contact (contact);
}

GVariant *
pl_box_session_list_contacts (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *after = NULL;
  guint n = pl_box_session_get_limit (params, PL_MAX_RPC_CONTACTS);

  g_variant_lookup (params, "after", "&s", &after);
  g_autoptr (GPtrArray) contacts
      = pl_store_list_contacts (self->box->store, after, n + 1, error);
  return contacts ? pl_box_json_page ("contacts", contacts, n, print_contact) : NULL;
}

typedef struct {
  PlStore *store;
  const char *import;
  gint64 kept, refused;
} Import;

/* What is no number, or no name, is counted and left out: a phone's list has such. */
static gboolean
add_number (Import *import, const char *number, const char *name, GError **error)
{
  g_autoptr (GError) reason = NULL;
  const PlContact contact = { (char *) number, (char *) name };

  if (pl_store_set_contact (import->store, &contact, import->import, &reason)) {
    import->kept++;
    return TRUE;
  }
  if (g_error_matches (reason, PL_RULES_ERROR, PL_RULES_ERROR_NUMBER)
      || reason->domain == G_IO_ERROR) {
    import->refused++;
    return TRUE;
  }
  g_propagate_error (error, g_steal_pointer (&reason));
  return FALSE;
}

static gboolean
add_contact (Import *import, GVariant *contact, GError **error)
{
  const char *name;
  g_autoptr (GVariant) numbers = NULL;

  if (g_variant_is_of_type (contact, G_VARIANT_TYPE_VARDICT))
    numbers = g_variant_lookup_value (contact, "numbers", G_VARIANT_TYPE ("av"));
  if (numbers == NULL || !g_variant_lookup (contact, "name", "&s", &name)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "a contact has a name and numbers");
    return FALSE;
  }
  for (gsize i = 0; i < g_variant_n_children (numbers); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (numbers, i);
    g_autoptr (GVariant) number = g_variant_get_variant (boxed);
    if (!g_variant_is_of_type (number, G_VARIANT_TYPE_STRING))
      import->refused++;
    else if (!add_number (import, g_variant_get_string (number, NULL), name, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_contacts (Import *import, GVariant *contacts, GError **error)
{
  for (gsize i = 0; i < g_variant_n_children (contacts); i++) {
    g_autoptr (GVariant) boxed = g_variant_get_child_value (contacts, i);
    g_autoptr (GVariant) contact = g_variant_get_variant (boxed);
    if (!add_contact (import, contact, error))
      return FALSE;
  }
  return TRUE;
}

/* Whole cards, as a phone exports them. */
static gboolean
add_vcards (Import *import, const char *text, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GPtrArray) vcards = pl_vcard_parse (text, strlen (text), &problem);

  if (vcards == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, problem->message);
    return FALSE;
  }
  for (guint i = 0; i < vcards->len; i++) {
    const PlVcard *vcard = g_ptr_array_index (vcards, i);
    for (guint k = 0; k < vcard->numbers->len; k++)
      if (!add_number (import, g_ptr_array_index (vcard->numbers, k), vcard->name, error))
        return FALSE;
  }
  return TRUE;
}

static gboolean
get_import (GVariant *params, const char **id, GError **error)
{
  if (!pl_box_session_get (params, "id", "&s", id, error))
    return FALSE;
  size_t len = strlen (*id);
  if (len >= 1 && len <= PL_MAX_TEXT_ID)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "the id of an import has 1 to %d characters", PL_MAX_TEXT_ID);
  return FALSE;
}

/* All of a message, or nothing. */
static GVariant *
end_import (Import *import, gboolean ok, GError **error)
{
  if (!ok) {
    pl_store_roll_back (import->store);
    return NULL;
  }
  if (!pl_store_commit (import->store, error))
    return NULL;
  return g_variant_new_parsed ("{'kept': <%x>, 'refused': <%x>}", import->kept,
                               import->refused);
}

GVariant *
pl_box_session_import_vcards (PlBoxSession *self, GVariant *params, GError **error)
{
  Import import = { .store = self->box->store };
  const char *text;

  if (!get_import (params, &import.import, error)
      || !pl_box_session_get (params, "vcards", "&s", &text, error))
    return NULL;
  if (strlen (text) > PL_MAX_RPC_VCARDS) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "'vcards' has at most %d bytes", PL_MAX_RPC_VCARDS);
    return NULL;
  }
  if (!pl_store_begin (import.store, error))
    return NULL;
  return end_import (&import, add_vcards (&import, text, error), error);
}

GVariant *
pl_box_session_import_contacts (PlBoxSession *self, GVariant *params, GError **error)
{
  Import import = { .store = self->box->store };
  g_autoptr (GVariant) contacts
      = g_variant_lookup_value (params, "contacts", G_VARIANT_TYPE ("av"));

  if (!get_import (params, &import.import, error))
    return NULL;
  if (contacts == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "'contacts' is missing, or of another type");
    return NULL;
  }
  if (!pl_store_begin (import.store, error))
    return NULL;
  return end_import (&import, add_contacts (&import, contacts, error), error);
}

GVariant *
pl_box_session_prune_contacts (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *id;
  guint n;

  if (!get_import (params, &id, error)
      || !pl_store_prune_contacts (self->box->store, id, &n, error))
    return NULL;
  return g_variant_new_parsed ("{'deleted': <%x>}", (gint64) n);
}

GVariant *
pl_box_session_delete_contact (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *number;
  gboolean found;

  if (!pl_box_session_get (params, "number", "&s", &number, error)
      || !pl_store_delete_contact (self->box->store, number, &found, error))
    return NULL;
  if (found)
    return pl_box_session_nothing ();
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no contact has the number '%s'",
               number);
  return NULL;
}
