import { randomBytes } from "node:crypto";

/**
 * Makes UUIDv7s of which each sorts behind the one before, also within a millisecond and when the clock is set back
 * (RFC 9562 section 6.2, method 2): lists are in order of their ids.
 */
export function ascendingIds(now: () => number = Date.now): () => string {
  let time = 0;
  let counter = 0n;
  return () => {
    const current = now();
    if (current > time) {
      time = current;
      // The top bit is left free, so that counting up has room.
      counter = BigInt(`0x${randomBytes(10).toString("hex")}`) & ((1n << 73n) - 1n);
    } else {
      counter += 1n + BigInt(randomBytes(4).readUInt32BE());
    }
    return uuid(time, counter);
  };
}

/** 48 bits of time, then 74 bits of a counter around version and variant (RFC 9562 section 5.7). */
function uuid(time: number, counter: bigint): string {
  const high = 0x7000n | (counter >> 62n);
  const low = (0b10n << 62n) | (counter & ((1n << 62n) - 1n));
  const hex = `${time.toString(16).padStart(12, "0")}${high.toString(16)}${low.toString(16)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
