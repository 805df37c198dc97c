import { encodeHeaderValue } from "@mail/core";

export interface Header {
  /** Printable ASCII without a colon. */
  readonly name: string;
  readonly value: string;
}

const lineLength = 78;

/** A header as it stands in a source: encoded where it is not ASCII, and folded at spaces (RFC 5322 section 2.2.3). */
export function headerLines({ name, value }: Header): string {
  const plain = value.replace(/\p{Cc}+/gu, " ").trim();
  const [first = "", ...words] = (/^[\x20-\x7e]*$/.test(plain) ? plain : encodeHeaderValue(plain)).split(" ");
  let lines = `${name}: ${first}`;
  let column = lines.length;
  for (const word of words) {
    const fits = column + 1 + word.length <= lineLength || word === "";
    lines += fits ? ` ${word}` : `\r\n ${word}`;
    column = fits ? column + 1 + word.length : 1 + word.length;
  }
  return `${lines}\r\n`;
}

/** A trace field as RFC 5321 section 4.4 has it. */
export function receivedBy(host: string, id: string, date: Date): Header {
  const time = date.toUTCString().replace("GMT", "+0000");
  return { name: "Received", value: `from [127.0.0.1] by ${host} with HTTP id ${id}; ${time}` };
}
