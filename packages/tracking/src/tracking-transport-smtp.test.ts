import type { AddressInfo } from "node:net";
import { createMailer, retry } from "@mail/core";
import { smtp } from "@mail/smtp";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { createTracker } from "./create-tracker.ts";

/** A server that refuses addresses by the reply that stands before the @. */
async function open() {
  const refuse = (address: string): Error | null => {
    const [reply = "", enhanced = ""] = address.split("@")[0]?.split("-") ?? [];
    if (!/^[45]\d\d$/.test(reply)) return null;
    return Object.assign(new Error(`${enhanced} refused`), { responseCode: Number(reply) });
  };
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, done) => done(refuse(address)),
    onData(stream, _session, done) {
      stream.resume().once("end", () => done());
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  const tracker = createTracker();
  const transport = retry(smtp({ host: "127.0.0.1", port, secure: false }), { attempts: 2, backoff: { initialMs: 1 } });
  const mailer = createMailer({ transport: tracker.transport(transport) });
  onTestFinished(async () => {
    await mailer.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { tracker, mailer };
}

const hello = { from: "hello@acme.example", subject: "Hi", text: "Hello" };

test("what an SMTP server says of each recipient is known at once, and dead addresses are suppressed", async () => {
  const { tracker, mailer } = await open();
  const to = ["ada", "550-5.1.1", "550-5.7.1", "552-5.2.2", "451-4.2.1"].map((name) => `${name}@example.com`);
  const { id } = await mailer.send({ ...hello, to });
  const recipients = (await tracker.status(id))?.recipients.map(({ recipient, state, permanent = false }) => [
    recipient.split("@")[0],
    state,
    permanent,
  ]);
  expect(recipients).toEqual([
    ["ada", "sent", false],
    ["550-5.1.1", "bounced", true],
    ["550-5.7.1", "rejected", false],
    ["552-5.2.2", "bounced", false],
    ["451-4.2.1", "failed", false],
  ]);
  expect(await tracker.suppressions.find(to, { tags: [] })).toEqual([
    { address: "550-5.1.1@example.com", reason: "bounced" },
  ]);
});

test("an SMTP server that refuses all recipients condemns none of them by the reply to one", async () => {
  const { tracker, mailer } = await open();
  const to = ["550-5.1.1@example.com", "552-5.2.2@example.com"];
  await expect(mailer.send({ ...hello, to })).rejects.toMatchObject({ code: "recipient_rejected" });
  expect(await tracker.suppressions.find(to, { tags: [] })).toEqual([]);
  await expect(mailer.send({ ...hello, to: to[0] as string })).rejects.toThrow();
  expect(await tracker.suppressions.find(to, { tags: [] })).toHaveLength(1);
});

test("tags and metadata are recorded and counted, though SMTP does not carry them", async () => {
  const { tracker, mailer } = await open();
  const labels = { tags: ["welcome"], metadata: { order: "42" } };
  const receipt = await mailer.send({ ...hello, ...labels, to: "ada@example.com" });
  expect(receipt.dropped).toEqual(["metadata", "tags"]);
  expect(await tracker.status(receipt.id)).toMatchObject({ mail: labels });
  const { groups } = await tracker.stats({ since: new Date(0), by: "tag" });
  expect(groups).toMatchObject([{ key: "welcome", sent: 1 }]);
});
