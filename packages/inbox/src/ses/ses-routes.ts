import { Hono } from "hono";
import { type ApiAnswer, ApiRefusal } from "../api/api-answer.ts";
import { apiHandler } from "../api/api-handler.ts";
import { isObject, type JsonObject, parseJson } from "../api/json-value.ts";
import type { ApiCall, ApiRequest, Endpoint } from "../api/provider-api.ts";
import type { ApiRoutes } from "../inbox.ts";
import { addressesOf } from "./read-envelope.ts";
import { sendBulkEmail } from "./send-bulk-email.ts";
import { sendEmail } from "./send-email.ts";
import { sesAnswer, sesError, sesProvider } from "./ses-provider.ts";

/** The part of SES API v2 that sends. */
export const sesRoutes: ApiRoutes = (context) =>
  new Hono()
    .post("/v2/email/outbound-emails", apiHandler(context, sesProvider, sending(send)))
    .post("/v2/email/outbound-bulk-emails", apiHandler(context, sesProvider, sending(sendBulk)))
    .get("/v2/email/account", apiHandler(context, sesProvider, account));

function sending(answer: Endpoint<JsonObject>["answer"]): Endpoint<JsonObject> {
  return { read: readJson, addresses: addressesOf, answer };
}

async function send(body: JsonObject, call: ApiCall): Promise<ApiAnswer> {
  return sesAnswer({ MessageId: await sendEmail(body, call) });
}

async function sendBulk(body: JsonObject, call: ApiCall): Promise<ApiAnswer> {
  return sesAnswer({ BulkEmailEntryResults: await sendBulkEmail(body, call) });
}

function readJson({ body }: ApiRequest): JsonObject {
  const value = parseJson(body);
  if (!isObject(value))
    throw new ApiRefusal(sesError(400, "SerializationException", "The request body is not a JSON object."));
  return value;
}

/** `GetAccount`: a healthy account out of the sandbox. */
const account: Endpoint<undefined> = {
  read: () => undefined,
  addresses: () => ({ to: [] }),
  answer: (_, { hub, inbox }) =>
    sesAnswer({
      DedicatedIpAutoWarmupEnabled: false,
      EnforcementStatus: "HEALTHY",
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: hub.store.list({ inbox, limit: 1 }).total },
      SuppressionAttributes: { SuppressedReasons: ["BOUNCE", "COMPLAINT"] },
    }),
};
