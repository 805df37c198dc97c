import type { Receipt, StoredEvent } from "@mail/core";
import type { Inbox, WebhookAction } from "@mail/inbox";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { message } from "../inbox/send-by.ts";
import { type EventApp, setups, startEventApp, startEventInbox } from "./event-app.ts";
import { type ExpectedEvent, expectations } from "./expected-events.ts";
import { eventsOffered, press, replay } from "./press.ts";

const [ada, bob] = ["ada@example.com", "bob@example.com"];
const link = "https://acme.example/orders/1";
const labels = { tags: ["welcome", "first order: 2026"], metadata: { order: "42", customer: "Ada & Bob, 7/8" } };
const everything = { since: new Date(0) };

const offered = await (async () => {
  await using inbox = await startEventInbox();
  return await eventsOffered(inbox);
})();

describe.each(setups)("$name", (setup) => {
  const { via } = setup;
  const expected = expectations[via];
  const events = (Object.entries(offered[via]) as [WebhookAction, readonly string[]][]).flatMap(([action, details]) =>
    details.map((detail) => ({ name: `${action}/${detail}`, action, detail })),
  );

  let inbox: Inbox;
  let app: EventApp;
  beforeAll(async () => {
    inbox = await startEventInbox(setup);
  });
  afterAll(() => inbox?.close());
  beforeEach(async () => {
    inbox.clear();
    app = await startEventApp(inbox, setup);
  });
  afterEach(() => app?.[Symbol.asyncDispose]());

  test("is expected to report what the inbox offers, and nothing else", () => {
    expect(Object.keys(expected).sort()).toEqual(events.map(({ name }) => name).sort());
  });

  test.each(events)("$name", async ({ name, action, detail }) => {
    const expectation = expected[name];
    if (expectation === undefined) throw new Error(`expected-events.ts does not say what ${name} of ${via} comes to.`);
    const { tracker, mailer } = app;
    const sentAfter = wholeSecond();
    const receipt = await mailer.send({ ...message, ...labels });

    const delivery = await press(inbox, receipt.id, action, { detail });

    expect(delivery).toMatchObject({ state: "delivered", attempts: [{ status: via === "smtp" ? 250 : 200 }] });
    const timeline = await tracker.timeline(receipt.id);
    const reported = timeline.filter(({ provider }) => provider !== "transport");
    expect(reported.map(shown)).toEqual(expectation.events.map((event) => shownAs(event, via, receipt)));
    for (const { at } of reported) expect(at.getTime()).toBeGreaterThanOrEqual(sentAfter);
    expect(app.read.map(({ mailId }) => mailId)).toEqual(expectation.events.map(() => receipt.id));
    expect((await tracker.status(receipt.id))?.recipients).toMatchObject([
      { recipient: ada, state: expectation.state },
    ]);

    const { total } = await tracker.stats(everything);
    expect(await replay(inbox, delivery)).toMatchObject({ state: "delivered", attempts: [{}, {}] });
    expect(await tracker.timeline(receipt.id)).toEqual(timeline);
    expect((await tracker.stats(everything)).total).toEqual(total);

    const { suppressed } = expectation;
    const entry = { address: ada, reason: suppressed, scope: "", mailId: receipt.id };
    expect(await tracker.suppressions.get(ada)).toMatchObject(suppressed === undefined ? [] : [entry]);
    const next = mailer.send(message);
    if (suppressed === undefined) expect(await next).toMatchObject({ status: "sent", accepted: [ada] });
    else await expect(next).rejects.toMatchObject({ code: "suppressed", delivery: "not_sent", attempts: [] });
    expect(inbox.messages()).toHaveLength(suppressed === undefined ? 2 : 1);
  });

  test("tells one of a mail's recipients from the other", async () => {
    const { tracker, mailer } = app;
    const { id } = await mailer.send({ ...message, to: [ada, bob] });
    await press(inbox, id, "hard_bounce", { recipient: bob });
    await press(inbox, id, "deliver", { recipient: ada });
    expect(await tracker.status(id)).toMatchObject({
      recipients: [
        { recipient: ada, state: "delivered" },
        { recipient: bob, state: "bounced", permanent: true },
      ],
    });
    expect(await mailer.send({ ...message, to: [ada, bob] })).toMatchObject({
      accepted: [ada],
      rejected: [{ address: bob, error: { code: "suppressed" } }],
    });
  });

  test("tells one mail of a mail merge from the other", async () => {
    const { tracker, mailer } = app;
    const { to: _, ...template } = message;
    const receipts: Receipt[] = [];
    for await (const outcome of mailer.sendBulk(template, [{ to: ada }, { to: bob }]))
      if (outcome.ok) receipts[outcome.index] = outcome.receipt;
    const [first, second] = receipts.map(({ id }) => id) as [string, string];
    await press(inbox, second, "complain");
    expect(await tracker.status(first)).toMatchObject({ recipients: [{ recipient: ada, state: "sent" }] });
    expect(await tracker.status(second)).toMatchObject({ recipients: [{ recipient: bob, state: "complained" }] });
    expect(await tracker.suppressions.counts()).toMatchObject({ complained: 1 });
    expect(await tracker.suppressions.get(bob)).toMatchObject([{ reason: "complained", mailId: second }]);
  });
});

/** Now, as providers that count in seconds tell it. */
function wholeSecond(): number {
  return Math.floor(Date.now() / 1000) * 1000;
}

/** What an event must tell, whoever reports it. */
function shown({ type, reason, permanent, url, ...event }: StoredEvent) {
  const { provider, recipient, mailId, providerId, tags, metadata } = event;
  const clicked = type === "clicked" ? url : undefined;
  return { type, reason, permanent, clicked, provider, recipient, mailId, providerId, tags, metadata };
}

function shownAs({ type, reason, permanent, clicked }: ExpectedEvent, provider: string, receipt: Receipt) {
  return {
    ...{ type, reason, permanent, clicked: clicked && link, provider, recipient: ada },
    ...{ mailId: receipt.id, providerId: receipt.providerId },
    ...labels,
  };
}
