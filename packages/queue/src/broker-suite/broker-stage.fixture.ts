import { randomUUID } from "node:crypto";
import type { Broker } from "../broker.ts";
import type { BrokerModule, BrokerSubject } from "./broker-subject.fixture.ts";
import { ChildConsumer } from "./child-consumer.fixture.ts";
import { TestConsumer, type TestConsumerOptions } from "./test-consumer.fixture.ts";

/** One queue, and the brokers and child processes on it. Leaves nothing behind. */
export class BrokerStage {
  readonly name: string = `test-${randomUUID()}`;
  /** A short lease, for what comes once it is over. */
  readonly leaseMs: number;
  /** A lease that is kept also where the machine stands still for some seconds, and can still be waited for. */
  readonly steadyLeaseMs: number;
  readonly #subject: BrokerSubject;
  readonly #module: BrokerModule;
  readonly #brokers: Broker[] = [];
  readonly #children: ChildConsumer[] = [];

  private constructor(subject: BrokerSubject, module: BrokerModule) {
    this.#subject = subject;
    this.#module = module;
    this.leaseMs = subject.leaseMs ?? 1_000;
    this.steadyLeaseMs = 4 * this.leaseMs;
  }

  static async open(subject: BrokerSubject): Promise<BrokerStage> {
    return new BrokerStage(subject, await import(subject.module));
  }

  async open(timeoutMs?: number, url: string = this.#subject.url): Promise<Broker> {
    const broker = await this.#module.openBroker(url, this.name, timeoutMs);
    this.#brokers.push(broker);
    return broker;
  }

  consume(broker: Broker, options: TestConsumerOptions = {}): TestConsumer {
    return new TestConsumer(broker, options);
  }

  async child(): Promise<ChildConsumer> {
    const child = new ChildConsumer([this.#subject.module, this.#subject.url, this.name, String(this.leaseMs)]);
    this.#children.push(child);
    return child;
  }

  async publishRaw(body: Uint8Array): Promise<void> {
    await this.#module.publishRaw(this.#subject.url, this.name, body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
    await Promise.all(this.#brokers.map((broker) => broker.close()));
    if (!this.#subject.keepQueues) await this.#module.remove(this.#subject.url, this.name);
  }
}
