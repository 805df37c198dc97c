import { expect, test, vi } from "vitest";
import type { Via } from "../caught-mail.ts";
import { createHub } from "../create-hub.ts";
import { memoryMailStore } from "../memory-mail-store.ts";
import { reportByAddress } from "./report-by-address.ts";
import { webhookTarget } from "./webhook-target.fixture.ts";
import { testWebhooks } from "./webhooks.fixture.ts";

const source = new TextEncoder().encode("Subject: Hi\r\n\r\nHello\r\n");

function incoming(via: Via, ...to: string[]) {
  return { via, inbox: "default", envelope: { from: "app@acme.example", to }, source };
}

test("the address of a caught mail brings about its events, one after the other", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  const hub = createHub(memoryMailStore());
  reportByAddress(hub, webhooks, { delayMs: 0 });

  await hub.catchMail(incoming("sendgrid", "ada@example.com"));
  await hub.catchMail(incoming("sendgrid", "click@example.com"));
  await hub.catchMail(incoming("sendgrid", "bounce@example.com"));

  await target.post(4);
  const events = target.posts.flatMap(({ rawBody }) => JSON.parse(rawBody.toString()) as { event: string }[]);
  expect(events.map(({ event }) => event)).toEqual(["delivered", "open", "click", "bounce"]);
});

test("the app has its answer before the first event comes", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  const hub = createHub(memoryMailStore());
  const end = reportByAddress(hub, webhooks, { delayMs: 3_600_000 });
  const fire = vi.spyOn(webhooks, "fire");
  const mail = await hub.catchMail(incoming("sendgrid", "bounce@example.com"));
  await webhooks.fire(mail, "deliver");
  expect(fire).toHaveBeenCalledTimes(1);
  end();
});

test("only where there is a target, and not once it was ended", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  const fire = vi.spyOn(webhooks, "fire");
  const hub = createHub(memoryMailStore());
  const end = reportByAddress(hub, webhooks, { delayMs: 0 });
  await hub.catchMail(incoming("mailgun", "bounce@example.com"));
  end();
  await hub.catchMail(incoming("sendgrid", "bounce@example.com"));
  expect(fire).not.toHaveBeenCalled();
});

test("what goes wrong with one event does not stop the next", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  vi.spyOn(webhooks, "fire").mockRejectedValueOnce(new Error("no"));
  const hub = createHub(memoryMailStore());
  reportByAddress(hub, webhooks, { delayMs: 0 });
  await hub.catchMail(incoming("sendgrid", "open@example.com"));
  expect(JSON.parse((await target.post(1)).rawBody.toString())).toMatchObject([{ event: "open" }]);
});
