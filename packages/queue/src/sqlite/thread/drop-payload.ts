import { isDamage } from "./failure.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const dropBody = "DELETE FROM payload WHERE seq = ?";

/** Lets go of a mail's payload. One that is damaged is left where it is. */
export function dropPayload({ statements, damage }: WriteTransaction, seq: number): void {
  if (damage.payloads.has(seq)) return;
  try {
    statements.run(dropBody, seq);
  } catch (thrown) {
    if (isDamage(thrown)) damage.payloads.add(seq);
    throw thrown;
  }
}
