/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/options.h"
#include "client/reporter.h"
#include "client/run.h"
#include "peer/peer.h"
#include "stream/rpc.h"

/**
 * PlBoxLink: a command's connection to one box that we are paired with: finds it, opens
 * `control` and `sms`, says hello. It also runs the command: pl_box_link_run() returns when one
 * of the ops has called pl_box_link_finish().
 *
 * A command whose connection breaks may try for 30 s to get another: to the box it is still the
 * same program, which has its call for as long.
 */
typedef struct _PlBoxLink PlBoxLink;

/** What follows when a connection that stood is gone. */
typedef enum {
  PL_BOX_LINK_ENDS,    /* the command, with an error */
  PL_BOX_LINK_RETURNS, /* another one, if it stands soon; `ready` comes again */
  PL_BOX_LINK_STAYS,   /* the same, whenever that is */
} PlBoxLinkLoss;

typedef struct {
  /** The box has greeted: @hello is its answer. Again after each "lost". */
  void (*ready) (PlBoxLink *link, GVariant *hello, gpointer user_data);
  /** What the box tells on its own; may be NULL. */
  void (*notified) (PlBoxLink *link, const char *method, GVariant *params, gpointer user_data);
  /** The user wants to end, by a signal; NULL: it ends. */
  void (*interrupted) (PlBoxLink *link, gpointer user_data);
  /** The box opened a channel; NULL: it is closed. */
  void (*channel) (PlBoxLink *link, PlChannel *channel, gpointer user_data);
  /** The connection broke: TRUE to get another, as with PL_BOX_LINK_RETURNS. NULL: `on_loss`
   * tells. */
  gboolean (*lost) (PlBoxLink *link, gpointer user_data);
  PlBoxLinkLoss on_loss;
} PlBoxLinkOps;

/** Returns the exit status; errors are reported. */
int pl_box_link_run (const PlOptions *options, PlReporter *reporter, const PlBoxLinkOps *ops,
                     gpointer user_data);

/** From `ready` on, borrowed. */
PlRpc *pl_box_link_get_control (PlBoxLink *self);
PlRpc *pl_box_link_get_sms (PlBoxLink *self);
PlPeer *pl_box_link_get_peer (PlBoxLink *self);

/** How many calls were missed since the user was shown that last, by @hello. They count as
 * shown from now on. */
guint pl_box_link_take_missed (PlBoxLink *self, GVariant *hello);

/** Ends the command in good order. @error NULL: it is done. */
void pl_box_link_finish (PlBoxLink *self, const GError *error);

/** A request was not answered as it should: ends the command, or, where it was the connection
 * that failed, does what `on_loss` says. */
void pl_box_link_fail (PlBoxLink *self, const GError *error);

/** Whose call, text or voicemail it is: "+491701234567 (Anna)", or "unknown". Free with
 * g_free(). */
char *pl_box_link_name_other (GVariant *object);

/** Data on stdout: @object as JSON on one line with --json, else @text, whose control
 * characters but line breaks are replaced. Ends the command where nobody reads it. */
void pl_box_link_print (PlBoxLink *self, GVariant *object, const char *text);
