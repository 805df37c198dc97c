import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { onTestFinished } from "vitest";
import type { CaughtMail } from "../caught-mail.ts";
import { createHub } from "../create-hub.ts";
import type { FaultAction, FaultRule, Faults } from "../fault.ts";
import { createFaults } from "../faults/create-faults.ts";
import type { InboxContext } from "../inbox.ts";
import { mailgunRoutes } from "../mailgun/mailgun-routes.ts";
import { memoryMailStore } from "../memory-mail-store.ts";
import { sendgridRoutes } from "../sendgrid/sendgrid-routes.ts";
import { sesRoutes } from "../ses/ses-routes.ts";
import type { Webhooks } from "../webhook.ts";

/** The three APIs on a port of loopback. */
export interface Apis {
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  /** Oldest first. */
  readonly mails: () => readonly CaughtMail[];
  readonly mail: () => CaughtMail;
  readonly source: (mail: CaughtMail) => string;
  readonly requests: () => number;
  /** The next request meets this fault. */
  readonly play: (action: FaultAction, rule?: Partial<FaultRule>) => void;
  readonly close: () => Promise<void>;
}

/** Starts them; they end with the test, or by `close`. */
export async function startApis(options: Partial<Pick<InboxContext, "login" | "maxBytes">> = {}): Promise<Apis> {
  const hub = createHub(memoryMailStore());
  const faults = createFaults();
  const context: InboxContext = {
    hub,
    faults,
    webhooks: {} as Webhooks,
    login: options.login,
    maxBytes: options.maxBytes ?? 100_000_000,
  };
  let requests = 0;
  const app = new Hono()
    .use(async (_, next) => {
      requests++;
      await next();
    })
    .route("/", sendgridRoutes(context))
    .route("/", sesRoutes(context))
    .route("/", mailgunRoutes(context));
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  const mails = (): readonly CaughtMail[] =>
    hub.store
      .list({ limit: 2000 })
      .mails.map(({ id }) => hub.store.get(id) as CaughtMail)
      .toReversed();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    faults,
    mails,
    mail() {
      const [mail, second] = mails();
      if (mail === undefined || second !== undefined) throw new Error(`${mails().length} mails were caught`);
      return mail;
    },
    source: ({ id }) => Buffer.from(hub.store.source(id) ?? []).toString(),
    requests: () => requests,
    play: (action, rule = {}) => void faults.add({ stage: "request", first: 1, ...rule, action }),
    close,
  };
}

/** Starts the APIs for one test. */
export async function apisOfTest(options?: Parameters<typeof startApis>[0]): Promise<Apis> {
  const apis = await startApis(options);
  onTestFinished(apis.close);
  return apis;
}
