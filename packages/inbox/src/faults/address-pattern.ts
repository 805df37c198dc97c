import { addressKey } from "../caught-address.ts";

/** Whether an address fits a pattern in which `*` stands for any characters; case is ignored, domains are IDNA-encoded. */
export function addressMatches(pattern: string, address: string): boolean {
  return fits(addressKey(pattern), addressKey(address));
}

/** Looks at each character once per part, however many `*` there are. */
function fits(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let position = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, position);
    if (found === -1 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}
