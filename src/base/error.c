/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/error.h"

G_DEFINE_QUARK (pl_proto_error_quark, pl_proto_error)
G_DEFINE_QUARK (pl_link_error_quark, pl_link_error)
G_DEFINE_QUARK (pl_signal_error_quark, pl_signal_error)
G_DEFINE_QUARK (pl_config_error_quark, pl_config_error)
