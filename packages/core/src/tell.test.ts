import { expect, onTestFinished, test } from "vitest";
import { createMailer } from "./create-mailer.ts";
import type { Logger } from "./logger.ts";
import { MailError } from "./mail-error.ts";
import { hello, memoryTransport } from "./memory-transport.fixture.ts";
import { prepareMessage } from "./prepare-message.ts";
import { retry } from "./retry.ts";
import type { Transport } from "./transport.ts";

/** Takes one recipient at once, and the other at the second try. */
const partial = (): Transport => {
  let tries = 0;
  return {
    ...memoryTransport({ features: { envelopeRecipients: true } }),
    async send({ envelope: { to } }) {
      if (tries++ > 0) return { status: "sent", accepted: to, rejected: [] };
      const error = new MailError("later", { code: "recipient_rejected", retryable: true });
      return { status: "sent", accepted: to.slice(1), rejected: [{ address: to[0] as string, error }] };
    },
  };
};
const message = { ...hello, to: ["ada@example.com", "bob@example.com"] };
const options = { backoff: { initialMs: 0 } };
const broken = (): never => {
  throw "broken";
};
/** Rejects when it is awaited, and is no Promise. */
// biome-ignore lint/suspicious/noThenProperty: a thenable is the point
const badThenable = { then: (_resolve: unknown, reject: (reason: unknown) => void) => reject(Symbol("late")) };
// biome-ignore lint/suspicious/noThenProperty: see above
const unaskable: unknown = Object.defineProperty({}, "then", { get: broken });
const rejecting = () => Promise.reject(Object.create(null));

/** What nobody catches while a test runs. */
const unhandled = (): unknown[] => {
  const seen: unknown[] = [];
  const onUnhandled = (reason: unknown) => void seen.push(reason);
  process.on("unhandledRejection", onUnhandled);
  onTestFinished(() => void process.off("unhandledRejection", onUnhandled));
  return seen;
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

test.each<[string, () => unknown]>([
  ["throws no error", broken],
  ["rejects with an object that is no text", rejecting],
  ["returns a thenable that rejects", () => badThenable],
  ["returns what cannot be asked for `then`", () => unaskable],
])("a handler or a logger that %s changes nothing of a mail, and is no unhandled rejection", async (_name, fail) => {
  const seen = unhandled();
  const method = fail as Logger["info"];
  const mailer = createMailer({
    transport: retry(partial(), options),
    logger: { debug: method, info: method, warn: method, error: method },
  });
  for (const event of ["sending", "sent", "failed", "retrying", "dropped"] as const)
    mailer.on(event, fail as () => void);
  expect(await mailer.send(message)).toMatchObject({ accepted: ["bob@example.com", "ada@example.com"], rejected: [] });
  await turn();
  expect(seen).toEqual([]);
});

test("a log and an emit that throw change nothing where a composite is used without a mailer", async () => {
  const log = { debug: broken, info: broken, warn: broken, error: broken };
  const context = { signal: new AbortController().signal, log, emit: broken };
  const receipt = await retry(partial(), options).send(prepareMessage(message), context);
  expect(receipt.accepted).toEqual(["bob@example.com", "ada@example.com"]);
});

test.each<[string, () => unknown]>([
  ["undefined", () => Promise.reject(undefined)],
  ["an object that is no text", rejecting],
  ["a thenable that rejects", () => badThenable],
  ["an error whose message is no text", () => Promise.reject(Object.assign(new Error(), { message: Symbol("x") }))],
])("a middleware that fails with %s fails the mail with a MailError, and nothing is sent", async (_name, fail) => {
  const relay = memoryTransport();
  const mailer = createMailer({ transport: relay }).use(fail as never);
  await expect(mailer.send(message)).rejects.toMatchObject({ code: "unknown", scope: "message", delivery: "not_sent" });
  expect(relay.sent).toEqual([]);
});
