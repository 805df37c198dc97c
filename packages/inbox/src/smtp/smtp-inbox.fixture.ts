import { afterEach } from "vitest";
import type { CaughtMail } from "../caught-mail.ts";
import { createHub } from "../create-hub.ts";
import type { FaultAction, FaultOccasion, FaultStage, Faults } from "../fault.ts";
import { memoryMailStore } from "../memory-mail-store.ts";
import { waitForMail } from "../wait-for.ts";
import { smtpCertificate } from "./smtp-certificate.ts";
import type { SmtpContext } from "./smtp-occasion.ts";
import { type RunningSmtp, type SmtpSettings, startSmtp } from "./start-smtp.ts";

export interface SmtpInbox extends RunningSmtp {
  /** PEM of the authority. */
  readonly ca: string;
  /** Newest last. */
  readonly mails: () => readonly CaughtMail[];
  readonly nextMail: () => Promise<CaughtMail>;
  /** What faults were asked for. */
  readonly occasions: readonly FaultOccasion[];
  readonly source: (mail: CaughtMail | undefined) => string;
}

interface Wanted extends Partial<Pick<SmtpContext, "login" | "maxBytes">> {
  /** Strikes each time at its stage. */
  readonly faults?: Partial<Record<FaultStage, FaultAction>>;
  readonly starttls?: SmtpSettings["starttls"];
  /** Fails to keep any mail. */
  readonly broken?: boolean;
}

const running: RunningSmtp[] = [];

afterEach(async () => {
  for (const smtp of running.splice(0)) await smtp.close();
});

/** SMTP alone, on free ports. */
export async function smtpInbox(wanted: Wanted = {}): Promise<SmtpInbox> {
  const { login, maxBytes = 1_000_000, starttls = "accepted", broken = false } = wanted;
  const store = memoryMailStore();
  const hub = createHub(broken ? { ...store, add: () => raise("the disk is full") } : store);
  const occasions: FaultOccasion[] = [];
  const faults: Faults = {
    add: () => raise("not here"),
    list: () => [],
    remove: () => false,
    clear: () => undefined,
    take(occasion) {
      occasions.push(occasion);
      return wanted.faults?.[occasion.stage];
    },
  };
  const certificate = await smtpCertificate(undefined, "127.0.0.1");
  const settings = { host: "127.0.0.1", smtpPort: 0, smtpsPort: 0, starttls, certificate };
  const smtp = await startSmtp({ hub, faults, login, maxBytes }, settings);
  running.push(smtp);
  const all = () => store.list({ limit: 1_000 }).mails.flatMap(({ id }) => store.get(id) ?? []);
  return {
    ...smtp,
    ca: certificate.authority,
    mails: () => all().reverse(),
    nextMail: () =>
      waitForMail(hub, {
        predicate: () => true,
        timeoutMs: 20_000,
        present: all(),
        signal: AbortSignal.timeout(20_000),
      }),
    occasions,
    source: (mail) => Buffer.from(store.source(mail?.id ?? "") ?? []).toString(),
  };
}

function raise(message: string): never {
  throw new Error(message);
}
