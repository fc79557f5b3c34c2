/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#define G_LOG_DOMAIN "pl-http"

#include "signaling/http.h"

#include "base/log.h"
#include "proto/forwarded.h"
#include "signaling/pages.h"

#include <libsoup/soup.h>
#include <string.h>

/* libsoup 3.2 says of itself that its server is not for untrusted clients. So it sees nothing
 * but heads of GET and HEAD requests: no body, no Range, none of the headers that it and a
 * proxy may read differently. All but the web phone's files ends the connection: those are
 * many. */

/* Not among the constants of libsoup 3.2. */
#define STATUS_UPGRADE_REQUIRED  426
#define STATUS_TOO_MANY_REQUESTS 429

#define ABOUT_PAGE                                                                             \
  "punchline-signald " PACKAGE_VERSION "\n\n"                                                  \
  "Brings two Punchline peers together that share a code, and relays sealed messages\n"        \
  "that it cannot read. Clients connect to /signal by WebSocket (punchline.v1).\n"

struct _PlHttp {
  PlHttpConfig config;
  SoupServer *server;
  PlPages *pages; /* NULL: none */
};

/* Why a request is refused, or NULL. */
static const char *
find_fault (SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  const char *method = soup_server_message_get_method (msg);
  const char *host = soup_message_headers_get_list (headers, "Host");

  if (!g_str_equal (method, "GET") && !g_str_equal (method, "HEAD"))
    return "405 Method Not Allowed\r\nAllow: GET, HEAD";
  if (soup_message_headers_get_list (headers, "Transfer-Encoding")
      || soup_message_headers_get_list (headers, "Content-Length"))
    return "413 Content Too Large";
  /* A list of two is joined by a comma, which a host does not have. */
  if (host == NULL || strpbrk (host, ", \t/@"))
    return "400 Bad Request";
  if (soup_message_headers_get_list (headers, "Range"))
    return "416 Range Not Satisfiable";
  return NULL;
}

static PlVisit *
visit_of (SoupServerMessage *msg)
{
  return pl_visit_from_address (soup_server_message_get_remote_address (msg));
}

static void
on_got_headers (SoupServerMessage *msg, gpointer user_data G_GNUC_UNUSED)
{
  const char *fault = find_fault (msg);
  PlVisit *visit = visit_of (msg);

  if (fault == NULL || visit == NULL)
    return;
  pl_debug (visit, "refused: %.3s", fault);
  g_autofree char *response = g_strdup_printf (
      "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", fault);
  soup_message_body_set_accumulate (soup_server_message_get_request_body (msg), FALSE);
  soup_server_message_set_status (msg, SOUP_STATUS_BAD_REQUEST, NULL);
  pl_visit_refuse (visit, response);
}

static void
on_request_started (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *msg,
                    gpointer user_data)
{
  /* The last one, also where libsoup answers by itself. */
  soup_message_headers_replace (soup_server_message_get_response_headers (msg), "Connection",
                                "close");
  g_signal_connect (msg, "got-headers", G_CALLBACK (on_got_headers), user_data);
}

static void
add_headers (SoupServerMessage *msg)
{
  static const char *const fixed[][2] = {
    { "Cache-Control", "no-store" },
    { "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Referrer-Policy", "no-referrer" },
    { "X-Content-Type-Options", "nosniff" },
  };
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);

  for (gsize i = 0; i < G_N_ELEMENTS (fixed); i++)
    soup_message_headers_replace (headers, fixed[i][0], fixed[i][1]);
}

static void
add_hsts (SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (msg);
  soup_message_headers_replace (headers, "Strict-Transport-Security", "max-age=31536000");
}

static void
respond (SoupServerMessage *msg, guint status, const char *text)
{
  const char *phrase = status == STATUS_UPGRADE_REQUIRED    ? "Upgrade Required"
                       : status == STATUS_TOO_MANY_REQUESTS ? "Too Many Requests"
                                                            : NULL;
  soup_server_message_set_status (msg, status, phrase);
  soup_server_message_set_response (msg, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, text,
                                    strlen (text));
}

static gboolean
is_forwarded (SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  return soup_message_headers_get_list (headers, "X-Forwarded-For")
         || soup_message_headers_get_list (headers, "Forwarded")
         || soup_message_headers_get_list (headers, "Via");
}

/* libsoup 3.2 loses a connection that ends between two requests. So it gets each as a new one.
 */
static void
on_page_written (SoupServerMessage *msg, gpointer user_data)
{
  PlHttp *self = user_data;
  PlVisit *visit = visit_of (msg);

  if (visit == NULL)
    return;
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (msg);
  pl_visit_end_page (visit);
  pl_http_serve (self, visit, stream);
}

static gboolean
wants_more (SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  return soup_server_message_get_http_version (msg) == SOUP_HTTP_1_1
         && !soup_message_headers_header_contains (headers, "Connection", "close");
}

static gboolean
serve_file (PlHttp *self, SoupServerMessage *msg, PlVisit *visit, const char *path)
{
  if (self->pages == NULL || !pl_pages_serve (self->pages, msg, path))
    return FALSE;
  if (pl_visit_begin_page (visit) && wants_more (msg)) {
    soup_message_headers_remove (soup_server_message_get_response_headers (msg), "Connection");
    g_signal_connect (msg, "wrote-body", G_CALLBACK (on_page_written), self);
  }
  return TRUE;
}

static void
serve_page (PlHttp *self, SoupServerMessage *msg, PlVisit *visit, const char *path)
{
  if (serve_file (self, msg, visit, path))
    return;
  if (g_str_equal (path, "/") || g_str_equal (path, "/about")) {
    respond (msg, SOUP_STATUS_OK, ABOUT_PAGE);
  } else if (g_str_equal (path, "/healthz")) {
    respond (msg, SOUP_STATUS_OK, "ok\n");
  } else if (g_str_equal (path, "/metrics")
             && g_inet_address_get_is_loopback (pl_visit_get_peer (visit))
             && !is_forwarded (msg)) {
    g_autofree char *text = self->config.print_metrics (self->config.user_data);
    respond (msg, SOUP_STATUS_OK, text);
  } else {
    respond (msg, SOUP_STATUS_NOT_FOUND, "there is nothing here\n");
  }
}

/* A browser says where the page came from: from this server, or from one that is allowed. */
static gboolean
check_origin (PlHttp *self, SoupServerMessage *msg)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  const char *origin = soup_message_headers_get_list (headers, "Origin");
  const char *host = soup_message_headers_get_list (headers, "Host");

  if (origin == NULL)
    return TRUE;
  const char *authority = strstr (origin, "://");
  if (authority && g_ascii_strcasecmp (authority + 3, host) == 0)
    return TRUE;
  return self->config.allowed_origins && g_strv_contains (self->config.allowed_origins, origin);
}

static gboolean
count_client (PlHttp *self, SoupServerMessage *msg, PlVisit *visit)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);
  g_autoptr (GInetAddress) client = pl_forwarded_pick (
      pl_visit_get_peer (visit), soup_message_headers_get_list (headers, "X-Forwarded-For"),
      self->config.trusted);
  return pl_visit_count_for (visit, client);
}

static void
on_upgraded (SoupServerMessage *msg, gpointer user_data)
{
  PlHttp *self = user_data;
  PlVisit *visit = visit_of (msg);

  if (soup_server_message_get_status (msg) != SOUP_STATUS_SWITCHING_PROTOCOLS || visit == NULL)
    return;
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (msg);
  self->config.upgraded (visit, stream, self->config.user_data);
}

static gboolean
offers_protocol (SoupServerMessage *msg, const char *protocol)
{
  const char *list = soup_message_headers_get_list (
      soup_server_message_get_request_headers (msg), "Sec-WebSocket-Protocol");
  return list && soup_header_contains (list, protocol);
}

static void
upgrade (PlHttp *self, SoupServerMessage *msg, PlVisit *visit)
{
  static char protocol[] = "punchline.v1";
  char *protocols[] = { protocol, NULL };
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (msg);

  if (!soup_message_headers_header_contains (headers, "Upgrade", "websocket")) {
    respond (msg, STATUS_UPGRADE_REQUIRED, "this is a WebSocket (punchline.v1)\n");
    soup_message_headers_replace (soup_server_message_get_response_headers (msg), "Upgrade",
                                  "websocket");
    return;
  }
  if (!check_origin (self, msg)) {
    respond (msg, SOUP_STATUS_FORBIDDEN, "this origin is not allowed here\n");
    return;
  }
  if (!offers_protocol (msg, protocol)) {
    respond (msg, SOUP_STATUS_BAD_REQUEST, "the subprotocol punchline.v1 is not offered\n");
    return;
  }
  if (!count_client (self, msg, visit)) {
    respond (msg, STATUS_TOO_MANY_REQUESTS, "too many connections from this address\n");
    return;
  }
  soup_message_headers_remove (soup_server_message_get_response_headers (msg), "Connection");
  if (soup_websocket_server_process_handshake (msg, /* expected_origin = */ NULL, protocols,
                                               /* supported_extensions = */ NULL,
                                               /* accepted_extensions = */ NULL))
    g_signal_connect (msg, "wrote-informational", G_CALLBACK (on_upgraded), self);
}

static void
on_request (SoupServer *server G_GNUC_UNUSED, SoupServerMessage *msg, const char *path,
            GHashTable *query G_GNUC_UNUSED, gpointer user_data)
{
  PlHttp *self = user_data;
  PlVisit *visit = visit_of (msg);

  if (visit == NULL)
    return;
  add_headers (msg);
  if (pl_visit_is_secure (visit))
    add_hsts (msg);
  if (g_str_equal (path, "/signal"))
    upgrade (self, msg, visit);
  else
    serve_page (self, msg, visit, path);
}

PlHttp *
pl_http_new (const PlHttpConfig *config)
{
  PlHttp *self = g_new0 (PlHttp, 1);
  self->config = *config;
  self->pages = config->without_pages ? NULL : pl_pages_new ();
  self->server = soup_server_new ("server-header", "punchline-signald", NULL);
  /* Compression of what strangers send is memory and time that strangers decide on. */
  soup_server_remove_websocket_extension (self->server, SOUP_TYPE_WEBSOCKET_EXTENSION_DEFLATE);
  g_signal_connect (self->server, "request-started", G_CALLBACK (on_request_started), self);
  soup_server_add_handler (self->server, /* path = */ NULL, on_request, self,
                           /* destroy = */ NULL);
  return self;
}

void
pl_http_free (PlHttp *self)
{
  if (self == NULL)
    return;
  soup_server_disconnect (self->server);
  g_object_unref (self->server);
  pl_pages_free (self->pages);
  g_free (self);
}

void
pl_http_serve (PlHttp *self, PlVisit *visit, GIOStream *stream)
{
  g_autoptr (GError) error = NULL;
  GSocketAddress *remote = pl_visit_get_remote (visit);

  if (!soup_server_accept_iostream (self->server, stream, remote, remote, &error))
    pl_debug (visit, "%s", error->message);
}
