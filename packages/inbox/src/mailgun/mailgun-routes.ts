import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { type ApiAnswer, ApiRefusal, jsonAnswer } from "../api/api-answer.ts";
import { apiHandler } from "../api/api-handler.ts";
import { mailboxesOf } from "../api/mailboxes.ts";
import type { ApiCall, ApiRequest, Endpoint, RequestAddresses } from "../api/provider-api.ts";
import { headerValues } from "../api/raw-mime.ts";
import type { ApiRoutes } from "../inbox.ts";
import { catchMessage } from "./catch-messages.ts";
import { catchMime, readMime } from "./catch-mime.ts";
import { type MailgunForm, readForm, showForm, valuesOf } from "./mailgun-form.ts";
import { invalid, mailgunProvider } from "./mailgun-provider.ts";
import { readMessage } from "./read-message.ts";
import { readMailgunSettings } from "./read-settings.ts";

/** Mailgun's messages API. A domain under `.invalid` is one that Mailgun does not know (RFC 6761 section 6.4). */
export const mailgunRoutes: ApiRoutes = (context) =>
  new Hono()
    .post("/v3/:domain/messages", apiHandler(context, mailgunProvider, messages))
    .post("/v3/:domain/messages.mime", apiHandler(context, mailgunProvider, mimeMessages));

const messages: Endpoint<MailgunForm> = {
  read: readForm,
  addresses: addressesOf,
  show: showForm,
  async answer(form, call) {
    refuseUnknownDomain(call);
    const message = readMessage(form, call.receivedAt);
    const messageId = message.messageId ?? newMessageId(call);
    await catchMessage(message, messageId, call);
    return queued(messageId);
  },
};

const mimeMessages: Endpoint<MailgunForm> = {
  read: readForm,
  addresses: addressesOf,
  show: showForm,
  async answer(form, call) {
    refuseUnknownDomain(call);
    const contentType = call.headers.get("content-type")?.split(";", 1)[0]?.trim() ?? "";
    if (contentType.toLowerCase() !== "multipart/form-data")
      throw invalid(`Invalid request content type. Expecting 'multipart/form-data' but got '${contentType}'`);
    const mime = readMime(form, readMailgunSettings(form, call.receivedAt));
    const messageId = mime.messageId ?? newMessageId(call);
    await catchMime(mime, messageId, call);
    return queued(messageId);
  },
};

function queued(messageId: string): ApiAnswer {
  return jsonAnswer(200, { id: messageId, message: "Queued. Thank you." });
}

function refuseUnknownDomain(request: ApiRequest): void {
  const domain = request.param("domain");
  const known = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(domain) && !/(?:^|\.)invalid$/i.test(domain);
  if (!known) throw new ApiRefusal(mailgunProvider.error(404, { request }));
}

/** `<20261123210500.0123456789abcdef@mg.acme.example>`. */
function newMessageId({ receivedAt, param }: ApiCall): string {
  const time = receivedAt.toISOString().replace(/\D/g, "").slice(0, 14);
  return `<${time}.${randomBytes(8).toString("hex")}@${param("domain")}>`;
}

/** Mailgun takes 1,000 recipients. */
const maxLists = 1001;

function addressesOf(form: MailgunForm): RequestAddresses {
  const parsed = (name: string): readonly string[] =>
    valuesOf(form, name)
      .slice(0, maxLists)
      .flatMap((list) => mailboxesOf(list)?.map(({ address }) => address) ?? []);
  const file = form.files.find(({ field }) => field === "message");
  const header = file && headerValues(file.content, "from")[0];
  return {
    from: parsed("from")[0] ?? mailboxesOf(header ?? "")?.[0]?.address,
    to: ["to", "cc", "bcc"].flatMap(parsed),
  };
}
