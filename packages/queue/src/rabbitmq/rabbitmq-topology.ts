import type { Channel, Options } from "amqplib";
import { replyCode } from "./rabbitmq-error.ts";
import type { RabbitmqLink } from "./rabbitmq-link.ts";

/*
 * A quorum queue for each priority, because quorum queues themselves know no priorities, or only two of them; and a ladder
 * of queues that delay, as NServiceBus has it: one for each binary digit of the delay, in which every mail waits equally
 * long, so that none waits behind another that has more time. A mail's routing key has the digits of its delay, the
 * highest first, then its priority. At each step the exchange looks at one digit: 1 leads into the queue of that step, 0
 * past it to the next step, where the queue leads as well once the time there is up; the last step leads to the priority's
 * queue. (RabbitMQ documentation, Dead Letter Exchanges and TTL; NServiceBus documentation, RabbitMQ delayed delivery.)
 */
const steps = 20;
export const unitMs = 100;
export const longestDelayMs: number = (2 ** steps - 1) * unitMs;
const priorities = 3;

export interface RabbitmqNames {
  /** The queues of the priorities. */
  readonly due: readonly string[];
  readonly dueExchange: string;
  /** Queue and exchange of each step, by its digit. */
  readonly wait: readonly string[];
}

export function rabbitmqNames(queue: string): RabbitmqNames {
  const prefix = `mail.${queue}`;
  return {
    due: Array.from({ length: priorities }, (_, priority) => `${prefix}.${priority}`),
    dueExchange: `${prefix}.due`,
    wait: Array.from({ length: steps }, (_, digit) => `${prefix}.wait.${String(digit).padStart(2, "0")}`),
  };
}

export interface RabbitmqRoute {
  readonly exchange: string;
  readonly routingKey: string;
}

function priorityIndex(priority: number): number {
  return Math.min(Math.max(0, Math.trunc(priority)), priorities - 1);
}

/** The way of a mail; one whose delay is too long goes as far as the ladder reaches. */
export function routeOf({ due, wait }: RabbitmqNames, priority: number, delayMs: number): RabbitmqRoute {
  const index = priorityIndex(priority);
  const units = Math.ceil(Math.min(delayMs, longestDelayMs) / unitMs);
  if (units <= 0) return { exchange: "", routingKey: due[index] ?? "" };
  const digits = units.toString(2).padStart(steps, "0");
  const highest = steps - 1 - digits.indexOf("1");
  return { exchange: wait[highest] ?? "", routingKey: `${[...digits].join(".")}.${index}` };
}

/** Makes the queues of the priorities where they are not there yet. */
export async function ensureQueues(link: RabbitmqLink, channel: Channel, { due }: RabbitmqNames): Promise<void> {
  for (const queue of due) await channel.assertQueue(queue, await dueQueue(link, queue));
}

/** Makes the ladder where it is not there yet. */
export async function ensureLadder(channel: Channel, { due, dueExchange, wait }: RabbitmqNames): Promise<void> {
  await channel.assertExchange(dueExchange, "topic", { durable: true });
  for (const [index, queue] of due.entries()) await channel.bindQueue(queue, dueExchange, `#.${index}`);
  for (const [digit, name] of wait.entries()) {
    const next = wait[digit - 1] ?? dueExchange;
    const before = "*.".repeat(steps - 1 - digit);
    await channel.assertExchange(name, "topic", { durable: true });
    await channel.assertQueue(name, waitQueue(digit, next));
    await channel.bindQueue(name, name, `${before}1.#`);
    await channel.bindExchange(next, name, `${before}0.#`);
  }
}

const quorum = { "x-queue-type": "quorum" };

/** A mail waits there for a power of two, and goes on only when the next queue has confirmed that it has it. */
function waitQueue(digit: number, next: string): Options.AssertQueue {
  return {
    durable: true,
    arguments: {
      ...quorum,
      "x-message-ttl": unitMs * 2 ** digit,
      "x-dead-letter-exchange": next,
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
    },
  };
}

/**
 * RabbitMQ 4 drops by default what was delivered 20 times (RabbitMQ documentation, Quorum Queues, Poison Message Handling),
 * and no mail is to be dropped because workers died with it. A queue that an older server made stays as it is.
 */
async function dueQueue(link: RabbitmqLink, queue: string): Promise<Options.AssertQueue> {
  const [major] = link.version;
  if (major < 4) return { durable: true, arguments: quorum };
  const unlimited = { durable: true, arguments: { ...quorum, "x-delivery-limit": -1 } };
  // A refused declaration ends its channel: this one is for that.
  const trial = await link.model.createChannel();
  trial.on("error", () => undefined);
  try {
    await trial.assertQueue(queue, unlimited);
    await trial.close();
    return unlimited;
  } catch (thrown) {
    if (replyCode(thrown) !== 406) throw thrown;
    return { durable: true, arguments: quorum };
  }
}
