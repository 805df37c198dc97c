import { type BulkRecipient, failover, type Message, once, retry, type SendOutcome } from "@mail/core";
import type { FaultAction } from "@mail/inbox";
import { describe, expect, test } from "vitest";
import { apis, countRequests, freshInbox, merge, transportTo } from "./bulk-inbox.ts";

const letter: Message = { from: "hello@acme.example", subject: "Hi {{name}}", text: "Dear {{name}}" };
const people: readonly BulkRecipient[] = ["ada", "bob", "cy"].map((name) => ({
  to: `${name}@example.com`,
  data: { name },
}));
const quick = { attempts: 3, backoff: { initialMs: 1, maxMs: 1 } };

const told = (outcomes: readonly SendOutcome[]): readonly string[] =>
  outcomes.map((outcome) => (outcome.ok ? "sent" : `${outcome.error.code} ${outcome.error.delivery}`));

const all = (text: string): readonly string[] => people.map(() => text);

describe.each(apis)("a batch by %s", (via) => {
  async function faulty(action: FaultAction, first = 1) {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    inbox.faults.add({ via, stage: "request", first, action });
    return { inbox, asked, transport: transportTo(inbox, via) };
  }

  test("whose answer is lost leaves everybody's outcome open, and is not sent again", async () => {
    const { inbox, transport } = await faulty({ type: "lose-answer" });
    expect(told(await merge(retry(transport, quick), letter, people))).toEqual(all("connection unknown"));
    expect(inbox.messages()).toHaveLength(3);
  });

  test("that is refused is nobody's mail, and is not asked for again", async () => {
    const { inbox, asked, transport } = await faulty({ type: "status", status: 400 });
    const outcomes = await merge(retry(transport, quick), letter, people);
    expect(told(outcomes)).toEqual(all("invalid_message not_sent"));
    expect(outcomes).toMatchObject(all("").map(() => ({ error: { transport: via, attempts: [{ transport: via }] } })));
    expect([asked(), inbox.messages().length]).toEqual([1, 0]);
  });

  test("fails for a recipient whom the provider refuses alone", async () => {
    const inbox = await freshInbox();
    const refused = { to: "reject@example.com", data: { name: "Rex" } };
    const outcomes = await merge(transportTo(inbox, via), letter, [...people, refused]);
    const code = via === "ses" ? "permission" : "recipient_rejected";
    expect(told(outcomes)).toEqual([...all("sent"), `${code} not_sent`]);
    expect(inbox.messages()).toHaveLength(3);
  });

  test("for which it was too soon goes again, for everybody", async () => {
    const { inbox, asked, transport } = await faulty({ type: "status", status: 429, retryAfter: 0 }, 2);
    const outcomes = await merge(retry(transport, quick), letter, people);
    expect(told(outcomes)).toEqual(all("sent"));
    expect(outcomes).toMatchObject(all("").map(() => ({ receipt: { attempts: [{}, {}, {}] } })));
    expect([asked(), inbox.messages().length]).toEqual([3, 3]);
  });

  test("that cannot be read is an error of each mail, without a request", async () => {
    const { asked, transport } = await faulty({ type: "delay", ms: 0 });
    const content = (): never => {
      throw new Error("disk gone");
    };
    const outcomes = await merge(transport, { ...letter, attachments: [{ filename: "a.txt", content }] }, people);
    expect(told(outcomes)).toEqual(all("invalid_message not_sent"));
    expect(asked()).toBe(0);
  });

  test("is sent once to each idempotency key, and the next time its receipt is told", async () => {
    const { inbox, asked, transport } = await faulty({ type: "delay", ms: 0 });
    const onlyOnce = once(transport);
    const keyed = people.map((one, index) => ({ ...one, idempotencyKey: `letter-7-${index}` }));
    const first = await merge(onlyOnce, letter, keyed);
    const second = await merge(onlyOnce, letter, [...keyed, { to: "dee@example.com", data: { name: "dee" } }]);
    const ids = (outcomes: readonly SendOutcome[]) => outcomes.map((outcome) => outcome.ok && outcome.receipt.id);
    expect(ids(second).slice(0, 3)).toEqual(ids(first));
    expect([asked(), inbox.messages().length]).toEqual([2, 4]);
  });
});

test("a batch that one provider cannot take now goes to the next as a batch", async () => {
  const inbox = await freshInbox();
  const [bySes, bySendgrid] = [countRequests(inbox, "ses"), countRequests(inbox, "sendgrid")];
  inbox.faults.add({ via: "ses", stage: "request", action: { type: "status", status: 503 } });
  const outcomes = await merge(failover([transportTo(inbox, "ses"), transportTo(inbox, "sendgrid")]), letter, people);
  expect(outcomes).toMatchObject(
    all("").map(() => ({
      receipt: { transport: "sendgrid", attempts: [{ transport: "ses" }, { transport: "sendgrid" }] },
    })),
  );
  expect([bySes(), bySendgrid(), inbox.messages().length]).toEqual([1, 1, 3]);
});
