/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

/** What one short message (one PDU) is. */
typedef enum {
  PL_SMS_TEXT,     /* somebody wrote; class 0 (flash) has @flash set */
  PL_SMS_REPORT,   /* delivery report of a text of ours */
  PL_SMS_WAITING,  /* message waiting indication of the operator's voicemail */
  PL_SMS_WAP_PUSH, /* an MMS waits, or provisioning: not shown as a text */
  PL_SMS_SILENT,   /* type 0, or for the SIM card: acknowledged and dropped */
  PL_SMS_UNKNOWN,  /* could not be understood: kept raw, shown as such */
  PL_SMS_OURS,     /* an SMS-SUBMIT of ours in the modem's store; @number: to whom */
} PlSmsKind;

/** PlSmsPart: one short message that the modem holds, decoded. */
typedef struct {
  PlSmsKind kind;
  gboolean flash;
  char *number;          /* sender, "+49..." or alphanumeric; for reports: the recipient */
  char *text;            /* UTF-8; NULL without text; of several parts: for pl_sms_join() */
  int64_t time_us;       /* when the service centre got it, Unix time; 0 unknown */
  uint16_t ref;          /* concatenation: reference, */
  uint8_t total;         /* number of parts (1: not concatenated) */
  uint8_t seq;           /* 1 to total */
  uint8_t report_mr;     /* reports: message reference, */
  uint8_t report_status; /* TP-Status (3GPP TS 23.040 section 9.2.3.15) */
  int waiting;           /* PL_SMS_WAITING: messages, -1 unknown number, 0 none */
  GBytes *raw; /* the PDU as the modem gave it; NULL where there is none (ModemManager) */
} PlSmsPart;

void pl_sms_part_free (PlSmsPart *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlSmsPart, pl_sms_part_free)
