import type { ReceivedAttachment, ReceivedMail } from "@mail/conformance";
import type { Address } from "@mail/core";
import { addressParser, decodeWords } from "postal-mime";
import type { CapturedRequest } from "./fake-mailgun.fixture.ts";

/** The mails that Mailgun would make of a form: with recipient variables, one for each in `to`. */
export async function receivedMails({ form, raw }: CapturedRequest): Promise<readonly ReceivedMail[]> {
  const variables = form.get("recipient-variables");
  if (typeof variables !== "string") return [await receivedMail(form, raw)];
  const byAddress = JSON.parse(variables) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  return Promise.all(form.getAll("to").map((to) => receivedMail(copyFor(String(to), form, byAddress), raw)));
}

function copyFor(
  to: string,
  form: FormData,
  variables: Readonly<Record<string, Readonly<Record<string, string>>>>,
): FormData {
  const [{ address } = { address: "" }] = addresses(to);
  const copy = new FormData();
  copy.append("to", to);
  for (const [name, value] of form) {
    if (name === "to" || name === "recipient-variables") continue;
    if (typeof value === "string") copy.append(name, filled(value, { "": address, ...prefixed(variables[address]) }));
    else copy.append(name, value, value.name);
  }
  return copy;
}

function prefixed(variables: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`.${name}`, value]));
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/%recipient([.\w-]*)%/g, (written, name: string) => values[name] ?? written);
}

async function receivedMail(form: FormData, raw: string): Promise<ReceivedMail> {
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
        .map(([name, value]) => [name.slice(2).toLowerCase(), decodeWords(String(value))]),
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
