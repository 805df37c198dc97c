import { fromUrl, misconfigured, type Transport, type UrlAdapter } from "@mail/core";

/** Adapters are optional: who does not release mails needs none of them. */
const packages: Readonly<Record<string, string>> = {
  smtp: "@mail/smtp",
  smtps: "@mail/smtp",
  sendgrid: "@mail/sendgrid",
  mailgun: "@mail/mailgun",
  ses: "@mail/ses",
};

type Import = (name: string) => Promise<unknown>;

/**
 * The transport of a `MAIL_URL`, such as `smtp://user:pass@host:587`, by the adapters that it names.
 * @throws MailError `configuration` that names the package to install
 */
export async function loadTransport(url: string, load: Import = (name) => import(name)): Promise<Transport> {
  const schemes = Array.from(url.matchAll(/\b([a-z]+):\/\//gi), ([, scheme = ""]) => scheme.toLowerCase());
  const names = new Set(schemes.flatMap((scheme) => (Object.hasOwn(packages, scheme) ? (packages[scheme] ?? []) : [])));
  if (names.size === 0)
    throw misconfigured("release.url", "names no provider", `Begin it with ${Object.keys(packages).join("://, ")}://.`);
  const adapters = await Promise.all([...names].map((name) => adapterOf(name, load)));
  return fromUrl(url, adapters);
}

async function adapterOf(name: string, load: Import): Promise<UrlAdapter> {
  const exported: unknown = await load(name).catch((thrown: unknown) => {
    throw misconfigured("release.url", problemWith(name, thrown), `Run: npm install --save-dev @mail/inbox ${name}`);
  });
  const adapter = Object.entries(exported ?? {}).find(([key]) => name === `@mail/${key}`)?.[1];
  if (isAdapter(adapter)) return adapter;
  throw misconfigured("release.url", `needs ${name}, which has another form here`, "Use the versions of one release.");
}

function isAdapter(value: unknown): value is UrlAdapter {
  return typeof value === "function" && "fromUrl" in value && "schemes" in value;
}

function problemWith(name: string, thrown: unknown): string {
  const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND";
  if (missing) return `needs ${name}, which is not installed beside the inbox`;
  return `needs ${name}, which cannot be loaded: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
}
