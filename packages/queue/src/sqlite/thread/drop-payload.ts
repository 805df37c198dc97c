import { isDamage } from "./failure.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const dropBody = "DELETE FROM payload WHERE seq = ?";

/** Lets go of a mail's payload. One that is damaged fails the transaction, and is left where it is when it is repeated. */
export function dropPayload({ statements, unusable }: WriteTransaction, seq: number): void {
  if (unusable.has(seq)) return;
  try {
    statements.run(dropBody, seq);
  } catch (thrown) {
    if (isDamage(thrown)) unusable.add(seq);
    throw thrown;
  }
}
