import type { MailError } from "@mail/core";

const quietMs = 5_000;

/** Tells of trouble once in a while, as every mail in hand meets the same. */
export function quietly(onError: (error: MailError) => void): (error: MailError) => void {
  let last: { readonly text: string; readonly at: number } | undefined;
  return (error) => {
    const text = `${error.code} ${error.message}`;
    const now = performance.now();
    if (last?.text === text && now - last.at < quietMs) return;
    last = { text, at: now };
    onError(error);
  };
}
