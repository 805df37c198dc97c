import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { ApiRefusal, jsonAnswer, toResponse } from "../api/api-answer.ts";
import { apiHandler } from "../api/api-handler.ts";
import { isObject, type JsonObject, parseJson } from "../api/json-value.ts";
import type { ApiRequest, Endpoint } from "../api/provider-api.ts";
import type { ApiRoutes } from "../inbox.ts";
import { catchMailSend } from "./catch-mail-send.ts";
import { addressesOf, readMailSend } from "./read-mail-send.ts";
import { sendgridProvider } from "./sendgrid-provider.ts";

/** SendGrid's Web API v3, as far as sending needs it. */
export const sendgridRoutes: ApiRoutes = (context) =>
  new Hono()
    .post("/v3/mail/send", apiHandler(context, sendgridProvider, mailSend))
    .all("/v3/mail/send", () => toResponse(sendgridProvider.error(405, {})))
    .get("/v3/scopes", apiHandler(context, sendgridProvider, scopes));

const mailSend: Endpoint<JsonObject> = {
  read: readJson,
  addresses: addressesOf,
  async answer(body, call) {
    const request = readMailSend(body, call.receivedAt);
    if (request.sandbox) return { status: 200 };
    const messageId = randomBytes(16).toString("base64url");
    await catchMailSend(request, call, messageId);
    return { status: 202, headers: { "x-message-id": messageId } };
  },
};

function readJson({ headers, body }: ApiRequest): JsonObject {
  if (!/^application\/json\b/i.test(headers.get("content-type") ?? ""))
    throw new ApiRefusal(sendgridProvider.error(415, {}));
  const value = parseJson(body);
  if (!isObject(value)) throw new ApiRefusal(sendgridProvider.error(400, {}));
  return value;
}

/** What the key may do: transports ask it to see whether they can send. */
const scopes: Endpoint<undefined> = {
  read: () => undefined,
  addresses: () => ({ to: [] }),
  answer: () => jsonAnswer(200, { scopes: ["mail.send", "mail.batch.create", "sender_verification_eligible"] }),
};
