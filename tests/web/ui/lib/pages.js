// SPDX-License-Identifier: LGPL-2.1-or-later
/** The page as punchline-signald is to serve it, from the sources, with the server behind it. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { extname, join } from "node:path";
import { TOP } from "./programs.js";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json",
                ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json", ".png": "image/png" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
  + "connect-src 'self' ws://127.0.0.1:*; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; "
  + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";

export async function servePages(signalUrl) {
  const server = createServer(async ({ url }, response) => {
    const path = new URL(url, signalUrl).pathname.replace(/\/$/, "/index.html");
    try {
      const body = await readFile(join(TOP, "data/web", path));
      response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/plain",
                                "Content-Security-Policy": POLICY });
      response.end(body);
    } catch {
      response.writeHead(path === "/index.html" || path === "/favicon.ico" ? 200 : 404,
                         { "Content-Security-Policy": POLICY, "Content-Type": "text/html" }).end();
    }
  });
  server.on("upgrade", (request, socket, head) => {
    const { hostname, port, host } = new URL(signalUrl);
    const far = connect(port, hostname, () => {
      const headers = { ...request.headers, host, origin: signalUrl };
      far.write(`GET ${request.url} HTTP/1.1\r\n${Object.entries(headers).map(
        ([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
      far.write(head);
      socket.pipe(far).pipe(socket);
    });
    for (const end of [far, socket]) end.on("error", () => { far.destroy(); socket.destroy(); });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `http://127.0.0.1:${server.address().port}`;
}
