/** The names of a queue in NATS: one stream, and in it a subject for each priority and one for what is not due yet. */
export interface NatsNames {
  readonly stream: string;
  readonly subjects: string;
  readonly due: readonly NatsConsumerName[];
  readonly later: NatsConsumerName;
}

/** A durable consumer and the only subject that it reads. */
export interface NatsConsumerName {
  readonly durable: string;
  readonly subject: string;
}

const priorities = 3;

export function natsNames(queue: string): NatsNames {
  const subject = `mail.${queue}`;
  return {
    stream: `MAIL_${queue}`,
    subjects: `${subject}.>`,
    due: Array.from({ length: priorities }, (_, index) => ({
      durable: `due${index}`,
      subject: `${subject}.due.${index}`,
    })),
    later: { durable: "later", subject: `${subject}.later` },
  };
}

export function dueSubject({ due }: NatsNames, priority: number): string {
  const index = Math.min(Math.max(0, Math.trunc(priority)), due.length - 1);
  return due[index]?.subject ?? "";
}
