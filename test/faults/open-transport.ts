import type { Transport } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import { expectsTls, type Fault } from "./open-server.ts";
import type { FaultServer } from "./servers/fault-server.ts";

/** Long enough for what answers at all; short where the time limit is what ends the cell. */
const limitMs = { usual: 20_000, waiting: 1_200, waitingLarge: 2_500 };

/** @param faulty the server is, at first, so that a time limit may end the send */
export function openTransport(fault: Fault, { host, port }: FaultServer, label: string, faulty: boolean): Transport {
  const { waits, large } = fault.row;
  const timeoutMs = faulty && waits ? limitMs[large ? "waitingLarge" : "waiting"] : limitMs.usual;
  const baseUrl = `${expectsTls(fault) ? "https" : "http"}://${host}:${port}`;
  switch (fault.via) {
    case "smtp":
      return smtp({
        label,
        host,
        port,
        secure: expectsTls(fault),
        starttls: fault.row.starttls === undefined ? "opportunistic" : "required",
        auth: { user: "acme", pass: "s3cret-pass" },
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        dnsTimeout: timeoutMs,
      });
    case "sendgrid":
      return sendgrid({ label, apiKey: "SG.s3cret", baseUrl, timeoutMs });
    case "mailgun":
      return mailgun({ label, apiKey: "key-s3cret", domain: "mg.acme.example", baseUrl, timeoutMs });
    case "ses":
      return ses({
        label,
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s3cret" },
        endpoint: baseUrl,
        timeoutMs,
      });
  }
}
