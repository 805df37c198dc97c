import { createMailer, MailError, type Transport } from "@mail/core";
import { mock } from "@mail/mock";
import { describe, expect, test } from "vitest";
import { createTracker } from "./create-tracker.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello", tags: ["welcome"] };

const noSuchUser = new MailError("550 5.1.1 no such user", {
  code: "recipient_rejected",
  response: { smtpCode: 550, enhancedCode: "5.1.1", text: "550 5.1.1 no such user" },
});

/** An SMTP server that refuses some of a mail's recipients. */
function refusing(errors: Readonly<Record<string, MailError>>): Transport {
  return {
    name: "smtp",
    features: { fields: ["envelope"], envelopeRecipients: true },
    send: async ({ envelope, messageId }) => ({
      status: "sent",
      messageId,
      accepted: envelope.to.filter((address) => errors[address] === undefined),
      rejected: envelope.to.flatMap((address) => {
        const error = errors[address];
        return error === undefined ? [] : [{ address, error }];
      }),
    }),
  };
}

describe("recipients who are refused at once", () => {
  test("are bounced, for good only where the address is dead, and then suppressed", async () => {
    const tracker = createTracker();
    const transport = refusing({
      "gone@example.com": noSuchUser,
      "full@example.com": new MailError("552 5.2.2 full", {
        code: "recipient_rejected",
        response: { smtpCode: 552, enhancedCode: "5.2.2", text: "552 5.2.2 full" },
      }),
      "spam@example.com": new MailError("550 5.7.1 blocked", {
        code: "policy_rejected",
        response: { smtpCode: 550, enhancedCode: "5.7.1", text: "550 5.7.1 blocked" },
      }),
      "busy@example.com": new MailError("451 4.2.1 busy", {
        code: "recipient_rejected",
        retryable: true,
        response: { smtpCode: 451, enhancedCode: "4.2.1", text: "451 4.2.1 busy" },
      }),
    });
    const mailer = createMailer({ transport: tracker.transport(transport) });
    const names = ["ada", "gone", "full", "spam", "busy"].map((name) => `${name}@example.com`);
    const { id } = await mailer.send({ ...hello, to: names });
    const status = await tracker.status(id);
    expect(status?.recipients).toMatchObject([
      { recipient: "ada@example.com", state: "sent" },
      { recipient: "gone@example.com", state: "bounced", reason: "invalid", permanent: true },
      { recipient: "full@example.com", state: "bounced", reason: "other" },
      { recipient: "spam@example.com", state: "rejected", reason: "blocked" },
      { recipient: "busy@example.com", state: "failed" },
    ]);
    expect(status?.recipients[2]).not.toHaveProperty("permanent", true);
    const suppressed = await tracker.suppressions.find(names, { tags: [] });
    expect(suppressed).toMatchObject([{ address: "gone@example.com", reason: "bounced" }]);
    const events = await tracker.timeline(id);
    expect(events.find(({ recipient }) => recipient === "gone@example.com")).toMatchObject({
      detail: "recipient_rejected",
      response: "550 5.1.1 no such user",
      raw: { code: "recipient_rejected" },
    });
  });

  test("are told by the error where there is one recipient", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext(noSuchUser);
    const mailer = createMailer({ transport: tracker.transport(inner) });
    await expect(mailer.send(hello)).rejects.toMatchObject({ code: "recipient_rejected" });
    expect(await tracker.suppressions.find(["ada@example.com"], { tags: [] })).toHaveLength(1);
  });

  test("are not condemned by an error that may be about another one", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext(noSuchUser);
    const mailer = createMailer({ transport: tracker.transport(inner) });
    await expect(mailer.send({ ...hello, to: ["ada@example.com", "bob@example.com"] })).rejects.toThrow();
    expect(await tracker.suppressions.find(["ada@example.com", "bob@example.com"], { tags: [] })).toEqual([]);
    const { events } = await tracker.recent({ type: "bounced" });
    expect(events.map(({ permanent }) => permanent)).toEqual([false, false]);
  });

  test("are told of a sender that is refused nothing of their own", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext(
      new MailError("550 5.1.8 bad sender", { code: "recipient_rejected", response: { enhancedCode: "5.1.8" } }),
    );
    await expect(createMailer({ transport: tracker.transport(inner) }).send(hello)).rejects.toThrow();
    expect(await tracker.suppressions.find(["ada@example.com"], { tags: [] })).toEqual([]);
  });
});

test("what may have gone out in spite of an error is unknown, and not failed", async () => {
  const tracker = createTracker();
  const inner = mock();
  inner.failNext(new MailError("connection lost after the mail", { code: "connection", delivery: "unknown" }));
  await expect(createMailer({ transport: tracker.transport(inner) }).send(hello)).rejects.toThrow();
  const { events } = await tracker.recent();
  expect(events).toMatchObject([{ type: "unknown", detail: "connection" }]);
});
