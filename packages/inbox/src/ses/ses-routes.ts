import { Hono } from "hono";
import { ApiRefusal } from "../api/api-answer.ts";
import { apiHandler } from "../api/api-handler.ts";
import { isObject, type JsonObject, parseJson } from "../api/json-value.ts";
import type { ApiRequest, Endpoint } from "../api/provider-api.ts";
import { isRefusedAlone } from "../faults/address-faults.ts";
import type { ApiRoutes } from "../inbox.ts";
import { addressesOf } from "./read-envelope.ts";
import { sendBulkEmail } from "./send-bulk-email.ts";
import { sendEmail } from "./send-email.ts";
import { sesAnswer, sesError, sesProvider } from "./ses-provider.ts";

/** The part of SES API v2 that sends. */
export const sesRoutes: ApiRoutes = (context) =>
  new Hono()
    .post("/v2/email/outbound-emails", apiHandler(context, sesProvider, sending))
    .post("/v2/email/outbound-bulk-emails", apiHandler(context, sesProvider, sendingBulk))
    .get("/v2/email/account", apiHandler(context, sesProvider, account));

const sending: Endpoint<JsonObject> = {
  read: readJson,
  addresses: addressesOf,
  answer: async (body, call) => sesAnswer({ MessageId: await sendEmail(body, call) }),
};

const sendingBulk: Endpoint<JsonObject> = {
  read: readJson,
  // Faults at these strike the whole request; who is refused alone is seen to where the entries are.
  addresses(body) {
    const { from, to } = addressesOf(body);
    return { from, to: to.filter((recipient) => !isRefusedAlone(recipient)) };
  },
  answer: async (body, call) => sesAnswer({ BulkEmailEntryResults: await sendBulkEmail(body, call) }),
};

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
