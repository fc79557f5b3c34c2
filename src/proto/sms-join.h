/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A long text comes as parts, in any order, twice, or not all of them. Who keeps them (the
 * store of the box: what is of one text, and how long to wait, is decided there) puts them
 * together with this. */

/** What stands where parts are missing. */
#define PL_SMS_GAP "[...]"

/** Some senders cut a text in the middle of a surrogate pair. The half at the end of one part
 * and the half at the start of the next are kept in PlSmsPart.text as U+10F800 + (half -
 * U+D800), of the private use, until pl_sms_join() makes one character of them. */
#define PL_SMS_HALF 0x10f800

/** The text whose part 1 is @texts[0], NULL where it is missing, with PL_SMS_GAP for each run
 * of missing ones; @missing: how many. Free with g_free(). */
char *pl_sms_join (const char *const *texts, guint total, guint *missing);
