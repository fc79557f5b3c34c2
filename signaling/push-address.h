/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signaling/push-rules.h"

/**
 * PlPushAddress: a push service by its name, for GSocketClient. Its addresses are looked up and
 * judged where they are used: there is no moment between, in which a name could come to mean
 * another address. If one of them is not allowed, none is used.
 */
#define PL_TYPE_PUSH_ADDRESS (pl_push_address_get_type ())
G_DECLARE_FINAL_TYPE (PlPushAddress, pl_push_address, PL, PUSH_ADDRESS, GNetworkAddress)

PlPushAddress *pl_push_address_new (const char *host, guint16 port, PlPushRules *rules);
