import { connect } from "node:net";

/**
 * Posts a body as clients do that read nothing before they have sent all of it, and asks for `path` on the same
 * connection. @returns the statuses of the answers that came before the connection was closed
 */
export function postWhole(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  path: string,
): Promise<readonly number[]> {
  const { hostname, port, host, pathname } = new URL(url);
  const head = Object.entries({ host, "content-length": String(body.byteLength), ...headers });
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(Number(port), hostname);
    // A connection that is closed while a body is sent fails to take the rest.
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
    });
    socket.on("close", () => {
      resolve(Array.from(received.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status)));
    });
    socket.write(`POST ${pathname} HTTP/1.1\r\n${head.map((pair) => pair.join(": ")).join("\r\n")}\r\n\r\n`);
    socket.write(body);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  });
}
