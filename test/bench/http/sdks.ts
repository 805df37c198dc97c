import type { LoadMail } from "../smtp/loads.ts";
import type { Sender } from "../suite/take-sample.ts";
import { apiKey, credentials, domain, type Provider, region } from "./transports.ts";

export interface SdkSender extends Omit<Sender, "send"> {
  send(mail: LoadMail): Promise<unknown>;
}

/** The providers' own SDKs, as their documentation uses them, for the sink at `url`. */
export const sdks: Readonly<Record<Provider, (url: string) => Promise<SdkSender>>> = { sendgrid, mailgun, ses };

async function sendgrid(baseUrl: string): Promise<SdkSender> {
  const { default: mailService } = await import("@sendgrid/mail");
  mailService.setApiKey(apiKey);
  // Its types leave out the client that it makes.
  const { client } = mailService as typeof mailService & SendgridMailService;
  client.setDefaultRequest("baseUrl", baseUrl);
  return { send: ({ from, to, subject, text, html }) => mailService.send({ from, to, subject, text, html }) };
}

interface SendgridMailService {
  readonly client: { setDefaultRequest(name: "baseUrl", value: string): void };
}

async function mailgun(url: string): Promise<SdkSender> {
  const { default: Mailgun } = await import("mailgun.js");
  const { messages } = new Mailgun(FormData).client({ username: "api", key: apiKey, url });
  return {
    send: ({ from, to, subject, text, html }) => messages.create(domain, { from, to: [to], subject, text, html }),
  };
}

async function ses(endpoint: string): Promise<SdkSender> {
  const { SendEmailCommand, SESv2Client } = await import("@aws-sdk/client-sesv2");
  const client = new SESv2Client({ region, credentials, endpoint });
  return {
    send: ({ from, to, subject, text, html }) =>
      client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text }, Html: { Data: html } } } },
        }),
      ),
    close: async () => client.destroy(),
  };
}
