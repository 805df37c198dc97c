import type { WebhookDelivery } from "@mail/inbox";
import { expect, test, vi } from "vitest";
import { message } from "../inbox/send-by.ts";
import { startEventApp, startEventInbox } from "./event-app.ts";
import { deliveryLog, press } from "./press.ts";

const ses = { via: "ses" } as const;

test("a subscription to the app's topic is confirmed, and its end is told", async () => {
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  await using inbox = await startEventInbox();
  await using app = await startEventApp(inbox, ses, { logger });

  await expect
    .poll(() => deliveryLog(inbox))
    .toMatchObject([
      { action: "subscription_confirmed", state: "delivered" },
      { action: "confirm_subscription", state: "delivered" },
    ]);
  expect(logger.info).toHaveBeenCalledOnce();

  const { id } = await app.mailer.send(message);
  const { UnsubscribeURL } = JSON.parse((await press(inbox, id, "deliver")).body);
  expect((await fetch(UnsubscribeURL)).status).toBe(200);

  const latest = async (): Promise<WebhookDelivery | undefined> => (await deliveryLog(inbox))[0];
  await expect.poll(latest).toMatchObject({ action: "confirm_unsubscribe", state: "delivered" });
  expect(logger.warn).toHaveBeenCalledOnce();
  expect(app.read.map(({ type }) => type)).toEqual(["delivered"]);
});

test("a topic that is not the app's is neither confirmed nor believed", async () => {
  await using inbox = await startEventInbox();
  await using app = await startEventApp(inbox, ses, { topicArn: "arn:aws:sns:us-east-1:123456789012:other" });

  await expect
    .poll(() => deliveryLog(inbox))
    .toMatchObject([{ action: "confirm_subscription", state: "failed", attempts: [{ status: 401 }] }]);

  const { id } = await app.mailer.send(message);
  const refused = await press(inbox, id, "hard_bounce");
  expect(refused).toMatchObject({ state: "failed", attempts: [{ status: 401 }] });
  expect(await app.tracker.status(id)).toMatchObject({ recipients: [{ state: "sent" }] });
  expect(await app.tracker.suppressions.counts()).toMatchObject({ bounced: 0 });
  expect(await deliveryLog(inbox)).toHaveLength(2);
});

test("a delivery that is told twice, as an event and as an identity's notification, is one", async () => {
  await using inbox = await startEventInbox();
  await using app = await startEventApp(inbox, ses);
  const { id } = await app.mailer.send(message);
  await press(inbox, id, "deliver");
  await press(inbox, id, "deliver", { detail: "identity-notification" });
  expect(app.read.map(({ type }) => type)).toEqual(["delivered", "delivered"]);
  expect((await app.tracker.timeline(id)).map(({ type }) => type)).toEqual(["sent", "delivered"]);
});
