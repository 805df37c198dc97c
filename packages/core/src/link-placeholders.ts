import type { Segments } from "./batch.ts";
import { parseTemplate } from "./template.ts";

/** Begins the names of placeholders in links, which differ from all others: those hold no space. */
const mark = "link ";

/** A placeholder in a URL, parts of which may be encoded. */
const inUrl = /(?:%7B|\{){2}(?:%20)*([\w.-]{1,100})(?:%20)*(?:%7D|\}){2}/gi;

/** Splits links at their placeholders, whose values go there percent-encoded. @throws MailError `invalid_message` */
export function parseLinks(text: string, field: string): Segments {
  return parseTemplate(text.replace(inUrl, "{{$1}}"), field).map((segment) =>
    typeof segment === "string" ? segment : { ...segment, name: `${mark}${segment.name}` },
  );
}

/** The name in the data behind a placeholder. */
export function dataNameOf(placeholder: string): string {
  return placeholder.startsWith(mark) ? placeholder.slice(mark.length) : placeholder;
}

/** A value as it stands in the place of a placeholder. */
export function valueAt(placeholder: string, value: string): string {
  return placeholder.startsWith(mark) ? encodeURIComponent(value) : value;
}
