import { MailError, misconfigured } from "@mail/core";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { KV, KvEntry } from "@nats-io/kv";
import type { QueuedIterator } from "@nats-io/transport-node";
import { loadClient } from "../broker/load-client.ts";
import { bucketName } from "./kv-ledger-names.ts";
import type { NatsClient } from "./nats-connection.ts";

/** The server's codes for a key that has another revision by now, and for a message that is not there (server/errors.json). */
const wrongRevision: ReadonlySet<number> = new Set([10071, 10164]);
const deleteFailed = 10057;

/** What reads many keys is given up when nothing comes for so long, in milliseconds. */
const silentMs = 10_000;
/** Of headers and subject, in bytes. */
const besideValue = 512;

/**
 * One queue's bucket of JetStream. Every read is answered by the leader, since replicas may lag behind. Nothing is ever
 * marked as deleted: what goes is removed by its revision, so that nothing newer goes by mistake and no marks stay.
 */
export class KvBucket {
  readonly #kv: KV;
  readonly #jsm: JetStreamManager;
  readonly #stream: string;
  readonly #maxBytes: number;

  private constructor(kv: KV, { jsm, nc }: NatsClient, stream: string) {
    this.#kv = kv;
    this.#jsm = jsm;
    this.#stream = stream;
    this.#maxBytes = (nc.info?.max_payload ?? Number.POSITIVE_INFINITY) - besideValue;
  }

  /** Makes the bucket, on disk, where it is not there. @throws MailError `configuration` where it would forget entries */
  static async open(client: NatsClient, queue: string, replicas: number): Promise<KvBucket> {
    const { Kvm } = await loadClient("nats", "@nats-io/kv", () => import("@nats-io/kv"));
    const name = bucketName(queue);
    const kv = await new Kvm(client.js).create(name, { history: 1, replicas, allow_direct: false });
    const { storage, ttl, history, streamInfo } = await kv.status();
    if (storage === "file" && ttl === 0 && history === 1) return new KvBucket(kv, client, streamInfo.config.name);
    const hint = `Remove the bucket ${name}, or give the queue another name.`;
    throw misconfigured("name", "is that of a bucket that is no ledger on disk", hint);
  }

  async get(key: string, revision?: number): Promise<KvEntry | undefined> {
    return (await this.#kv.get(key, revision === undefined ? undefined : { revision })) ?? undefined;
  }

  async put(key: string, value: string | Uint8Array): Promise<number> {
    this.#checkSize(value);
    return await this.#kv.put(key, value);
  }

  /**
   * Writes where the key's revision is still this one, 0 where it is not to be there.
   * @returns the new revision, `undefined` where it is another one
   */
  async write(key: string, value: string, revision: number): Promise<number | undefined> {
    this.#checkSize(value);
    try {
      return await this.#kv.put(key, value, { previousSeq: revision });
    } catch (thrown) {
      if (wrongRevision.has(codeOf(thrown))) return undefined;
      throw thrown;
    }
  }

  /** @returns false where it is gone already, or there is a newer one of its key */
  async remove(revision: number): Promise<boolean> {
    try {
      return await this.#jsm.streams.deleteMessage(this.#stream, revision, false);
    } catch (thrown) {
      if (codeOf(thrown) === deleteFailed) return false;
      throw thrown;
    }
  }

  /**
   * What keys with this prefix hold, the one that was written longest ago first; one that is written meanwhile may come
   * again. The end is where something comes that was written after the beginning: what the server says of how many are left
   * may never be none while others write (seen with 2.9). And once more, for those that were written anew before they came.
   * @param only `"heads"` without values
   * @throws where nothing comes any more before the end
   */
  async *read(prefix: string, only?: "heads"): AsyncGenerator<KvEntry> {
    const fence = `${prefix}.=end`;
    const entries = await this.#kv.watch({ key: `${prefix}.>`, include: "history", headers_only: only === "heads" });
    let end = await this.put(fence, "");
    let isSecond = false;
    for await (const entry of unlessSilent(entries)) {
      if (entry.key !== fence) yield entry;
      if (entry.revision < end) continue;
      if (isSecond) return;
      isSecond = true;
      end = await this.put(fence, "");
    }
    throw new Error("the connection was closed");
  }

  #checkSize(value: string | Uint8Array): void {
    const bytes = Buffer.byteLength(value);
    if (bytes <= this.#maxBytes) return;
    throw new MailError(`What is known of a mail takes ${bytes} bytes, and the NATS server takes ${this.#maxBytes}.`, {
      code: "message_too_large",
      hint: "Raise max_payload of nats-server, or give nats() a store.",
    });
  }
}

async function* unlessSilent<T>(items: QueuedIterator<T>): AsyncGenerator<T> {
  const timer = setTimeout(() => items.stop(new Error(`nothing came for ${silentMs} ms`)), silentMs);
  try {
    for await (const item of items) {
      timer.refresh();
      yield item;
    }
  } finally {
    clearTimeout(timer);
    items.stop();
  }
}

function codeOf(thrown: unknown): number {
  return thrown instanceof Error && "code" in thrown ? Number(thrown.code) : 0;
}
