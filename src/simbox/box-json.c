/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "simbox/box-json.h"

#include "base/limits.h"
#include "proto/json-shape.h"
#include "proto/rpc-msg.h"

#include <string.h>

/* Of one text, so that it fits into a message whatever its characters become in JSON. */
#define MAX_TEXT_BYTES (PL_MAX_RPC_PAGE_BYTES / 8)

/* Of an answer, beside the entries of its list. */
#define FRAME_VALUES 16

static void
put_string (GVariantDict *dict, const char *key, const char *value)
{
  if (value && *value)
    g_variant_dict_insert (dict, key, "s", value);
}

static void
put_int (GVariantDict *dict, const char *key, int64_t value)
{
  g_variant_dict_insert (dict, key, "x", (gint64) value);
}

static void
put_flag (GVariantDict *dict, const char *key, gboolean value)
{
  g_variant_dict_insert (dict, key, "b", value);
}

/* RFC 3339, UTC. */
static void
put_time (GVariantDict *dict, const char *key, int64_t time_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autofree char *text = time_us > 0 && time ? g_date_time_format_iso8601 (time) : NULL;
  put_string (dict, key, text);
}

static const char *
state_name (PlModemState state)
{
  switch (state) {
  case PL_MODEM_ABSENT:
    return "absent";
  case PL_MODEM_SILENT:
    return "not-answering";
  case PL_MODEM_STARTING:
    return "starting";
  case PL_MODEM_NO_SIM:
    return "no-sim";
  case PL_MODEM_LOCKED:
    return "locked";
  case PL_MODEM_SEARCHING:
    return "searching";
  case PL_MODEM_DENIED:
    return "denied";
  case PL_MODEM_READY:
    return "ready";
  case PL_MODEM_FAILED:
    return "failed";
  }
  return NULL;
}

static void
put_modem (GVariantDict *dict, const PlModemStatus *status)
{
  put_string (dict, "state", state_name (status->state));
  put_string (dict, "manufacturer", status->manufacturer);
  put_string (dict, "model", status->model);
  put_string (dict, "device", status->device);
  put_string (dict, "firmware", status->firmware);
  put_string (dict, "sim", status->iccid);
  put_string (dict, "number", status->own_number);
  put_string (dict, "operator", status->operator_name);
  put_string (dict, "technology", status->technology);
  put_flag (dict, "roaming", status->roaming);
  if (status->signal_percent >= 0)
    put_int (dict, "signal", status->signal_percent);
  if (status->signal_dbm)
    put_int (dict, "signal_dbm", status->signal_dbm);
  if (status->pin_tries >= 0)
    put_int (dict, "pin_tries", status->pin_tries);
  if (status->state == PL_MODEM_LOCKED)
    put_flag (dict, "puk", status->puk);
}

GVariant *
pl_box_json_status (const PlBox *box)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  const PlModemStatus *status = pl_modem_get_status (box->modem);
  const char *problem = pl_store_get_problem (box->store);
  guint unheard = 0, unread = 0;

  if (problem == NULL)
    problem = status->problem;
  if (problem == NULL)
    problem = pl_voice_path_get_problem (box->voice);
  put_string (&dict, "box", box->name);
  put_string (&dict, "version", PACKAGE_VERSION);
  put_modem (&dict, status);
  put_string (&dict, "problem", problem);
  put_flag (&dict, "dnd", pl_calls_get_dnd (box->calls));
  if (pl_store_count_unheard (box->store, &unheard, NULL))
    put_int (&dict, "voicemail_unheard", unheard);
  if (pl_store_count_unread (box->store, &unread, NULL))
    put_int (&dict, "sms_unread", unread);
  return g_variant_dict_end (&dict);
}

static char *
shorten (const char *text)
{
  if (strlen (text) <= MAX_TEXT_BYTES)
    return g_strdup (text);
  const char *end = g_utf8_find_prev_char (text, text + MAX_TEXT_BYTES);
  return g_strdup_printf ("%.*s[...]", (int) (end - text), text);
}

GVariant *
pl_box_json_text (const PlText *text)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *body = shorten (text->text ? text->text : "");

  put_int (&dict, "seq", text->seq);
  put_string (&dict, "id", text->id);
  if (text->state == PL_TEXT_DELETED) {
    put_string (&dict, "state", pl_text_state_name (text->state));
    return g_variant_dict_end (&dict);
  }
  put_string (&dict, "number", text->number);
  put_string (&dict, "name", text->name);
  g_variant_dict_insert (&dict, "text", "s", body);
  put_string (&dict, "direction", text->outgoing ? "out" : "in");
  put_string (&dict, "state", pl_text_state_name (text->state));
  put_string (&dict, "reason", text->reason);
  put_time (&dict, "time", text->time_us);
  put_int (&dict, "parts", text->parts);
  put_int (&dict, "missing", text->missing);
  put_flag (&dict, "read", text->read);
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_thread (const PlThread *thread)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "number", "s", thread->number);
  put_string (&dict, "name", thread->name);
  put_int (&dict, "unread", thread->unread);
  g_variant_dict_insert_value (&dict, "last", pl_box_json_text (thread->last));
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_record (const PlCallRecord *record)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_int (&dict, "seq", record->seq);
  put_string (&dict, "id", record->id);
  put_string (&dict, "number", record->number);
  put_string (&dict, "name", record->name);
  put_flag (&dict, "withheld", record->withheld);
  put_string (&dict, "direction", record->outgoing ? "out" : "in");
  put_string (&dict, "state", record->reason);
  put_string (&dict, "client", record->client);
  put_flag (&dict, "voicemail", record->voicemail);
  put_time (&dict, "time", record->began_us);
  if (record->answered_us)
    put_int (&dict, "seconds", (record->ended_us - record->answered_us) / G_USEC_PER_SEC);
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_voicemail (const PlVoicemail *mail)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_int (&dict, "id", mail->id);
  put_string (&dict, "number", mail->number);
  put_string (&dict, "name", mail->name);
  put_string (&dict, "direction", "in");
  put_string (&dict, "state", mail->heard ? "heard" : "new");
  put_time (&dict, "time", mail->time_us);
  put_int (&dict, "seconds", mail->duration_us / G_USEC_PER_SEC);
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_contact (const PlContact *contact)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);

  put_string (&dict, "number", contact->number);
  put_string (&dict, "name", contact->name);
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_client (const PlBoxClientInfo *client)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *rights = pl_rights_print (client->line->rights);

  put_string (&dict, "name", client->line->name);
  put_string (&dict, "rights", rights);
  put_flag (&dict, "you", client->you);
  put_flag (&dict, "connected", client->connected);
  put_time (&dict, "last_seen", client->last_seen_us);
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_call (const PlBox *box, const PlCallInfo *call, const char *client)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *known = call->number ? pl_store_find_name (box->store, call->number) : NULL;
  g_autofree char *name = pl_call_client_name (call->client);
  gboolean yours = g_strcmp0 (call->client, client) == 0;

  put_string (&dict, "call", call->id);
  put_string (&dict, "direction", call->outgoing ? "out" : "in");
  put_string (&dict, "number", call->number);
  put_string (&dict, "name", known ? known : call->name);
  put_flag (&dict, "withheld", call->withheld);
  put_string (&dict, "state", pl_call_state_name (call->state));
  put_string (&dict, "reason", pl_call_end_name (call->end));
  put_string (&dict, "client", name);
  put_flag (&dict, "you", yours);
  put_flag (&dict, "elsewhere", call->client && !yours);
  if (call->answered_us)
    put_int (&dict, "seconds", (g_get_monotonic_time () - call->answered_us) / G_USEC_PER_SEC);
  /* The machine's clock is monotonic. */
  put_time (&dict, "since", g_get_real_time () - (g_get_monotonic_time () - call->since_us));
  return g_variant_dict_end (&dict);
}

GVariant *
pl_box_json_page (const char *name, GPtrArray *items, guint limit, PlBoxPrintFunc print)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  GVariantBuilder list;
  size_t bytes = 0;
  guint values = FRAME_VALUES, n = 0;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("av"));
  for (; n < items->len && n < limit; n++) {
    g_autoptr (GVariant) entry = g_variant_ref_sink (print (g_ptr_array_index (items, n)));
    g_autofree char *text = pl_rpc_print_value (entry);
    bytes += strlen (text) + 1;
    values += pl_json_count_values (text) + 1;
    if ((bytes > PL_MAX_RPC_PAGE_BYTES || values > PL_MAX_JSON_VALUES) && n > 0)
      break;
    g_variant_builder_add (&list, "v", entry);
  }
  g_variant_dict_insert_value (&dict, name, g_variant_builder_end (&list));
  put_flag (&dict, "more", n < items->len);
  return g_variant_dict_end (&dict);
}
