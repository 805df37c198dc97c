/** Sends to the mock, through a mailer or not, in a process of its own. */
import { createMailer, prepareMessage, silentLogger } from "@mail/core";
import { mock } from "@mail/mock";
import { loads } from "../smtp/loads.ts";
import { answerOrders, type SampleOrder } from "../suite/take-sample.ts";

export interface OverheadOrder extends SampleOrder {
  readonly through: "mailer.send" | "transport.send";
}

/** The mock keeps what it is given. */
const keptAtMost = 1_000;

answerOrders<OverheadOrder>(async ({ through }) => {
  const transport = mock();
  const mailer = createMailer({ transport });
  const mail = loads.small()(1);
  const prepared = prepareMessage(mail);
  const { signal } = new AbortController();
  const context = { signal, log: silentLogger };
  return {
    async send(index) {
      if (index % keptAtMost === 0) transport.clear();
      await (through === "mailer.send" ? mailer.send(mail) : transport.send(prepared, context));
    },
  };
});
