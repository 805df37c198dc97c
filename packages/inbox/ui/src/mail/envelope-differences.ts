import type { Mail } from "../api/types.ts";

export interface Difference {
  readonly address: string;
  readonly text: string;
}

/** Where envelope and headers tell different stories. */
export function envelopeDifferences({ envelope, from, to, cc, bcc }: Mail): readonly Difference[] {
  const received = new Set(envelope.to.map(folded));
  const missing = [...to, ...cc].filter(({ address }) => !received.has(folded(address)));
  const differences: Difference[] = [
    ...bcc.map(({ address }) => ({ address, text: "gets this as Bcc: no header names it." })),
    ...missing.map(({ address }) => ({ address, text: "is named in a header, but does not get this copy." })),
  ];
  if (from !== undefined && envelope.from !== "" && folded(from.address) !== folded(envelope.from))
    differences.push({ address: envelope.from, text: `gets the bounces, not ${from.address}.` });
  return differences;
}

function folded(address: string): string {
  return address.toLowerCase();
}
