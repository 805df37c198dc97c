import type { GroupOptions } from "./group-options.ts";
import type { Transport } from "./transport.ts";
import { createGroup } from "./transport-group.ts";

export type FailoverOptions = GroupOptions;

/**
 * Sends through the first transport that works, and returns to the first when it is well again. Another one is asked
 * only where the transport itself failed (`scope: "transport"`) and the mail surely was not sent; a transport that
 * cannot carry the mail is passed over.
 * @throws MailError `configuration` for an empty list or an unknown option
 */
export function failover(transports: readonly Transport[], options: FailoverOptions = {}): Transport {
  return createGroup("failover", transports, options, (members) => members);
}
