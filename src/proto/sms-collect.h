/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "proto/sms.h"

/* A long text comes as parts, in any order, twice, or not all of them. These are functions over
 * the parts that somebody keeps (on disk); they keep nothing themselves. */

/** What stands where parts are missing. */
#define PL_SMS_GAP "[\xe2\x80\xa6]"

/** Parts that came further apart are not of one text: references repeat after 256 texts. */
#define PL_SMS_SPREAD_US (G_GINT64_CONSTANT (2) * 24 * 3600 * G_USEC_PER_SEC)

/** After this time an incomplete text is shown as it is; a late part still completes it. */
#define PL_SMS_PATIENCE_US (G_GINT64_CONSTANT (10) * 60 * G_USEC_PER_SEC)

/** What all parts of one text share: sender, reference, number of parts. NULL for a text of one
 * part. Free with g_free(). */
char *pl_sms_key (const PlSmsPart *part);

/** TRUE if @part can belong to the text that @parts (PlSmsPart, same key, not empty) are of:
 * not too far away in time, and the place is free or has the very same content. */
gboolean pl_sms_belongs (const GPtrArray *parts, const PlSmsPart *part);

/** The text of @parts (PlSmsPart, any order, duplicates allowed) of @total, with PL_SMS_GAP for
 * each run of missing ones; @whole: nothing is missing. Free with g_free(). */
char *pl_sms_join (const GPtrArray *parts, guint total, gboolean *whole);

/** Unix time from which on an incomplete text is shown, when its first part came (to us, not to
 * the service centre) at @first_us. */
int64_t pl_sms_show_at (int64_t first_us);
