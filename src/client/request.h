/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client/options.h"
#include "client/reporter.h"

/** A command that is one request to the box, which answers no more than that it is done. */
typedef struct {
  const char *method; /* "sms.read": on `sms` then, else on `control` */
  GVariant *params;   /* floating or not; taken */
} PlRequest;

/** Returns the exit status; errors are reported. */
int pl_request_run (const PlOptions *options, PlReporter *reporter, const PlRequest *request);
