/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/session.h"
#include "stream/rpc.h"
#include "tests/lib/fake-modem.h"

/**
 * BoxRoom: the parts of a box on a fake modem, and its clients, each a real PlBoxSession behind
 * two real peers on the loopback interface. All in the default main context.
 */
typedef struct {
  char *folder;
  FakeModem *modem;
  PlDialRules rules;
  PlBox box;
  GPtrArray *clients; /* of BoxClient */
} BoxRoom;

typedef struct {
  BoxRoom *room;
  PlAuthorized who;
  PlPeer *far, *near; /* of the client, of the box */
  PlBoxSession *session;
  PlRpc *control, *sms; /* NULL: closed */
  /* told, last first by what it says of a call */
  GPtrArray *calls; /* of GVariant: the notifications `call` */
  GHashTable *told; /* of GVariant: the last notification of each name */
  char *removed;    /* the client that it has put out last */
  /* the last answer */
  guint n_answers;
  int code; /* 0: a result */
  GVariant *result;
} BoxClient;

BoxRoom *box_room_new (void);
void box_room_free (BoxRoom *self);

/** Comes in, connects and opens both channels; says nothing yet. The result is the room's. */
BoxClient *box_room_join (BoxRoom *self, const char *name, PlRights rights);

/** Its connection ends. */
void box_client_leave (BoxClient *self);

/** Asks and waits for the answer. @params: text of a GVariant dictionary, or NULL. */
int box_client_ask (BoxClient *self, PlRpc *rpc, const char *method, const char *params);

/** Asks; the answer comes into n_answers, code and result. */
void box_client_send (BoxClient *self, PlRpc *rpc, const char *method, const char *params);

/** The last that it was told of its calls: `key` is a string; "" for none. */
const char *box_client_get (const BoxClient *self, const char *key);
gboolean box_client_is (const BoxClient *self, const char *key);

/** Waits for a notification of this name, unless it was told one since the last question. */
GVariant *box_client_await (BoxClient *self, const char *name);
gboolean box_client_was_told (const BoxClient *self, const char *name);

/** What is at @path in an answer or a notification: names and places in lists, as in "texts 0
 * text"; printed, "" for nothing. Free with g_free(). */
char *box_room_look (GVariant *value, const char *path);
#define box_room_assert(value, path, expected)                                                 \
  G_STMT_START                                                                                 \
  {                                                                                            \
    g_autofree char *there_ = box_room_look (value, path);                                     \
    g_assert_cmpstr (there_, ==, expected);                                                    \
  }                                                                                            \
  G_STMT_END

/** Runs the main loop until @condition; the watchdog says if it never comes. */
#define box_run_until(condition)                                                               \
  while (!(condition))                                                                         \
  g_main_context_iteration (NULL, /* may_block = */ TRUE)
