/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "proto/file-request.h"

#define PREFIX_LEN 5 /* "sf" and three digits */

struct _PlFileRequest {
  gboolean wanted;
  PlFileRequestVerdict verdict;
  GByteArray *bytes; /* all that was fed; only what follows the name after the verdict FILE */
  char *name;
};

PlFileRequest *
pl_file_request_new (gboolean wanted)
{
  PlFileRequest *self = g_new0 (PlFileRequest, 1);
  self->verdict = PL_FILE_REQUEST_UNDECIDED;
  self->wanted = wanted;
  self->bytes = g_byte_array_new ();
  return self;
}

void
pl_file_request_free (PlFileRequest *self)
{
  if (self == NULL)
    return;
  g_byte_array_unref (self->bytes);
  g_free (self->name);
  g_free (self);
}

static gboolean
prefix_fits (const uint8_t *data, size_t len)
{
  static const char magic[] = { 's', 'f' };
  for (size_t i = 0; i < MIN (len, PREFIX_LEN); i++)
    if (i < sizeof magic ? data[i] != magic[i] : !g_ascii_isdigit (data[i]))
      return FALSE;
  return TRUE;
}

static PlFileRequestVerdict
judge (PlFileRequest *self)
{
  const uint8_t *data = self->bytes->data;
  size_t len = self->bytes->len;

  if (!self->wanted || !prefix_fits (data, len))
    return PL_FILE_REQUEST_PLAIN;
  if (len < PREFIX_LEN)
    return PL_FILE_REQUEST_UNDECIDED;

  const char *name = (const char *) data + PREFIX_LEN;
  size_t name_len = (data[2] - '0') * 100 + (data[3] - '0') * 10 + (data[4] - '0');
  if (name_len == 0)
    return PL_FILE_REQUEST_PLAIN;
  if (len < PREFIX_LEN + name_len)
    return PL_FILE_REQUEST_UNDECIDED;
  if (!g_utf8_validate_len (name, name_len, NULL))
    return PL_FILE_REQUEST_PLAIN;
  self->name = g_strndup (name, name_len);
  g_byte_array_remove_range (self->bytes, 0, PREFIX_LEN + name_len);
  return PL_FILE_REQUEST_FILE;
}

PlFileRequestVerdict
pl_file_request_feed (PlFileRequest *self, const uint8_t *data, size_t len)
{
  g_return_val_if_fail (self->verdict == PL_FILE_REQUEST_UNDECIDED, self->verdict);

  g_byte_array_append (self->bytes, data, len);
  if (len > 0)
    self->verdict = judge (self);
  return self->verdict;
}

PlFileRequestVerdict
pl_file_request_finish (PlFileRequest *self)
{
  if (self->verdict == PL_FILE_REQUEST_UNDECIDED)
    self->verdict = PL_FILE_REQUEST_PLAIN;
  return self->verdict;
}

PlFileRequestVerdict
pl_file_request_get_verdict (const PlFileRequest *self)
{
  return self->verdict;
}

const char *
pl_file_request_get_name (const PlFileRequest *self)
{
  return self->name;
}

GBytes *
pl_file_request_steal_data (PlFileRequest *self)
{
  if (self->verdict == PL_FILE_REQUEST_UNDECIDED || self->bytes->len == 0)
    return NULL;
  GByteArray *bytes = self->bytes;
  self->bytes = g_byte_array_new ();
  return g_byte_array_free_to_bytes (bytes);
}
