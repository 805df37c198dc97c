import type { WriteTransaction } from "./write-transaction.ts";

const pause =
  "INSERT INTO pause (only, reason) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET reason = excluded.reason";

/** Every taking looks at it in its own transaction, so it holds at once for all processes. */
export function setPause({ statements }: WriteTransaction, reason: string | undefined): void {
  if (reason === undefined) statements.run("DELETE FROM pause");
  else statements.run(pause, reason);
}
