/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-pages"

#include "signaling/pages.h"

#include <string.h>

/* data/web.c, which the build makes of data/web. */
GResource *pl_web_get_resource (void);
void pl_web_register_resource (void);
void pl_web_unregister_resource (void);

/* No unsafe-*: what the page runs and shows is in its own files. Trusted Types: no text becomes
 * markup or script. wss: lets it talk to the signaling server of any box. */
#define PAGE_POLICY                                                                            \
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "      \
  "media-src 'self' blob:; connect-src 'self' wss:; manifest-src 'self'; worker-src 'self'; "  \
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "                              \
  "require-trusted-types-for 'script'; trusted-types punchline"
#define PERMISSIONS "camera=(), geolocation=(), microphone=(self), speaker-selection=(self)"

struct _PlPages {
  GResource *resource;
  GHashTable *pages; /* path -> Page */
};

/* One of the ways in which a file is sent. */
typedef struct {
  GBytes *bytes;
  char *etag;
} Form;

typedef struct {
  const char *type;
  Form plain, gzip;
} Page;

static const struct {
  const char *suffix;
  const char *type;
} types[] = {
  { ".css", "text/css; charset=utf-8" },
  { ".html", "text/html; charset=utf-8" },
  { ".js", "text/javascript; charset=utf-8" },
  { ".json", "application/json" },
  { ".png", "image/png" },
  { ".svg", "image/svg+xml" },
  { ".webmanifest", "application/manifest+json" },
};

static const char *
find_type (const char *path)
{
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (path, types[i].suffix))
      return types[i].type;
  return "application/octet-stream";
}

static void
form_init (Form *form, GBytes *bytes)
{
  g_autofree char *hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  form->bytes = bytes;
  form->etag = g_strdup_printf ("\"%.32s\"", hash);
}

static void
form_clear (Form *form)
{
  g_bytes_unref (form->bytes);
  g_free (form->etag);
}

static void
page_free (gpointer data)
{
  Page *page = data;
  form_clear (&page->plain);
  form_clear (&page->gzip);
  g_free (page);
}

/* There is nothing secret in them that a size could tell of. */
static GBytes *
compress (GBytes *bytes)
{
  g_autoptr (GZlibCompressor) gzip
      = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, /* level = */ 9);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (gzip));
  gsize len;
  const void *data = g_bytes_get_data (bytes, &len);

  g_output_stream_write_all (stream, data, len, NULL, NULL, NULL);
  g_output_stream_close (stream, NULL, NULL);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
add_page (PlPages *self, const char *path)
{
  Page *page = g_new0 (Page, 1);
  page->type = find_type (path);
  form_init (&page->plain,
             g_resource_lookup_data (self->resource, path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL));
  form_init (&page->gzip, compress (page->plain.bytes));
  g_hash_table_insert (self->pages, g_strdup (path), page);
}

static void
add_folder (PlPages *self, const char *folder)
{
  g_auto (GStrv) names = g_resource_enumerate_children (self->resource, folder,
                                                        G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  for (char **name = names; *name; name++) {
    g_autofree char *path = g_strconcat (folder, *name, NULL);
    if (g_str_has_suffix (path, "/"))
      add_folder (self, path);
    else
      add_page (self, path);
  }
}

PlPages *
pl_pages_new (void)
{
  PlPages *self = g_new0 (PlPages, 1);
  pl_web_register_resource ();
  self->resource = pl_web_get_resource ();
  self->pages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, page_free);
  add_folder (self, "/");
  return self;
}

void
pl_pages_free (PlPages *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->pages);
  pl_web_unregister_resource ();
  g_free (self);
}

static void
add_headers (SoupServerMessage *msg, const Form *form)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);
  /* Kept, and asked for again each time: a page is never made of two versions for long. */
  soup_message_headers_replace (headers, "Cache-Control", "no-cache");
  soup_message_headers_replace (headers, "ETag", form->etag);
  soup_message_headers_replace (headers, "Vary", "Accept-Encoding");
  soup_message_headers_replace (headers, "Content-Security-Policy", PAGE_POLICY);
  soup_message_headers_replace (headers, "Permissions-Policy", PERMISSIONS);
}

/* RFC 9110 13.1.2. A tag in quotes is found in a list of them, weak or not, by its text. */
static gboolean
has_already (SoupServerMessage *msg, const Form *form)
{
  const char *tags = soup_message_headers_get_list (
      soup_server_message_get_request_headers (msg), "If-None-Match");
  return tags && (strstr (tags, form->etag) || g_str_equal (tags, "*"));
}

static gboolean
takes_gzip (SoupServerMessage *msg)
{
  const char *list = soup_message_headers_get_list (
      soup_server_message_get_request_headers (msg), "Accept-Encoding");
  GSList *codings
      = list ? soup_header_parse_quality_list (list, /* unacceptable = */ NULL) : NULL;
  gboolean takes = g_slist_find_custom (codings, "gzip", (GCompareFunc) g_strcmp0) != NULL;

  soup_header_free_list (codings);
  return takes;
}

gboolean
pl_pages_serve (const PlPages *self, SoupServerMessage *msg, const char *path)
{
  const Page *page
      = g_hash_table_lookup (self->pages, g_str_equal (path, "/") ? "/index.html" : path);
  gsize len;

  if (page == NULL)
    return FALSE;
  const Form *form = takes_gzip (msg) ? &page->gzip : &page->plain;
  add_headers (msg, form);
  if (has_already (msg, form)) {
    soup_server_message_set_status (msg, SOUP_STATUS_NOT_MODIFIED, NULL);
    return TRUE;
  }
  const char *data = g_bytes_get_data (form->bytes, &len);
  if (form == &page->gzip)
    soup_message_headers_replace (soup_server_message_get_response_headers (msg),
                                  "Content-Encoding", "gzip");
  soup_server_message_set_status (msg, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (msg, page->type, SOUP_MEMORY_STATIC, data, len);
  return TRUE;
}
