import type { Transport } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import type { Duration } from "./columns.ts";
import { expectsTls, type Fault } from "./open-server.ts";
import type { FaultServer } from "./servers/fault-server.ts";

/** Long enough for what answers at all. */
const usualLimitMs = 20_000;
/** Short where the time limit is what ends the cell; a server that is mended must have time to take the mail. */
const waitingLimitMs = { small: { stays: 800, passes: 1_200 }, large: { stays: 1_000, passes: 2_500 } };

/** @param slowness what the time limits are multiplied by */
export function openTransport(
  fault: Fault,
  server: FaultServer,
  label: string,
  duration: Duration,
  slowness = 1,
): Transport {
  const { host, port } = server;
  const { waits, large } = fault.row;
  const waiting = waitingLimitMs[large ? "large" : "small"];
  const timeoutMs = waits && duration !== "well" ? waiting[duration] * slowness : usualLimitMs;
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
