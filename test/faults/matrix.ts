import type { Expected } from "./fault-row.ts";
import type { Fault } from "./open-server.ts";
import { apiRows } from "./rows/api-rows.ts";
import { smtpRows } from "./rows/smtp-rows.ts";
import type { Api } from "./servers/api-answers.ts";

const apis: readonly Api[] = ["sendgrid", "mailgun", "ses"];

/** Every fault at every transport that it can strike. */
export const allFaults: readonly Fault[] = [
  ...smtpRows.map((row): Fault => ({ via: "smtp", row })),
  ...apis.flatMap((via) => apiRows.map((row): Fault => ({ via, row }))),
];

/** What the adapter alone must say. */
export function expectedOf({ via, row }: Fault): Expected {
  const { expected } = row;
  return typeof expected === "function" && via !== "smtp" ? expected(via) : (expected as Expected);
}
