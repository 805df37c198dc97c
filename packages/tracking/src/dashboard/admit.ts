import { isLoopback, misconfigured } from "@mail/core";
import type { DashboardAuthorize, DashboardOptions } from "./dashboard-options.ts";

/** What is answered instead of the page, or `undefined` to let the request in. */
export type Admit = (request: Request) => Promise<Response | "forbidden" | "remote" | undefined>;

/** @throws MailError `configuration` in production without `authorize` */
export function createAdmit({ authorize }: DashboardOptions): Admit {
  if (authorize !== undefined) return (request) => ask(authorize, request);
  // biome-ignore lint/style/noProcessEnv: a dashboard that is open to everyone must not reach production unnoticed
  if (process.env.NODE_ENV === "production")
    throw misconfigured(
      "authorize",
      "is missing in dashboard(), and NODE_ENV is production",
      "Pass authorize: (request) => true for those who may read recipients' addresses, false for others.",
    );
  return async (request) => (isLocal(request) ? undefined : "remote");
}

async function ask(authorize: DashboardAuthorize, request: Request): ReturnType<Admit> {
  const allowed: unknown = await authorize(request);
  if (allowed === true) return undefined;
  return isResponse(allowed) ? allowed : "forbidden";
}

/** Of any realm: frameworks bring classes of their own. */
function isResponse(value: unknown): value is Response {
  return typeof value === "object" && value !== null && "status" in value && "headers" in value && "body" in value;
}

/** Asked by a loopback name, so that no site's name can be pointed here (DNS rebinding), and not through a proxy. */
function isLocal(request: Request): boolean {
  const hosts = [new URL(request.url).host, ...listed(request, "host"), ...listed(request, "x-forwarded-host")];
  const clients = [...listed(request, "x-forwarded-for"), ...listed(request, "x-real-ip")];
  return hosts.every(isLoopbackHost) && clients.every(isLoopback) && !request.headers.has("forwarded");
}

function listed({ headers }: Request, name: string): readonly string[] {
  return (
    headers
      .get(name)
      ?.split(",")
      .map((item) => item.trim()) ?? []
  );
}

function isLoopbackHost(host: string): boolean {
  const match = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host);
  return match?.[1] !== undefined && isLoopback(match[1]);
}
