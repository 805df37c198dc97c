import { setImmediate as turn } from "node:timers/promises";
import { MailError } from "@mail/core";

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of many: what is asked for while a call is under way, or in the same turn of the event loop, goes into
 * the next one together.
 */
export class Batcher<Item, Result> {
  readonly #call: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #maxItems: number;
  #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  constructor(call: (items: readonly Item[]) => Promise<readonly Result[]>, maxItems: number) {
    this.#call = call;
    this.#maxItems = maxItems;
  }

  async ask(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#isRunning) void this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await turn();
      await this.#settle(this.#waiting.splice(0, this.#maxItems));
    }
    this.#isRunning = false;
  }

  async #settle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#call(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (thrown) {
      // One item that the store cannot take must not fail the others with it, time and again.
      const perhapsOneItem = batch.length > 1 && !(MailError.is(thrown) && thrown.code === "unavailable");
      if (perhapsOneItem) for (const waiting of batch) await this.#settle([waiting]);
      else for (const { reject } of batch) reject(thrown);
    }
  }
}
