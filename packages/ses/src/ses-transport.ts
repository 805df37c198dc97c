import type { GetAccountResponse } from "@aws-sdk/client-sesv2";
import { type Adapter, type AdapterSession, defineAdapter, untilAborted } from "@mail/core";
import { bulkOutcome } from "./bulk-outcome.ts";
import { checkAccount, sendRateOf } from "./ses-account.ts";
import { type SesClient, sesClient } from "./ses-client.ts";
import { notSes } from "./ses-error.ts";
import { sesFeatures } from "./ses-features.ts";
import { checkSesOptions, type SesOptions, sesOptionsFromUrl, sesRules, sesSecrets } from "./ses-options.ts";
import { fitsSesBatch, toSesBatch } from "./to-ses-batch.ts";
import { toSesRequest } from "./to-ses-request.ts";

/**
 * Sends through Amazon SES, API v2.
 * @throws MailError `configuration` that names the option
 */
export const ses: Adapter<SesOptions> = defineAdapter<SesOptions>({
  name: "ses",
  schemes: ["ses"],
  rules: sesRules,
  optionsFromUrl: sesOptionsFromUrl,
  secrets: sesSecrets,
  features: sesFeatures,
  create,
});

function create(options: SesOptions): AdapterSession {
  checkSesOptions(options);
  const ses = sesClient(options);
  return {
    async send(mail, { signal, log, onUnsupported }) {
      const request = toSesRequest(mail, options.configurationSetName, onUnsupported);
      const { input, dropped } = await untilAborted(request, signal);
      if (mail.template !== undefined && mail.subject !== "")
        log.info({ transport: "ses", id: mail.id }, "The subject is the template's own; the mail's is not used.");
      const answer = await ses.call(({ SendEmailCommand }) => new SendEmailCommand(input), signal);
      if (!answer.MessageId) throw notSes(answer.$metadata.httpStatusCode ?? 200, "no MessageId", "unknown");
      return {
        status: "sent",
        providerId: answer.MessageId,
        accepted: mail.envelope.to,
        rejected: [],
        ...(dropped.length > 0 && { dropped }),
        raw: answer,
      };
    },
    async sendBatch(batch, { signal }) {
      const input = await untilAborted(toSesBatch(batch, options.configurationSetName), signal);
      const answer = await ses.call(({ SendBulkEmailCommand }) => new SendBulkEmailCommand(input), signal);
      const { BulkEmailEntryResults: results, $metadata } = answer;
      if (results?.length !== batch.recipients.length)
        throw notSes($metadata.httpStatusCode ?? 200, "no result for each recipient", "unknown");
      return batch.recipients.map((recipient, index) => bulkOutcome(recipient, results[index]));
    },
    fitsBatch: fitsSesBatch,
    async check(mail, { onUnsupported }) {
      await toSesRequest(mail, options.configurationSetName, onUnsupported);
    },
    verify: async ({ signal, log }) => checkAccount(await getAccount(ses, signal), log),
    sendRate: async ({ signal }) => sendRateOf(await getAccount(ses, signal)),
    close: () => ses.close(),
  };
}

function getAccount(ses: SesClient, signal: AbortSignal): Promise<GetAccountResponse> {
  return ses.call(({ GetAccountCommand }) => new GetAccountCommand({}), signal);
}
