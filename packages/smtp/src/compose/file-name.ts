import { encodeHeaderValue } from "@mail/core";

/** Length of one section of a parameter (RFC 2231 section 3), so that it fits into a line. */
const maxSectionLength = 50;

/** What every reader takes as it stands between quotes. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,60}$/;

/** `Content-Type` with the file's name, for readers that know no other place; a name it had before goes. */
export function typeWithName(type: string, filename: string): string {
  const parameters = type.match(/;[\t ]*[^=]+=(?:"[^"]*"|[^;"]*)/g) ?? [];
  const kept = parameters.filter((parameter) => !/^;[\t ]*name[*=]/i.test(parameter));
  const name = encodeHeaderValue(filename).replace(/["\\]/g, "\\$&");
  return `${/^[^;]*/.exec(type)}${kept.join("")}; name="${name}"`;
}

/** `Content-Disposition`, the name in sections of RFC 2231 where it is not plain ASCII, short and without quotes. */
export function dispositionWithName(disposition: string, filename: string): string {
  if (plain.test(filename) && !filename.includes("=?")) return `${disposition}; filename="${filename}"`;
  const sections = [""];
  for (const character of filename) {
    const escaped = percentEncoded(character);
    const section = sections.at(-1) ?? "";
    if (section.length + escaped.length > maxSectionLength) sections.push(escaped);
    else sections[sections.length - 1] = section + escaped;
  }
  const parameters = sections.map((section, index) => `filename*${index}*=${index === 0 ? "utf-8''" : ""}${section}`);
  return [disposition, ...parameters].join("; ");
}

/** RFC 2231 section 7 leaves more as it is, but not in a way that all readers share. */
function percentEncoded(character: string): string {
  if (/^[\w.-]$/.test(character)) return character;
  return Buffer.from(character, "utf8").toString("hex").replace(/../g, "%$&").toUpperCase();
}
