/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/limits.h"

#include <glib.h>

/* Lines of AT ports, each understood by one function: TRUE if @line is such a line and makes
 * sense, else FALSE and nothing else has changed. No ownership: strings are copied into the
 * struct, cut at whole characters. */

/** Phone number: [0-9*#+] or empty, with + where the line says that it is international. */
typedef char PlAtNumber[PL_MAX_NUMBER + 1];
typedef char PlAtName[PL_MAX_CLIENT_NAME + 1];

typedef enum {
  PL_AT_SIM_READY = 1,
  PL_AT_SIM_PIN,
  PL_AT_SIM_PUK,
  PL_AT_SIM_ABSENT,
  PL_AT_SIM_NOT_READY, /* ask again soon */
  PL_AT_SIM_OTHER,     /* locked to a network or a phone: nothing that a PIN could open */
} PlAtSim;

/** +CPIN, answer and URC. */
gboolean pl_at_parse_cpin (const char *line, PlAtSim *sim);

/** Tries that are left: +CPINR, +SPIC, +QPINC, and +CSIM after AT+CSIM=10,"0020000100". Sets
 * those that the line tells, the others stay. */
gboolean pl_at_parse_tries (const char *line, int *pin, int *puk);

typedef enum {
  PL_AT_REG_NONE,
  PL_AT_REG_HOME,
  PL_AT_REG_SEARCHING,
  PL_AT_REG_DENIED,
  PL_AT_REG_UNKNOWN,
  PL_AT_REG_ROAMING,
} PlAtRegState;

typedef struct {
  PlAtRegState state;
  const char *technology; /* "2G", "3G", "LTE", "5G"; NULL unknown */
} PlAtReg;

/** +CREG, +CGREG, +CEREG, +C5GREG: both the answer and the URC. */
gboolean pl_at_parse_registration (const char *line, PlAtReg *reg);

typedef struct {
  PlAtName name; /* empty: no operator */
  const char *technology;
} PlAtOperator;
gboolean pl_at_parse_cops (const char *line, PlAtOperator *operator_);

/** +CSQ; @percent -1 and @dbm 0 where unknown. */
gboolean pl_at_parse_csq (const char *line, int *percent, int *dbm);

typedef struct {
  PlAtNumber number;
  PlAtName name;
  gboolean withheld; /* the caller hides the number */
} PlAtCaller;

/** +CLIP and +CCWA. */
gboolean pl_at_parse_caller (const char *line, PlAtCaller *caller);
/** +CNAP: only the name. */
gboolean pl_at_parse_cnap (const char *line, PlAtName *name);
/** RING, +CRING: VOICE. */
gboolean pl_at_is_ring (const char *line);

typedef enum {
  PL_AT_CALL_ACTIVE,
  PL_AT_CALL_HELD,
  PL_AT_CALL_DIALING,
  PL_AT_CALL_ALERTING,
  PL_AT_CALL_INCOMING,
  PL_AT_CALL_WAITING,
  PL_AT_CALL_ENDED,
} PlAtCallState;

typedef struct {
  int id;
  PlAtCallState state;
  gboolean brief; /* Huawei's: only @id, @state, @cause, and that it is ours while it dials */
  gboolean outgoing;
  gboolean voice;
  PlAtNumber number;
  PlAtName name;
  int cause; /* of the end, 3GPP TS 24.008 annex H; -1 unknown */
} PlAtCall;

/** +CLCC (answer, and SIMCom's URC), +QIND: "ccinfo", ^DSCI, ^ORIG ^CONF ^CONN ^CEND, HANGUP.
 */
gboolean pl_at_parse_call (const char *line, PlAtCall *call);

typedef enum {
  PL_AT_VOICE_BEGIN = 1,
  PL_AT_VOICE_END,
  PL_AT_VOICE_MISSED
} PlAtVoice;

/** SIMCom's VOICE CALL: BEGIN, VOICE CALL: END: seconds, MISSED_CALL: time number. */
gboolean pl_at_parse_voice (const char *line, PlAtVoice *what, PlAtNumber *number);

typedef struct {
  char storage[8]; /* "SM", "ME" */
  int index;
  gboolean report; /* +CDSI */
} PlAtArrival;

/** +CMTI, +CDSI, with whatever comes behind. */
gboolean pl_at_parse_arrival (const char *line, PlAtArrival *arrival);

typedef enum {
  PL_AT_STORED_UNREAD,
  PL_AT_STORED_READ,
  PL_AT_STORED_UNSENT, /* one of ours, prepared */
  PL_AT_STORED_SENT,   /* one of ours, and it went out */
} PlAtStoredState;

typedef struct {
  int index; /* -1: +CMGR does not tell */
  PlAtStoredState state;
} PlAtStored;

/** Header of +CMGL and +CMGR. */
gboolean pl_at_parse_stored (const char *line, PlAtStored *stored);

/** ^SMMEMFULL, +SMS FULL, +QIND: "smsfull". */
gboolean pl_at_is_store_full (const char *line);

typedef struct {
  gboolean active;
  int classes; /* 1: voice */
  PlAtNumber number;
  int seconds; /* until a no-reply forwarding takes place; -1 unknown */
} PlAtForwarding;
gboolean pl_at_parse_ccfc (const char *line, PlAtForwarding *forwarding);

/** +CUSD: @status 0 done, 1 reply wanted, 2 ended, 4 not supported, 5 time-out. Returns the
 * text
 * ("" without one; free with g_free()); NULL: not such a line. */
char *pl_at_parse_cusd (const char *line, int *status);

/** +CNUM: own number. */
gboolean pl_at_parse_cnum (const char *line, PlAtNumber *number);

/** +CRSM with the file of the card's number (ETSI TS 102 221 section 13.2), up to 20 digits. */
typedef char PlAtIccid[20 + 1];
gboolean pl_at_parse_iccid (const char *line, PlAtIccid *iccid);

/** A key that the other end pressed, [0-9*#A-D]: +QTONEDET, +RXDTMF, +DTMF, ^DDTMF. 0: none. */
char pl_at_parse_dtmf (const char *line);

/** The first number of lines that have little more: +CMGS: +CMSS: +CMGW:. */
gboolean pl_at_parse_number (const char *line, const char *prefix, int *value);
