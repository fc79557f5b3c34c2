/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/step.h"
#include "simbox/at-queue.h"

/** For its drawing. */
extern const PlMachine pl_at_queue_machine;
