/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/authorized.h"
#include "simbox/box.h"

/** What clients are told, as the objects (a{sv}, floating) that PROTOCOL.md has under "The
 * box". Members that are unknown are left out. */
GVariant *pl_box_json_status (const PlBox *box);
GVariant *pl_box_json_text (const PlText *text);
GVariant *pl_box_json_thread (const PlThread *thread);
GVariant *pl_box_json_record (const PlCallRecord *record);
GVariant *pl_box_json_voicemail (const PlVoicemail *mail);
GVariant *pl_box_json_contact (const PlContact *contact);

typedef struct {
  const PlAuthorized *line;
  gboolean you; /* who asks */
  gboolean connected;
  int64_t last_seen_us; /* 0: never */
} PlBoxClientInfo;
GVariant *pl_box_json_client (const PlBoxClientInfo *client);

/** @client: who is told. */
GVariant *pl_box_json_call (const PlBox *box, const PlCallInfo *call, const char *client);

/** A page of a list: {@name: [...], more: bool}. @print makes one entry of an item of @items;
 * what does not fit into a message is left for the next page. */
typedef GVariant *(*PlBoxPrintFunc) (gconstpointer item);
GVariant *pl_box_json_page (const char *name, GPtrArray *items, guint limit,
                            PlBoxPrintFunc print);
