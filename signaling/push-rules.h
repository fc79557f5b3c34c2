/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/**
 * PlPushRules: where push messages may go. Their address comes from strangers, and the server
 * stands where they do not: nothing but known push services, by https, at public addresses.
 */
typedef struct {
  GPtrArray *hosts;    /* of PlPushHost */
  GPtrArray *networks; /* of GInetAddressMask: allowed although they are not public */
} PlPushRules;

/** @hosts: "push.example.org", "*.example.org" for all below it, each with ":PORT" where that
 * is not 443; NULL: the push services of the known browsers. @networks: "ADDRESS[/BITS]"; may
 * be NULL. PL_CONFIG_ERROR_INVALID. */
PlPushRules *pl_push_rules_new (const char *const *hosts, const char *const *networks,
                                GError **error);
PlPushRules *pl_push_rules_ref (PlPushRules *self);
void pl_push_rules_unref (PlPushRules *self);

/** The parts of @endpoint, if it is https with nothing unusual and to one of the hosts; else
 * PL_PROTO_ERROR_INVALID, without the endpoint, which is a secret. */
GUri *pl_push_rules_parse (const PlPushRules *self, const char *endpoint, GError **error);

/** TRUE where a push service may have this address. */
gboolean pl_push_rules_allow_address (const PlPushRules *self, GInetAddress *address);

/** TRUE for an address of the public internet: none that is loopback, private, link-local,
 * multicast, a tunnel's, or set aside for anything else. */
gboolean pl_push_address_is_public (GInetAddress *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlPushRules, pl_push_rules_unref)
