import type { MailEvent, MailEventType, TrackedMail, TrackingStore } from "@mail/core";

export interface Sample {
  readonly mails: readonly TrackedMail[];
  readonly events: readonly MailEvent[];
}

const dayMs = 86_400_000;
const transports = ["sendgrid", "ses", "mailgun", "office relay"];
const tags = ["order", "login", "news", "invoice", "welcome"];
const domains = [
  "gmail.com",
  "outlook.com",
  "yahoo.com",
  "icloud.com",
  "web.de",
  "example.com",
  "proton.me",
  "bücher.example",
  "orange.fr",
  "qq.com",
];
const names = ["ada", "grace", "katherine", "radia", "barbara", "hedy", "annie", "edsger", "alan", "tim"];
const subjects: Readonly<Record<string, string>> = {
  order: "Your order is on its way",
  login: "Your sign-in code",
  news: "Sidamo is back",
  invoice: "Invoice 2026-1187",
  welcome: "Welcome to the Acme Café",
};

/** Mails of the days up to `now` and what became of them: the same each time. */
export function sampleMails(now: Date, days: number, mailsPerDay: number): Sample {
  const random = generator(7);
  const pick = <Item>(items: readonly Item[]): Item => {
    // Those in front come more often.
    return items[Math.floor(random() ** 2 * items.length)] as Item;
  };
  const mails: TrackedMail[] = [];
  const events: MailEvent[] = [];
  for (let day = days - 1; day >= 0; day -= 1) {
    const weekend = [0, 6].includes(new Date(now.getTime() - day * dayMs).getUTCDay());
    const count = Math.round(mailsPerDay * (weekend ? 0.45 : 1) * (0.8 + random() * 0.4));
    for (let index = 0; index < count; index += 1) {
      const at = now.getTime() - day * dayMs - Math.floor(random() * 0.9 * dayMs);
      const id = `01932f6e-${String(day).padStart(4, "0")}-7${String(index).padStart(3, "0")}-8000-${Math.floor(random() * 1e12)}`;
      const tag = pick(tags);
      const recipient = `${pick(names)}${index}@${pick(domains)}`;
      const transport = pick(transports);
      mails.push({
        id,
        at,
        transport,
        recipients: [recipient],
        subject: subjects[tag] ?? "",
        tags: [tag],
        metadata: { order: String(4000 + index) },
        messageId: `<${id}@acme.example>`,
        providerId: `p-${id}`,
      });
      let later = at;
      const report = (type: MailEventType, more: Partial<MailEvent> = {}): void => {
        later += Math.floor(random() * 90_000) + 400;
        if (later > now.getTime()) return;
        const [provider, raw] = [
          transport === "office relay" ? "smtp" : transport,
          { event: type, email: recipient, sg_message_id: id },
        ];
        events.push({
          id: `${id}-${type}`,
          type,
          at: new Date(later),
          provider,
          mailId: id,
          recipient,
          tags: [tag],
          metadata: {},
          raw,
          ...more,
        });
      };
      const fate = random();
      report("sent");
      if (fate < 0.006) {
        report("bounced", {
          reason: "invalid",
          permanent: true,
          detail: "General",
          response: `550 5.1.1 <${recipient}>: Recipient address rejected: User unknown in virtual mailbox table`,
        });
        continue;
      }
      if (fate < 0.014) {
        report("deferred", { reason: "timed_out", response: "451 4.7.1 Please try again later" });
        report("bounced", { reason: "other", permanent: false, response: "452 4.2.2 The email account is over quota" });
        continue;
      }
      report("delivered", { response: "250 2.0.0 OK 1764021233 d2e1a72fcca58-7c3ed" });
      if (random() < 0.46)
        report("opened", { userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", ip: "203.0.113.7" });
      if (random() < 0.11)
        report("clicked", { url: "https://acme.example/orders/4711?utm_source=mail", userAgent: "Mozilla/5.0" });
      if (random() < 0.0006) report("complained", { reason: "spam", detail: "abuse" });
      if (tag === "news" && random() < 0.01) report("unsubscribed");
    }
  }
  return { mails, events: events.toSorted((a, b) => a.at.getTime() - b.at.getTime()) };
}

export async function storeSample(tracking: TrackingStore, { mails, events }: Sample): Promise<void> {
  await tracking.recordMails(mails);
  for (let index = 0; index < events.length; index += 1000) await tracking.addEvents(events.slice(index, index + 1000));
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
