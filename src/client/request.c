/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-request"

#include "client/request.h"

#include "client/box-link.h"

static void
on_done (GVariant *result G_GNUC_UNUSED, const GError *error, gpointer user_data)
{
  pl_box_link_finish (user_data, error);
}

static void
on_ready (PlBoxLink *link, GVariant *hello G_GNUC_UNUSED, gpointer user_data)
{
  const PlRequest *request = user_data;
  PlRpc *rpc = g_str_has_prefix (request->method, "sms.") ? pl_box_link_get_sms (link)
                                                          : pl_box_link_get_control (link);

  pl_rpc_call (rpc, request->method, request->params, on_done, link);
}

int
pl_request_run (const PlOptions *options, PlReporter *reporter, const PlRequest *request)
{
  static const PlBoxLinkOps ops = { .ready = on_ready };
  g_autoptr (GVariant) params = g_variant_ref_sink (request->params);
  const PlRequest held = { request->method, params };

  return pl_box_link_run (options, reporter, &ops, (gpointer) &held);
}
