import type { MailEvent, MailEventType, TrackedMail } from "@mail/core";
import { seededRandom } from "../seeded-random.ts";
import type { DashboardApp } from "./dashboard-app.ts";

const dayMs = 86_400_000;
const batch = 1000;
const transports = ["sendgrid", "ses", "mailgun", "office relay"];
const subjects: Readonly<Record<string, string>> = {
  order: "Your order is on its way",
  login: "Your sign-in code",
  news: "Sidamo is back",
  invoice: "Invoice 2026-1187",
  welcome: "Welcome to the Acme Café",
};
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

/** Lets mails of the days up to now pass through an app: the same each time, but for the dates. */
export async function fillSample({ store, tracker }: DashboardApp, days: number, mailsPerDay: number): Promise<void> {
  const random = seededRandom(7);
  const now = Date.now();
  const mails: TrackedMail[] = [];
  const events: MailEvent[] = [];
  for (let day = days - 1; day >= 0; day -= 1) {
    const weekend = [0, 6].includes(new Date(now - day * dayMs).getUTCDay());
    const count = Math.round(mailsPerDay * (weekend ? 0.45 : 1) * (0.8 + random() * 0.4));
    for (let index = 0; index < count; index += 1) {
      const mail = someMail(random, now - day * dayMs - Math.floor(random() * 0.9 * dayMs), mails.length);
      mails.push(mail);
      events.push(...fateOf(mail, random).filter(({ at }) => at.getTime() <= now));
    }
  }
  for (let index = 0; index < mails.length; index += batch)
    await store.tracking?.recordMails(mails.slice(index, index + batch));
  events.sort((a, b) => a.at.getTime() - b.at.getTime());
  for (let index = 0; index < events.length; index += batch) await tracker.add(events.slice(index, index + batch));
}

/** Lets a mail of a minute ago bounce: whether the sample has one that did depends on the day of the week. */
export async function addBounced({ store, tracker }: DashboardApp): Promise<void> {
  const least = (): number => 0;
  const mail = someMail(least, Date.now() - 60_000, 999_999);
  await store.tracking?.recordMails([mail]);
  await tracker.add(fateOf(mail, least));
}

/** Those in front come more often. */
function pick<Item>(random: () => number, items: readonly Item[]): Item {
  return items[Math.floor(random() ** 2 * items.length)] as Item;
}

function someMail(random: () => number, at: number, index: number): TrackedMail {
  const tag = pick(random, Object.keys(subjects));
  const id = `01932f6e-${String(index).padStart(6, "0").replace(/(..)$/, "-70$1")}-8000-${String(Math.floor(random() * 1e12)).padStart(12, "0")}`;
  return {
    id,
    at,
    transport: pick(random, transports),
    recipients: [`${pick(random, names)}.${index}@${pick(random, domains)}`],
    subject: subjects[tag] ?? "",
    tags: [tag],
    metadata: { order: String(4000 + index) },
    messageId: `<${id}@acme.example>`,
    providerId: `p-${index}`,
  };
}

function fateOf({ id, at, transport, recipients, tags }: TrackedMail, random: () => number): readonly MailEvent[] {
  const events: MailEvent[] = [];
  const [recipient = ""] = recipients;
  const provider = transport === "office relay" ? "smtp" : transport;
  let time = at;
  const report = (type: MailEventType, more: Partial<MailEvent> = {}): void => {
    time += Math.floor(random() * 90_000) + 400;
    const raw = { event: type, email: recipient, mail_id: id, timestamp: Math.floor(time / 1000) };
    const known = { id: `${id}-${type}`, type, at: new Date(time), provider, mailId: id, recipient, tags, raw };
    events.push({ ...known, metadata: {}, ...more });
  };
  const fate = random();
  report("sent");
  if (fate < 0.006) {
    const response = `550 5.1.1 <${recipient}>: Recipient address rejected: User unknown in virtual mailbox table`;
    report("bounced", { reason: "invalid", permanent: true, detail: "General", response });
    return events;
  }
  if (fate < 0.014) {
    report("deferred", { reason: "timed_out", response: "451 4.7.1 Please try again later" });
    report("bounced", { reason: "other", permanent: false, response: "452 4.2.2 The email account is over quota" });
    return events;
  }
  report("delivered", { response: "250 2.0.0 OK 1764021233 d2e1a72fcca58-7c3ed" });
  const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)";
  if (random() < 0.46) report("opened", { userAgent, ip: "203.0.113.7" });
  if (random() < 0.11) report("clicked", { url: "https://acme.example/orders/4711?utm_source=mail", userAgent });
  if (random() < 0.0006) report("complained", { reason: "spam", detail: "abuse" });
  if (tags.includes("news") && random() < 0.01) report("unsubscribed");
  return events;
}
