import { once } from "node:events";
import { styleText } from "node:util";
import type { CaughtMail, Inbox } from "@mail/inbox";

/** The longest that a timer can wait. */
const foreverMs = 2 ** 31 - 1;

/** Says where the page is, shows what else arrives, and ends with Ctrl-C. */
export async function stayOpen(inbox: Inbox): Promise<void> {
  const open = styleText(["bold", "underline", "cyan"], inbox.urls.web);
  console.log(`\n  See ${inbox.messages().length === 1 ? "it" : "them"} at ${open}`);
  console.log(styleText("dim", "  Mail sent to the addresses above is shown there too. Ctrl-C ends.\n"));
  const interrupted = once(process, "SIGINT");
  void showArrivals(inbox);
  await interrupted;
  console.log();
}

async function showArrivals(inbox: Inbox): Promise<void> {
  let lastId = inbox.messages().at(-1)?.id ?? "";
  try {
    for (;;) {
      const mail = await inbox.waitFor(({ id }) => id > lastId, { timeoutMs: foreverMs });
      lastId = mail.id;
      console.log(arrivalLine(mail));
    }
  } catch {
    // The inbox was closed.
  }
}

function arrivalLine({ receivedAt, via, subject, envelope }: CaughtMail): string {
  // Whoever sends here must not write to the terminal more than a subject.
  const title = subject.replace(/\p{Cc}/gu, "") || "(no subject)";
  const time = receivedAt.toTimeString().slice(0, 8);
  return `  ${styleText("dim", time)}  ${title} ${styleText("dim", `to ${envelope.to.join(", ")} by ${via}`)}`;
}
