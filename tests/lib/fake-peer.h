/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "peer/peer.h"

/**
 * Two PlPeer without a network, for tests of what is above: link it in the place of libpl-peer.
 * Channels are reliable and ordered each for itself; between channels messages overtake each
 * other at random, also the opening ones, as they do after losses.
 */
void pl_fake_pair_new (guint32 seed, PlPeer **a, PlPeer **b);

/** Both ends lose the connection: all channels close with PL_LINK_ERROR_LOST. */
void pl_fake_pair_break (PlPeer *a);
