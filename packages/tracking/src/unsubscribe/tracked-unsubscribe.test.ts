import { createMailer, type Mailer, type Receipt, type SendRun } from "@mail/core";
import { mock } from "@mail/mock";
import { expect, test } from "vitest";
import { createSuppressions } from "../create-suppressions.ts";
import { createTracker } from "../create-tracker.ts";
import { secret } from "./unsubscribing.fixture.ts";

const template = { from: "hello@acme.example", subject: "News", html: "<p>News</p>", tags: ["newsletter"] };
const to = "Ada@Example.com";

async function only(run: SendRun): Promise<Receipt> {
  for await (const outcome of run) {
    if (outcome.ok) return outcome.receipt;
    throw outcome.error;
  }
  throw new Error("nothing was sent");
}

type Send = (mailer: Mailer, message: typeof template & { unsubscribe?: { url: string } }) => Promise<Receipt>;
const entryPoints: readonly (readonly [string, Send])[] = [
  ["send", (mailer, message) => mailer.send({ ...message, to })],
  ["sendMany", (mailer, message) => only(mailer.sendMany([{ ...message, to }]))],
  ["sendBulk", (mailer, message) => only(mailer.sendBulk(message, [{ to }]))],
];

test.each(entryPoints)(
  "who unsubscribes from a mail of %s gets no other of its kind, and is counted",
  async (_name, send) => {
    const inbox = mock();
    await using tracker = createTracker({
      suppressions: createSuppressions({ transactionalTags: ["receipt"] }),
      unsubscribe: { url: "https://app.example/unsubscribe", secret },
    });
    const mailer = createMailer({ transport: tracker.transport(inbox), suppressions: tracker.suppressions });
    const url = tracker.unsubscribe.url({ scope: "newsletter" });
    const newsletter = { ...template, html: `<a href="${url}">Off</a>`, unsubscribe: { url } };
    const since = new Date();
    const { id } = await send(mailer, newsletter);

    const [mail] = inbox.sent;
    const link = /<(https:[^>]+)>/.exec(mail?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    expect(mail?.html).toBe(`<a href="${link}">Off</a>`);
    const [name = "", value = ""] = (mail?.headers["List-Unsubscribe-Post"] ?? "").split("=");
    const post = () =>
      tracker.unsubscribe(new Request(link, { method: "POST", body: new URLSearchParams({ [name]: value }) }));
    const responses = await Promise.all([post(), post(), post()]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);

    await expect(send(mailer, newsletter)).rejects.toMatchObject({ code: "suppressed", message: /unsubscribed/ });
    expect(inbox.sent).toHaveLength(1);
    await send(mailer, { ...template, tags: ["product"] });
    await send(mailer, { ...template, tags: ["newsletter", "receipt"] });
    expect(inbox.sent).toHaveLength(3);

    expect((await tracker.timeline(id)).map(({ type, detail }) => [type, detail])).toContainEqual([
      "unsubscribed",
      "newsletter",
    ]);
    expect((await tracker.stats({ since })).total).toMatchObject({ unsubscribed: 1 });
  },
);

test("who complained gets nothing, transactional or not, unless it is forced", async () => {
  const inbox = mock();
  await using tracker = createTracker({ suppressions: createSuppressions({ transactionalTags: ["receipt"] }) });
  const mailer = createMailer({ transport: tracker.transport(inbox), suppressions: tracker.suppressions });
  const event = {
    id: "1",
    type: "complained",
    at: new Date(),
    provider: "ses",
    recipient: to,
    tags: [],
    metadata: {},
    raw: {},
  } as const;
  await tracker.add([event]);
  const receipt = { ...template, tags: ["receipt"] };
  for (const [, send] of entryPoints) await expect(send(mailer, receipt)).rejects.toMatchObject({ code: "suppressed" });
  expect(inbox.sent).toEqual([]);
  await mailer.send({ ...receipt, to }, { suppressions: "ignore" });
  expect(inbox.sent).toHaveLength(1);
});

test("a mail with one link for several recipients is refused before anything is recorded or sent", async () => {
  const inbox = mock();
  await using tracker = createTracker({ unsubscribe: { url: "https://app.example/unsubscribe", secret } });
  const mailer = createMailer({ transport: tracker.transport(inbox) });
  const message = { ...template, to: [to, "bob@example.com"], unsubscribe: { url: tracker.unsubscribe.url() } };
  await expect(mailer.send(message)).rejects.toMatchObject({
    code: "invalid_message",
    field: "unsubscribe.url",
    delivery: "not_sent",
  });
  expect(inbox.sent).toEqual([]);
  expect((await tracker.recent()).events).toEqual([]);
});
