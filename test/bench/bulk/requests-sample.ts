/** One `sendBulk` in a process of its own. */
import { createMailer } from "@mail/core";
import { smtp } from "@mail/smtp";
import { type Provider, transports } from "../http/transports.ts";
import { answerOrder } from "../suite/take-sample.ts";
import { campaign, recipients } from "./campaign.ts";

export interface RequestsOrder {
  readonly transport: Provider | "smtp";
  readonly port: number;
  readonly recipients: number;
}

export interface RequestsSample {
  readonly milliseconds: number;
  readonly cpuMicroseconds: number;
}

answerOrder<RequestsOrder>(async ({ transport: name, port, recipients: count }): Promise<RequestsSample> => {
  const url = `http://127.0.0.1:${port}`;
  const transport = name === "smtp" ? smtp({ host: "127.0.0.1", port }) : await transports[name](url);
  await using mailer = createMailer({ transport });
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  for await (const outcome of mailer.sendBulk(campaign, recipients(count))) if (!outcome.ok) throw outcome.error;
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { milliseconds, cpuMicroseconds: (user + system) / count };
});
