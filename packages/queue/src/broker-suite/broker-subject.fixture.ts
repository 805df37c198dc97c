import type { Broker } from "../broker.ts";

/** A module that opens a broker; loaded by the suite and by the child processes that it starts and kills. */
export interface BrokerModule {
  /** @param timeoutMs how long publishing may take. Default: 20,000, as the machine may be busy */
  openBroker(url: string, name: string, timeoutMs?: number): Promise<Broker>;
  /** Puts a body into the queue that is no mail. */
  publishRaw(url: string, name: string, body: Uint8Array): Promise<void>;
  /** Removes whatever is left of a queue. */
  remove(url: string, name: string): Promise<void>;
}

export interface BrokerSubject {
  /** The file URL of a `BrokerModule`. */
  readonly module: string;
  readonly url: string;
  /** Leaves the queues there, because the server goes with them. Default: false. */
  readonly keepQueues?: boolean;
  /** The shortest lease that a busy machine keeps reliably, in milliseconds. Default: 1,000. */
  readonly leaseMs?: number;
}
