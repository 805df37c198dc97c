import { type MailError, toMailError } from "@mail/core";
import type { StoredJob } from "../job.ts";
import type { BlobStore } from "./blob-store.ts";

/** Blobs of younger mails are left alone: one may be on its way into the engine. 7 days. */
const orphanMs = 604_800_000;
const everyMs = 86_400_000;

export interface BlobSweepOptions {
  readonly blobs: BlobStore;
  /** Whether no other queue keeps blobs there: then those of a mail that this queue does not know are nobody's. */
  readonly isOwn: boolean;
  readonly find: (id: string) => Promise<StoredJob | undefined>;
  readonly onError: (error: MailError) => void;
}

/**
 * Removes blobs, now and once a day, whose mail is not there any more or needs them no longer: those of a process that
 * was killed between two steps, and those of dead letters that the engine has forgotten.
 * @returns a function that ends it
 */
export function sweepBlobs({ blobs, isOwn, find, onError }: BlobSweepOptions): () => void {
  let isEnded = false;
  const sweep = async (): Promise<void> => {
    try {
      for await (const name of blobs.list?.() ?? []) {
        if (isEnded) return;
        if (!(bornAt(name) < Date.now() - orphanMs)) continue;
        const job = await find(name.slice(0, idLength));
        if (job === undefined ? isOwn : isOver(job)) await blobs.delete([name]);
      }
    } catch (thrown) {
      if (!isEnded) onError(toMailError(thrown));
    }
  };
  void sweep();
  const timer = setInterval(() => void sweep(), everyMs);
  timer.unref();
  return () => {
    isEnded = true;
    clearInterval(timer);
  };
}

const idLength = 36;

/** When the mail was made that a blob belongs to (UUIDv7, RFC 9562 section 5.7); NaN for other names. */
function bornAt(name: string): number {
  const [, high = "", low = ""] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}-/.exec(name) ?? [];
  return Number.parseInt(high + low, 16);
}

function isOver({ state }: StoredJob): boolean {
  return state === "sent" || state === "cancelled";
}
