import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { snsRoutes } from "./sns-routes.ts";
import { snsIsSigned } from "./verify-webhook.fixture.ts";
import { type ReceivedPost, webhookTarget } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

function messageIn(post: ReceivedPost): Readonly<Record<string, string>> {
  return JSON.parse(post.rawBody.toString());
}

test("the certificate is served, and is the one that is shown", async () => {
  await using webhooks = await testWebhooks();
  const response = await snsRoutes(webhooks).request("/sns/certificate.pem");
  expect(response.status).toBe(200);
  const pem = await response.text();
  expect(pem).toBe(webhooks.keys.sesCertificate);
  const { publicKey, validToDate } = new X509Certificate(pem);
  expect(publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048 });
  expect(validToDate.getUTCFullYear()).toBeGreaterThan(new Date().getUTCFullYear() + 8);
});

describe("a subscription", () => {
  test("a new target is asked to confirm, and is confirmed by the address in the message", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks();
    const routes = snsRoutes(webhooks);
    expect(webhooks.subscription.state).toBe("none");

    webhooks.setTargets({ ses: target.url });

    const asked = await target.post(1);
    const message = messageIn(asked);
    expect(asked.headers["x-amz-sns-message-type"]).toBe("SubscriptionConfirmation");
    expect(message).toMatchObject({ Type: "SubscriptionConfirmation", TopicArn: webhooks.keys.sesTopicArn });
    expect(snsIsSigned(message, webhooks.keys.sesCertificate)).toBe(true);
    expect(snsIsSigned({ ...message, Token: "x" }, webhooks.keys.sesCertificate)).toBe(false);
    expect(webhooks.subscription.state).toBe("pending");

    const response = await routes.request(message["SubscribeURL"] ?? "");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(`<SubscriptionArn>${webhooks.keys.sesTopicArn}:`);
    expect(webhooks.subscription.state).toBe("confirmed");

    const validated = messageIn(await target.post(2));
    expect(validated).toMatchObject({ Type: "Notification", Message: expect.stringContaining("validated SNS topic") });
    expect(validated).not.toHaveProperty("Subject");
    expect(snsIsSigned(validated, webhooks.keys.sesCertificate)).toBe(true);
    await expect
      .poll(() => webhooks.log())
      .toMatchObject([
        { action: "subscription_confirmed", state: "delivered" },
        { action: "confirm_subscription", state: "delivered" },
      ]);
  });

  test("confirming twice is one confirmation", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { ses: target.url } });
    const { SubscribeURL = "" } = messageIn(await target.post(1));
    const routes = snsRoutes(webhooks);
    expect((await routes.request(SubscribeURL)).status).toBe(200);
    expect((await routes.request(SubscribeURL)).status).toBe(200);
    expect(webhooks.log()).toHaveLength(2);
  });

  test("an SDK confirms by POST", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { ses: target.url } });
    const { Token = "", TopicArn = "" } = messageIn(await target.post(1));
    const body = new URLSearchParams({
      Action: "ConfirmSubscription",
      Version: "2010-03-31",
      Token,
      TopicArn,
    }).toString();
    const headers = { "content-length": String(body.length) };
    const response = await snsRoutes(webhooks).request("/sns/", { method: "POST", body, headers });
    expect(response.status).toBe(200);
    expect(webhooks.subscription.state).toBe("confirmed");
  });

  test("a wrong token or topic confirms nothing", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { ses: target.url } });
    const { Token = "", TopicArn = "" } = messageIn(await target.post(1));
    const routes = snsRoutes(webhooks);
    for (const query of [
      { Action: "ConfirmSubscription", TopicArn, Token: `${Token}0` },
      { Action: "ConfirmSubscription", TopicArn: `${TopicArn}x`, Token },
      { Action: "ConfirmSubscription", TopicArn },
      { Action: "DeleteTopic", TopicArn },
      {},
    ]) {
      const response = await routes.request(`/sns/?${new URLSearchParams(query as Record<string, string>)}`);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("<ErrorResponse");
    }
    expect(webhooks.subscription.state).toBe("pending");
  });

  test("a subscription that is ended is told so, and can be taken back", async () => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { ses: target.url } });
    const routes = snsRoutes(webhooks);
    await routes.request(messageIn(await target.post(1))["SubscribeURL"] ?? "");
    await target.post(2);
    await webhooks.fire(caughtBy("ses"), "open");
    const { UnsubscribeURL = "" } = messageIn(await target.post(3));

    expect((await routes.request(UnsubscribeURL)).status).toBe(200);

    const ended = messageIn(await target.post(4));
    expect(ended["Type"]).toBe("UnsubscribeConfirmation");
    expect(snsIsSigned(ended, webhooks.keys.sesCertificate)).toBe(true);
    expect(webhooks.subscription.state).toBe("pending");
    expect((await routes.request(UnsubscribeURL)).status).toBe(404);
    expect((await routes.request(ended["SubscribeURL"] ?? "")).status).toBe(200);
    expect(webhooks.subscription.state).toBe("confirmed");
  });

  test("the same target is not asked again; another one is, and the former token is worth nothing", async () => {
    await using target = await webhookTarget();
    await using other = await webhookTarget();
    await using webhooks = await testWebhooks({ targets: { ses: target.url } });
    const { Token = "" } = messageIn(await target.post(1));
    webhooks.setTargets({ ses: target.url, sendgrid: target.url });
    expect(webhooks.log()).toHaveLength(1);
    webhooks.setTargets({ ses: other.url });
    await other.post(1);
    expect(webhooks.subscription.confirm(Token)).toBeUndefined();
    webhooks.setTargets({});
    expect(webhooks.subscription.state).toBe("none");
  });
});

test("a large form is refused unread", async () => {
  await using webhooks = await testWebhooks();
  const body = "x".repeat(20_000);
  const headers = { "content-length": String(body.length) };
  expect((await snsRoutes(webhooks).request("/sns/", { method: "POST", body, headers })).status).toBe(413);
});
