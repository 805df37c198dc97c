import { createHub } from "./create-hub.ts";
import { createFaults } from "./faults/create-faults.ts";
import type { Inbox, InboxContext } from "./inbox.ts";
import { type InboxOptions, type InboxSettings, inboxSettings } from "./inbox-options.ts";
import { inboxUrls } from "./inbox-urls.ts";
import { mailgunRoutes } from "./mailgun/mailgun-routes.ts";
import { memoryMailStore } from "./memory-mail-store.ts";
import { openRelease } from "./release/open-release.ts";
import { runningInbox } from "./running-inbox.ts";
import { sendgridRoutes } from "./sendgrid/sendgrid-routes.ts";
import { sesRoutes } from "./ses/ses-routes.ts";
import { smtpCertificate } from "./smtp/smtp-certificate.ts";
import { startSmtp } from "./smtp/start-smtp.ts";
import { sqliteMailStore } from "./sqlite-mail-store.ts";
import { startWeb } from "./start-web.ts";
import { createWebApp } from "./web/create-web-app.ts";
import { createWebhooks } from "./webhooks/create-webhooks.ts";
import { reportByAddress } from "./webhooks/report-by-address.ts";
import { snsRoutes } from "./webhooks/sns-routes.ts";

/**
 * Starts an inbox: SMTP, the three APIs and the page. Several may run in one process.
 * @throws MailError `configuration` that names the option, also when a port is taken
 */
export async function startInbox(options: InboxOptions = {}): Promise<Inbox> {
  const settings = inboxSettings(options);
  const opened: Closable[] = [];
  try {
    return await assemble(settings, opened);
  } catch (thrown) {
    await closeAll(opened);
    throw thrown;
  }
}

interface Closable {
  close(): void | Promise<void>;
}

/** In the reverse order of opening; what cannot be closed keeps nothing else open. */
async function closeAll(opened: Closable[]): Promise<void> {
  const failures: unknown[] = [];
  for (let next = opened.pop(); next !== undefined; next = opened.pop()) {
    try {
      await next.close();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function assemble(settings: InboxSettings, opened: Closable[]): Promise<Inbox> {
  const { host, login, maxMessageBytes, dataFile, allowedHosts, inboxBy, checkPrivateLinks } = settings;
  const keep = <Part extends Closable>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  const hub = createHub(
    keep(dataFile === undefined ? memoryMailStore(settings) : await sqliteMailStore(dataFile, settings)),
    inboxBy,
  );
  const release = settings.release && keep(await openRelease(settings.release));
  const faults = createFaults(inboxBy);
  const certificate = await smtpCertificate(settings.tls, host);
  const web = keep(await startWeb(settings.port, host));
  const smtp = keep(await startSmtp({ hub, faults, login, maxBytes: maxMessageBytes }, { ...settings, certificate }));
  const urls = inboxUrls({ host, login, port: web.port, smtpPort: smtp.port, smtpsPort: smtp.tlsPort });
  const source = (id: string): Uint8Array | undefined => hub.store.source(id);
  const { webhooks: targets, webhookKeys: keys, topicArn, snsSignatureVersion, signingCertUrl } = settings;
  const sns = { topicArn, snsSignatureVersion, signingCertUrl };
  const webhooks = keep(await createWebhooks({ targets, keys, baseUrl: urls.web, source, ...sns }));
  keep({ close: reportByAddress(hub, webhooks) });
  const context: InboxContext = { hub, faults, webhooks, login, maxBytes: maxMessageBytes };
  const apis = [sendgridRoutes(context), sesRoutes(context), mailgunRoutes(context), snsRoutes(webhooks)];
  web.serve(createWebApp(context, { apis, urls: () => urls, allowedHosts, inboxBy, checkPrivateLinks, release }));
  return runningInbox(context, { urls, certificate: certificate.authority, close: () => closeAll(opened) });
}
