/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <stdint.h>

/** A pipeline from the notation of gst-launch; starts the library when it is not. A plugin that
 * is missing is an error that names it. */
GstElement *pl_gst_parse (const char *description, GError **error);

/** An element of @pipeline, owned by it. */
GstElement *pl_gst_find (GstElement *pipeline, const char *name);

/** For sound that somebody waits for: its threads come before others (pl_realtime_set()). What
 * the elements report goes to @failed, in the thread where it happens; the error is its
 * own then. */
void pl_gst_watch (GstElement *pipeline, void (*failed) (gpointer user_data, GError *error),
                   gpointer user_data);

/** For an appsink of s16: what it has now goes to @take, in this thread. */
typedef void (*PlGstTakeFunc) (const int16_t *samples, gsize n, gpointer user_data);
void pl_gst_pull_samples (GstAppSink *sink, PlGstTakeFunc take, gpointer user_data);

/** Stops and frees. */
void pl_gst_free (GstElement *pipeline);

/** s16, one channel. After pl_gst_parse(), which starts the library. */
GstCaps *pl_gst_new_caps (guint rate);

/** One block for an appsrc; @n_before: samples before it, from @base_ns on. */
typedef struct {
  guint rate;
  GstClockTime base;
  guint64 n_samples;
} PlGstTimeline;
GstBuffer *pl_gst_new_block (PlGstTimeline *timeline, const int16_t *samples, gsize n);
