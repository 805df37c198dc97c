import { peakMegabytes } from "./peak-memory.ts";

/** What a process of its own measures: it answers one order with a sample, and ends. */
export interface SampleOrder {
  /** Sends that are under way at once. */
  readonly inFlight: number;
  readonly warmUpMs: number;
  readonly sampleMs: number;
}

/** V8 goes on optimizing for some ten thousand mails. */
export const sampleTimes = { warmUpMs: 2_000, sampleMs: 1_500 } as const;

export interface Sample {
  readonly perSecond: number;
  /** Microseconds of this process's CPU, user and system, for each send. */
  readonly cpuMicroseconds: number;
  /** The most memory that this process had resident, in MB of 2^20 bytes. */
  readonly peakMb: number;
  /** Sends in all, those of the warm-up among them. */
  readonly total: number;
}

export interface Sender {
  /** Sends mail number `index`. */
  send(index: number): Promise<unknown>;
  close?(): Promise<unknown>;
}

/** Answers orders of `measureRounds`; the last call of the file that is the process. */
export function answerOrders<Order extends SampleOrder>(open: (order: Order) => Promise<Sender>): void {
  answerOrder<Order>(async (order) => takeSample(await open(order), order));
}

/** Answers the parent's one message with what `work` finds, or with its error. */
export function answerOrder<Order>(work: (order: Order) => Promise<unknown>): void {
  process.once("message", (order: Order) => {
    work(order).then(
      (result) => process.send?.({ result }, () => process.exit()),
      (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
    );
  });
}

async function takeSample(sender: Sender, { inFlight, warmUpMs, sampleMs }: SampleOrder): Promise<Sample> {
  let index = 0;
  const sendFor = async (ms: number): Promise<void> => {
    const end = performance.now() + ms;
    const keepSending = async (): Promise<void> => {
      while (performance.now() < end) await sender.send(index++);
    };
    await Promise.all(Array.from({ length: inFlight }, keepSending));
  };
  await sendFor(warmUpMs);
  const first = index;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await sendFor(sampleMs);
  const seconds = (performance.now() - start) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakMb = peakMegabytes();
  await sender.close?.();
  const count = index - first;
  return { perSecond: count / seconds, cpuMicroseconds: (user + system) / count, peakMb, total: index };
}
