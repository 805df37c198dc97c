/** What a server offers in its answer to EHLO. */
export interface ServerExtensions {
  /** RFC 2920. */
  readonly pipelining: boolean;
  /** RFC 3030. */
  readonly chunking: boolean;
  /** RFC 6152. */
  readonly eightBitMime: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 1870. */
  readonly size: boolean;
  /** The largest mail that it takes; 0 where it does not say. */
  readonly maxBytes: number;
}

/** @param ehlo the whole answer, lines separated by `\n` */
export function extensionsOf(ehlo: string): ServerExtensions {
  const offered = new Map<string, string>();
  for (const line of ehlo.split("\n").slice(1)) {
    const [keyword = "", ...values] = line
      .slice(4)
      .trim()
      .split(/[ \t]+/);
    offered.set(keyword.toUpperCase(), values.join(" "));
  }
  return {
    pipelining: offered.has("PIPELINING"),
    chunking: offered.has("CHUNKING"),
    eightBitMime: offered.has("8BITMIME"),
    smtpUtf8: offered.has("SMTPUTF8"),
    size: offered.has("SIZE"),
    maxBytes: Number(/^\d+/.exec(offered.get("SIZE") ?? "")?.[0] ?? 0),
  };
}
