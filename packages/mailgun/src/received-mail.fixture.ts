import type { ReceivedAttachment, ReceivedMail } from "@mail/conformance";
import type { Address } from "@mail/core";
import { addressParser } from "postal-mime";
import type { CapturedRequest } from "./fake-mailgun.fixture.ts";

/** The mail that Mailgun would make of a form. */
export async function receivedMail({ form, raw }: CapturedRequest): Promise<ReceivedMail> {
  const text = (name: string): string | undefined => form.get(name)?.toString();
  const people = (name: string): readonly Address[] => form.getAll(name).flatMap((value) => addresses(String(value)));
  const [from = { address: "" }] = people("from");
  const [to, cc, bcc] = [people("to"), people("cc"), people("bcc")];
  const [body, html] = [text("text"), text("html")];
  return {
    recipients: [...to, ...cc, ...bcc].map(({ address }) => address),
    from,
    to,
    cc,
    replyTo: people("h:Reply-To"),
    subject: text("subject") ?? "",
    ...(body !== undefined && { text: body }),
    ...(html !== undefined && { html }),
    headers: Object.fromEntries(
      [...form]
        .filter(([name]) => name.startsWith("h:"))
        .map(([name, value]) => [name.slice(2).toLowerCase(), String(value)]),
    ),
    attachments: await attachments(form, fileNames(raw)),
    source: namedValues(raw),
  };
}

/** Names by the parser, addresses as they stand: the parser takes the quotes of a local part away. */
function addresses(list: string): readonly Address[] {
  const found = addressParser(list, { flatten: true });
  return found.map(({ name, address = "" }) => ({
    ...(name !== "" && { name }),
    address: found.length > 1 ? address : (/<([^<>]*)>$/.exec(list)?.[1] ?? list),
  }));
}

/** The body with each value's first line behind its field's name, so that only further lines stand at a line's start. */
function namedValues(raw: string): string {
  return Buffer.from(raw, "latin1")
    .toString()
    .replace(/(; name="([^"]*)"[^\r\n]*(?:\r\nContent-Type: [^\r\n]*)?\r\n\r\n)/g, "$1$2: ");
}

/** In the order of the parts. The runtime's parser would also take a written-out `%0d` for a line break. */
function fileNames(raw: string): readonly string[] {
  return [...raw.matchAll(/^Content-Disposition: form-data; name="[^"]*"; filename="([^"\r\n]*)"\r$/gm)].map(
    ([, name = ""]) => Buffer.from(name, "latin1").toString().replaceAll("%22", '"'),
  );
}

async function attachments(form: FormData, names: readonly string[]): Promise<readonly ReceivedAttachment[]> {
  const files = [...form].filter((entry): entry is [string, File] => typeof entry[1] !== "string");
  return Promise.all(
    files.map(async ([field, part], index): Promise<ReceivedAttachment> => {
      const filename = names[index] ?? part.name;
      return {
        filename,
        contentType: part.type.replace(/;.*/s, ""),
        // "cid:" takes the name of the file (user manual, "Sending inline images")
        ...(field === "inline" && { contentId: filename }),
        disposition: field === "inline" ? "inline" : "attachment",
        content: new Uint8Array(await part.arrayBuffer()),
      };
    }),
  );
}
