import { Hono } from "hono";
import type { InboxContext } from "../inbox.ts";
import type { FireOptions, WebhookAction, WebhookTargets } from "../webhook.ts";
import { webhookDetails } from "../webhooks/webhook-details.ts";
import { ApiError, asApiError, noSuch } from "./api-error.ts";
import { mailOf } from "./mail-of.ts";
import { type JsonObject, jsonBody, optionalText, parameter, textList } from "./request-fields.ts";

const actions: readonly WebhookAction[] = [
  "deliver",
  "soft_bounce",
  "hard_bounce",
  "complain",
  "open",
  "click",
  "unsubscribe",
];
const providers = ["sendgrid", "mailgun", "ses", "smtp"] as const;

/** What the buttons of a mail do, where it goes, and what came of it. */
export function webhookRoutes({ hub, webhooks }: InboxContext): Hono {
  const routes = new Hono();
  routes.get("/webhooks/keys", (c) => c.json(webhooks.keys));
  routes.get("/webhooks/details", (c) => c.json(webhookDetails));
  routes.get("/webhooks/targets", (c) => c.json(webhooks.targets()));
  routes.put("/webhooks/targets", async (c) => {
    const targets = targetsOf(await jsonBody(c));
    await asApiError(400, () => webhooks.setTargets(targets));
    return c.json(webhooks.targets());
  });
  routes.get("/webhooks/log", (c) => c.json({ deliveries: webhooks.log(parameter(c, "mail")) }));
  routes.post("/webhooks/log/:id/replay", async (c) => {
    const id = c.req.param("id");
    if (!webhooks.log().some((delivery) => delivery.id === id)) throw noSuch("delivery", id);
    return c.json(await asApiError(409, () => webhooks.replay(id)));
  });
  routes.post("/mails/:id/events", async (c) => {
    const mail = mailOf(hub, c);
    const body = await jsonBody(c);
    const action = actions.find((name) => name === body["action"]);
    if (action === undefined)
      throw new ApiError(400, `action must be one of ${actions.join(", ")}.`, { field: "action" });
    const options = fireOptions(body);
    return c.json(await asApiError(409, () => webhooks.fire(mail, action, options)), 201);
  });
  return routes;
}

function fireOptions(body: JsonObject): FireOptions {
  return {
    recipient: Array.isArray(body["recipient"]) ? textList(body, "recipient") : optionalText(body, "recipient"),
    url: optionalText(body, "url"),
    detail: optionalText(body, "detail"),
    link: optionalText(body, "link"),
  };
}

/** An empty text takes a target away. */
function targetsOf(body: JsonObject): WebhookTargets {
  const unknown = Object.keys(body).find((name) => !providers.some((provider) => provider === name));
  if (unknown !== undefined)
    throw new ApiError(400, `${unknown} is no target; there are ${providers.join(", ")}.`, { field: unknown });
  return Object.fromEntries(providers.map((name) => [name, optionalText(body, name)?.trim() || undefined]));
}
