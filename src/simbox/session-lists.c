/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-session"

#include "simbox/session-private.h"

#include "base/limits.h"
#include "simbox/box-json.h"

/* Lists of the box that its owner looks after: blocked numbers, clients, the log of calls. */

/* --- blocked numbers --- */

static GVariant *
print_number (gconstpointer number)
{
  return g_variant_new_string (number);
}

GVariant *
pl_box_session_list_blocked (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *after = NULL;
  guint limit = pl_box_session_get_limit (params, PL_MAX_RPC_CONTACTS);

  g_variant_lookup (params, "after", "&s", &after);
  g_autoptr (GPtrArray) numbers
      = pl_store_list_blocked (self->box->store, after, limit + 1, error);
  return numbers ? pl_box_json_page ("numbers", numbers, limit, print_number) : NULL;
}

GVariant *
pl_box_session_block (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *number;

  if (!pl_box_session_get (params, "number", "&s", &number, error)
      || !pl_calls_block (self->box->calls, number, error))
    return NULL;
  return pl_box_session_nothing ();
}

GVariant *
pl_box_session_unblock (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *number;

  if (!pl_box_session_get (params, "number", "&s", &number, error)
      || !pl_calls_unblock (self->box->calls, number, error))
    return NULL;
  return pl_box_session_nothing ();
}

void
pl_box_session_on_blocked (PlCalls *calls G_GNUC_UNUSED, PlBoxSession *self)
{
  if (self->control && self->greeted)
    pl_rpc_notify (self->control, "blocked", pl_box_session_nothing ());
}

/* --- clients --- */

GVariant *
pl_box_session_list_clients (PlBoxSession *self, GVariant *params G_GNUC_UNUSED,
                             GError **error G_GNUC_UNUSED)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert_value (&dict, "clients",
                               self->ops->list_clients (self, self->user_data));
  return g_variant_dict_end (&dict);
}

/* Who may do all may put others out; and everybody may go. */
GVariant *
pl_box_session_remove_client (PlBoxSession *self, GVariant *params, GError **error)
{
  const char *name;

  if (!pl_box_session_get (params, "name", "&s", &name, error))
    return NULL;
  if (self->who->rights != PL_RIGHT_ALL && !g_str_equal (name, self->who->name)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                         "the box does not allow this client to remove others");
    return NULL;
  }
  if (!self->ops->remove_client (self, name, self->user_data, error))
    return NULL;
  return pl_box_session_nothing ();
}

/* --- the log of calls --- */

static GVariant *
print_record (gconstpointer record)
{
  return pl_box_json_record (record);
}

GVariant *
pl_box_session_list_calls (PlBoxSession *self, GVariant *params, GError **error)
{
  gint64 before = 0;
  guint limit = pl_box_session_get_limit (params, PL_MAX_RPC_PAGE);

  g_variant_lookup (params, "before_seq", "x", &before);
  g_autoptr (GPtrArray) calls
      = pl_store_list_calls (self->box->store, before, limit + 1, error);
  return calls ? pl_box_json_page ("calls", calls, limit, print_record) : NULL;
}

GVariant *
pl_box_session_delete_calls (PlBoxSession *self, GVariant *params, GError **error)
{
  gboolean all = FALSE;
  gint64 seq = 0;

  g_variant_lookup (params, "all", "b", &all);
  if (!all && !pl_box_session_get (params, "seq", "x", &seq, error))
    return NULL;
  if (!all && seq < 1) {
    g_set_error_literal (error, PL_CALLS_ERROR, PL_CALLS_ERROR_UNKNOWN,
                         "there is no such call in the log");
    return NULL;
  }
  if (!pl_calls_delete (self->box->calls, all ? 0 : seq, error))
    return NULL;
  return pl_box_session_nothing ();
}

void
pl_box_session_on_log_deleted (PlCalls *calls G_GNUC_UNUSED, gint64 seq, PlBoxSession *self)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  if (self->control == NULL || !self->greeted || !pl_box_session_may_see (self, PL_RIGHT_CALL))
    return;
  if (seq > 0)
    g_variant_dict_insert (&dict, "seq", "x", seq);
  else
    g_variant_dict_insert (&dict, "all", "b", TRUE);
  pl_rpc_notify (self->control, "calls.deleted", g_variant_dict_end (&dict));
}
