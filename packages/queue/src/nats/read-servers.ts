import { misconfigured } from "@mail/core";
import { checkServerUrl } from "../broker/server-url.ts";
import type { NatsServer } from "./nats-connection.ts";

/**
 * Reads the servers of one cluster: the client takes no logins in URLs.
 * @throws MailError `configuration` that names the option
 */
export function readServers(
  urls: readonly unknown[],
): Pick<NatsServer, "servers" | "user" | "pass" | "token" | "tls" | "secrets"> {
  const parsed = urls.map((url, index) => {
    const field = urls.length === 1 ? "servers" : `servers[${index}]`;
    if (typeof url !== "string") throw misconfigured(field, "is no text", "Write it as nats://host:4222.");
    const passwords = checkServerUrl(field, url, ["nats", "tls"], "nats://user:password@host:4222");
    return { url: new URL(url), passwords };
  });
  const secrets = parsed.flatMap(({ passwords }) => passwords);
  const logins = new Set(parsed.map(({ url: { username, password } }) => `${username}:${password}`));
  if (logins.size > 1)
    throw misconfigured(
      "servers",
      "have different logins",
      "Give all servers of a cluster the same user and password.",
    );
  const tls = parsed.some(({ url }) => url.protocol === "tls:");
  const servers = parsed.map(({ url }) => url.host);
  const { username = "", password = "" } = parsed[0]?.url ?? {};
  if (username === "") return { servers, tls, secrets };
  const user = decodeURIComponent(username);
  if (password === "") return { servers, tls, token: user, secrets: [...secrets, user, username] };
  return { servers, tls, user, pass: decodeURIComponent(password), secrets };
}
