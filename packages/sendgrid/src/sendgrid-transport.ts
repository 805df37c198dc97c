import {
  type Adapter,
  type BatchOutcome,
  defineAdapter,
  MailError,
  type TransportContext,
  type TransportReceipt,
  untilAborted,
} from "@mail/core";
import { type ApiAnswer, connectToApi } from "./api-connection.ts";
import { keyOf } from "./sdk-client.ts";
import { sendgridError, takenTooEarly } from "./sendgrid-error.ts";
import { fitsSendgridBatch, sendgridFeatures } from "./sendgrid-features.ts";
import {
  checkSendgridOptions,
  type SendgridOptions,
  sendgridOptionsFromUrl,
  sendgridRules,
} from "./sendgrid-options.ts";
import type { SendgridRequest } from "./sendgrid-request.ts";
import { toSendgridBatch } from "./to-sendgrid-batch.ts";
import { toSendgridRequest } from "./to-sendgrid-request.ts";

/**
 * Sends through SendGrid's Mail Send API; as a URL `sendgrid://KEY@default`.
 * @throws MailError `configuration` that names the option
 */
export const sendgrid: Adapter<SendgridOptions> = defineAdapter<SendgridOptions>({
  name: "sendgrid",
  schemes: ["sendgrid"],
  rules: sendgridRules,
  optionsFromUrl: sendgridOptionsFromUrl,
  secrets: ({ apiKey, client }) => [apiKey, client && keyOf(client)],
  features: sendgridFeatures,
  create(options) {
    checkSendgridOptions(options);
    const api = connectToApi(options);
    async function hand(request: Promise<SendgridRequest>, { signal, log }: TransportContext): Promise<ApiAnswer> {
      const body = await untilAborted(request, signal);
      const answer = await api.request({ method: "POST", path: "/v3/mail/send", body }, signal);
      log.debug({ status: answer.status }, "SendGrid answered");
      if (!isAccepted(answer, body)) throw sendgridError(answer, body);
      if (!answer.handedOver) throw takenTooEarly(answer);
      return answer;
    }
    return {
      async send(mail, context) {
        return receiptOf(await hand(toSendgridRequest(mail, options), context), mail.envelope.to);
      },
      async sendBatch(batch, context) {
        const answer = await hand(toSendgridBatch(batch, options), context);
        return batch.recipients.map(
          ({ id, to }): BatchOutcome => ({ id, ok: true, receipt: receiptOf(answer, [to.address]) }),
        );
      },
      fitsBatch: fitsSendgridBatch,
      async check(mail) {
        await toSendgridRequest(mail, options);
      },
      async verify({ signal }) {
        checkScopes(await api.request({ method: "GET", path: "/v3/scopes" }, signal));
      },
      async close() {
        api.close();
      },
    };
  },
});

/** 202; in sandbox mode 200. Neither comes with a page, as a captive portal's would. */
function isAccepted({ status, body }: ApiAnswer, request: SendgridRequest): boolean {
  const sandbox = request.mail_settings?.["sandbox_mode"]?.["enable"] === true;
  return (status === 202 || (status === 200 && sandbox)) && (typeof body !== "string" || body.trim() === "");
}

/** SendGrid puts a Message-ID of its own into each mail, so the receipt has none; its own id is the request's. */
function receiptOf({ status, headers, body }: ApiAnswer, accepted: readonly string[]): TransportReceipt {
  const providerId = headers["x-message-id"];
  return {
    status: "sent",
    ...(providerId !== undefined && providerId !== "" && { providerId }),
    accepted,
    rejected: [],
    raw: { status, headers, body },
  };
}

/** The key's scopes (API reference, "Retrieve a list of scopes for which this user has access"). */
function checkScopes(answer: ApiAnswer): void {
  const { status, body } = answer;
  const scopes = typeof body === "object" && body !== null && "scopes" in body ? body.scopes : undefined;
  if (status !== 200 || !Array.isArray(scopes)) throw sendgridError(answer);
  if (scopes.includes("mail.send")) return;
  throw new MailError("The key may not send mail.", {
    code: "permission",
    hint: 'Give the key the scope "Mail Send" in SendGrid under Settings, API Keys.',
  });
}
