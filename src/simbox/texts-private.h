/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "simbox/texts.h"

/** How long a text waits for its missing parts; for tests. */
void pl_texts_set_gap_time (PlTexts *self, int64_t gap_us);
