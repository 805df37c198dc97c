/** Sends mails to a provider's API as ordered, in a process of its own. */
import { createMailer } from "@mail/core";
import { loads } from "../smtp/loads.ts";
import { answerOrders, type SampleOrder } from "../suite/take-sample.ts";
import { sdks } from "./sdks.ts";
import { type Provider, transports } from "./transports.ts";

export interface HttpOrder extends SampleOrder {
  readonly provider: Provider;
  readonly subject: "ours" | "sdk";
  readonly url: string;
}

answerOrders<HttpOrder>(async ({ provider, subject, url }) => {
  const mail = loads.small();
  if (subject === "sdk") {
    const sdk = await sdks[provider](url);
    return { ...sdk, send: (index) => sdk.send(mail(index)) };
  }
  const mailer = createMailer({ transport: await transports[provider](url) });
  return { send: (index) => mailer.send(mail(index)), close: () => mailer.close() };
});
