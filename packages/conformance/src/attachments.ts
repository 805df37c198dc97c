import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Attachment, deliver, file } from "@mail/core";
import { expect } from "vitest";
import type { Capability, ConformanceCase } from "./conformance-case.ts";
import { arrivals, contextOf, prepare, refusedBeforeContact, send, sendAndReceive } from "./send-mail.ts";
import type { ReceivedAttachment, Subject } from "./subject.ts";

const skip = ({ transport }: Subject): string | undefined =>
  transport.features.fields.includes("attachments") ? undefined : "attachments are not carried";

const bytes = Uint8Array.from({ length: 256 * 40 }, (_, index) => (index % 7 === 0 ? index * 31 : index) % 256);
const chunk = (): Uint8Array<ArrayBuffer> => bytes.slice();

/** Each kind of content that a message may hold, always the same bytes. */
const kinds: Readonly<Record<string, () => Omit<Attachment, "filename">>> = {
  "a Uint8Array": () => ({ content: chunk() }),
  "a view into a larger buffer": () => ({ content: new Uint8Array([0, ...bytes, 0]).subarray(1, bytes.length + 1) }),
  base64: () => ({ content: Buffer.from(bytes).toString("base64"), encoding: "base64" }),
  "a Blob": () => ({ content: new Blob([chunk()]) }),
  "a Web stream": () => ({ content: new Blob([chunk()]).stream() }),
  "a Node stream": () => ({ content: Readable.from([chunk().subarray(0, 100), chunk().subarray(100)]) }),
  "a function that gives bytes": () => ({ content: chunk }),
  "a function that opens a stream": () => ({ content: async () => Readable.from([chunk()]) }),
};

function sameBytes(attachment: ReceivedAttachment | undefined, expected: Uint8Array): void {
  expect(attachment, "the attachment").toBeDefined();
  const content = Buffer.from(attachment?.content ?? []);
  expect(content.byteLength, "bytes of the attachment").toBe(expected.byteLength);
  expect(content.equals(expected), "the attachment's bytes are the same").toBe(true);
}

const kindCases = Object.entries(kinds).map(
  ([kind, attachment]): ConformanceCase => ({
    name: `an attachment given as ${kind} arrives byte for byte`,
    skip,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, { attachments: [{ filename: "data.bin", ...attachment() }] });
      expect(mail.attachments).toHaveLength(1);
      sameBytes(mail.attachments[0], bytes);
    },
  }),
);

const fileNames: Readonly<Record<string, string>> = {
  "non-ASCII letters": "Prüfbericht – 报告.pdf",
  quotes: 'the "final" report.pdf',
  "a semicolon, a comma and spaces": "a; b, c = d.pdf",
  "a backslash and an apostrophe": "it's\\here.pdf",
  "percent signs": "100%25 %0d%0a.pdf",
  "120 characters": `${"long-".repeat(23)}x.pdf`,
  "120 non-ASCII characters": `${"длинное-".repeat(14)}имя.pdf`,
};

const fileNameCases = Object.entries(fileNames).map(
  ([what, filename]): ConformanceCase => ({
    name: `a file name with ${what} arrives as written`,
    skip,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, { attachments: [{ filename, content: "x" }] });
      expect(mail.attachments.map((attachment) => attachment.filename)).toEqual([filename]);
      expect(mail.attachments[0]?.contentType).toBe("application/pdf");
    },
  }),
);

const failing: Readonly<Record<string, () => Attachment>> = {
  "a stream that fails": () => ({
    filename: "a.bin",
    content: Readable.from(
      (async function* () {
        yield bytes;
        throw new Error("the disk is gone");
      })(),
    ),
  }),
  "a function that fails": () => ({
    filename: "a.bin",
    content: () => Promise.reject(new Error("no such object")),
  }),
  "a file that is missing": () => file(fileURLToPath(new URL("./no-such-file.pdf", import.meta.url))),
};

const failingCases = Object.entries(failing).map(
  ([what, attachment]): ConformanceCase => ({
    name: `${what} is invalid_message before contact, and the error names the attachment`,
    skip,
    async run(subject) {
      const attachments = [{ filename: "good.txt", content: "good" }, attachment()];
      const error = await refusedBeforeContact(subject, () => send(subject, { attachments }));
      expect(error).toMatchObject({ code: "invalid_message", field: "attachments[1].content" });
    },
  }),
);

export const attachments: Capability = {
  name: "attachments",
  cases: [
    ...kindCases,
    ...fileNameCases,
    ...failingCases,
    {
      name: "a text attachment arrives in UTF-8 with its type and name",
      skip,
      async run(subject) {
        const content = "Grüße\r\nline two\nno end of line";
        const { mail } = await sendAndReceive(subject, { attachments: [{ filename: "notes.txt", content }] });
        sameBytes(mail.attachments[0], Buffer.from(content));
        expect(mail.attachments[0]).toMatchObject({
          filename: "notes.txt",
          contentType: "text/plain",
          disposition: "attachment",
        });
      },
    },
    {
      name: "a file from disk arrives with its name",
      skip,
      async run(subject) {
        const path = fileURLToPath(import.meta.url);
        const { mail } = await sendAndReceive(subject, { attachments: [file(path)] });
        expect(mail.attachments[0]?.filename).toMatch(/^attachments\.[jt]s$/);
        expect(Buffer.from(mail.attachments[0]?.content ?? []).toString()).toContain("a file from disk arrives");
      },
    },
    {
      name: "an empty attachment arrives, or is refused before contact where the provider takes none",
      skip,
      async run(subject) {
        const attachments = [{ filename: "empty.txt", content: "" }];
        const before = subject.contacts();
        const refusal = await send(subject, { attachments }).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refusal !== undefined) {
          expect(refusal).toMatchObject({ code: "invalid_message", field: "attachments[0].content" });
          expect(subject.contacts()).toBe(before);
          return;
        }
        const [mail] = await arrivals(subject, 1);
        if (mail === undefined) throw new Error("no mail arrived");
        expect(mail.attachments.map(({ filename }) => filename)).toEqual(["empty.txt"]);
        sameBytes(mail.attachments[0], new Uint8Array());
      },
    },
    {
      name: "an attachment without a file name arrives",
      skip,
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { attachments: [{ content: chunk() }] });
        sameBytes(mail.attachments[0], bytes);
      },
    },
    {
      name: "several attachments arrive in order, two of one name included",
      skip,
      async run(subject) {
        const contents = ["one", "two", "three"];
        const { mail } = await sendAndReceive(subject, {
          html: "<p>Hello</p>",
          attachments: contents.map((content, index) => ({ filename: index === 2 ? "b.csv" : "a.csv", content })),
        });
        expect(mail.attachments.map(({ content }) => Buffer.from(content).toString())).toEqual(contents);
        expect(mail.attachments.map(({ filename }) => filename)).toEqual(["a.csv", "a.csv", "b.csv"]);
        expect(mail.html).toContain("Hello");
      },
    },
    {
      name: "the content type that the app gives is kept",
      skip,
      async run(subject) {
        const attachment = { filename: "data.bin", content: "{}", contentType: "application/vnd.acme+json" };
        const { mail } = await sendAndReceive(subject, { attachments: [attachment] });
        expect(mail.attachments[0]?.contentType).toBe("application/vnd.acme+json");
      },
    },
    {
      name: "an inline image arrives under the content id that the html names",
      skip,
      async run(subject) {
        const { mail } = await sendAndReceive(subject, {
          html: '<img src="cid:logo@acme"><img src="cid:photo">',
          attachments: [
            { filename: "logo.png", content: chunk(), contentId: "logo@acme" },
            { filename: "photo.jpg", content: "photo", contentId: "photo" },
            { filename: "terms.pdf", content: "terms" },
          ],
        });
        // By content id: a provider may use it as the file name of an inline image.
        const byId = new Map(mail.attachments.map((one) => [one.contentId?.replace(/^<|>$/g, ""), one]));
        expect(byId.get("logo@acme")).toMatchObject({ disposition: "inline", contentType: "image/png" });
        expect(byId.has("photo")).toBe(true);
        sameBytes(byId.get("logo@acme"), bytes);
        expect(mail.attachments.find(({ filename }) => filename === "terms.pdf")?.disposition).toBe("attachment");
        expect(mail.html).toContain('src="cid:logo@acme"');
      },
    },
    {
      name: "a bare stream serves one mail; the next is invalid_message before contact",
      skip,
      async run(subject) {
        const mail = prepare({ attachments: [{ filename: "a.bin", content: Readable.from([chunk()]) }] });
        await deliver(subject.transport, mail, contextOf());
        const error = await refusedBeforeContact(subject, () => deliver(subject.transport, mail, contextOf()));
        expect(error).toMatchObject({ code: "invalid_message", field: "attachments[0].content", retryable: false });
      },
    },
    {
      name: "a function opens the content anew for each mail",
      skip,
      async run(subject) {
        const mail = prepare({ attachments: [{ filename: "a.bin", content: () => Readable.from([chunk()]) }] });
        await deliver(subject.transport, mail, contextOf());
        await deliver(subject.transport, mail, contextOf());
        for (const { attachments: arrived } of await subject.received()) sameBytes(arrived[0], bytes);
      },
    },
  ],
};
