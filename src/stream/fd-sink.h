/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/**
 * PlFdSink: an output stream on a file descriptor of any kind that was handed to us, such as
 * standard output. Asynchronous writes run in a thread: other processes share the open file, so
 * it must not be made non-blocking, and a blocking write of more than a pipe has room for would
 * stop the main loop. The descriptor is not closed.
 */
#define PL_TYPE_FD_SINK (pl_fd_sink_get_type ())
G_DECLARE_FINAL_TYPE (PlFdSink, pl_fd_sink, PL, FD_SINK, GOutputStream)

GOutputStream *pl_fd_sink_new (int fd);
