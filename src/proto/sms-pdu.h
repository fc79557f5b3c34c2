/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sms.h"

/* Short messages as octets: 3GPP TS 23.040 (layout) and TS 23.038 (alphabets). */

/**
 * Decodes one short message as modems list it: service centre address, then SMS-DELIVER,
 * SMS-STATUS-REPORT or, in the modem's own store, SMS-SUBMIT.
 * Returns NULL with PL_PROTO_ERROR when it is not one; free with pl_sms_part_free().
 */
PlSmsPart *pl_sms_pdu_parse (const uint8_t *data, size_t len, GError **error);

/** The same for the hexadecimal line of +CMGL, +CMGR, +CMT or +CDS. Never NULL: what cannot be
 * understood is PL_SMS_UNKNOWN, with @raw as the modem gave it (what is not hexadecimal:
 * the characters), so that it can be stored and deleted like any other. */
PlSmsPart *pl_sms_part_from_hex (const char *hex);

/** How a text to be sent is split. */
typedef struct _PlSmsPlan PlSmsPlan;

/** Splits @text (UTF-8): in the GSM alphabet if every character is exactly in it, else UTF-16;
 * never inside a character. PL_PROTO_ERROR_INVALID: empty or not UTF-8;
 * PL_PROTO_ERROR_LIMIT: more than 255 parts. */
PlSmsPlan *pl_sms_plan_new (const char *text, GError **error);
void pl_sms_plan_free (PlSmsPlan *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSmsPlan, pl_sms_plan_free)

/** 1 to 255. */
guint pl_sms_plan_get_n_parts (const PlSmsPlan *self);

/** Shared by all parts of a text. */
typedef struct {
  const char *number; /* 1 to 20 digits, * and #, + before them for an international one */
  uint16_t ref;       /* concatenation: should differ from text to text; unused for one part */
  gboolean want_report; /* ask for a status report */
  guint validity_s;     /* how long the network tries: seconds, 0 = as long as it likes */
} PlSmsSubmit;

/**
 * The SMS-SUBMIT of @part (1 to n), in hexadecimal with an empty service centre address (the
 * SIM's own is used), ready for +CMGS and +CMGW. @length: their parameter (octets without the
 * service centre address). PL_PROTO_ERROR_INVALID: the number cannot be written to. Free with
 * g_free().
 */
char *pl_sms_plan_encode (const PlSmsPlan *self, guint part, const PlSmsSubmit *submit,
                          guint *length, GError **error);
