import { startInbox, type Via } from "@mail/inbox";
import { mock } from "@mail/mock";
import PostalMime from "postal-mime";
import { type ArrivedMail, fromMemory, fromMime } from "./arrived-mail.ts";

/** The other side of every transport: an inbox on loopback, and the mock's memory. */
export interface StandIns {
  /** The one entry that an app changes. */
  readonly urls: Readonly<Record<Via, string>>;
  readonly mock: ReturnType<typeof mock>;
  /** What has arrived at the other side of a transport. */
  arrived(name: Via | "mock"): Promise<readonly ArrivedMail[]>;
  close(): Promise<void>;
}

export async function startStandIns(): Promise<StandIns> {
  const inbox = await startInbox({ port: 0 });
  const memory = mock();
  return {
    urls: inbox.urls,
    mock: memory,
    async arrived(name) {
      if (name === "mock") return memory.sent.map(fromMemory);
      const caught = inbox.messages().filter(({ via }) => via === name);
      return joined(
        await Promise.all(
          caught.map(async ({ id, envelope }) => fromMime(await PostalMime.parse(inbox.source(id) ?? ""), envelope.to)),
        ),
      );
    },
    close: () => inbox.close(),
  };
}

/** SendGrid sends a copy to each recipient in `to`: what they have in common is one mail. */
function joined(mails: readonly ArrivedMail[]): readonly ArrivedMail[] {
  const recipients = Map.groupBy(mails, ({ recipients: _, ...same }) => JSON.stringify(same));
  return [...recipients.values()].flatMap(([first, ...copies]) =>
    first === undefined ? [] : [{ ...first, recipients: [first, ...copies].flatMap((copy) => copy.recipients).sort() }],
  );
}
