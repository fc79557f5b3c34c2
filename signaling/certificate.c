/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "signaling/certificate.h"

#include "base/error.h"

GTlsCertificate *
pl_certificate_load (const char *cert_file, const char *key_file, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GTlsCertificate) certificate
      = g_tls_certificate_new_from_files (cert_file, key_file, &local);

  if (certificate)
    return g_steal_pointer (&certificate);
  g_set_error (error, PL_CONFIG_ERROR, PL_CONFIG_ERROR_INVALID,
               "--tls-cert '%s', --tls-key '%s': %s", cert_file, key_file, local->message);
  return NULL;
}
