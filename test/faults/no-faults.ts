import { sent } from "./fault-row.ts";
import type { Fault } from "./open-server.ts";

const well = { group: "", fault: "none", expected: sent };

/** Each kind of transport with a server that stays well. */
export const noFaults: readonly Fault[] = [
  { via: "smtp", row: well },
  { via: "sendgrid", row: well },
  { via: "mailgun", row: well },
  { via: "ses", row: well },
];
