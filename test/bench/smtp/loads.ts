import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A mail as each subject then writes it in its own words. */
export interface LoadMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachment?: { readonly filename: string; readonly content: Buffer } | { readonly path: string };
}

const mebibyte = 2 ** 20;

/** Bytes without a pattern, the same in each run. */
function bytesOf(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0, state = 7; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

const sentences = "Your parcel has left our house and will be with you on Thursday, before noon.\n";
const rows = '    <tr><td style="padding: 8px">Tea, 250 g</td><td style="padding: 8px">2 x 7.50</td></tr>\n';

/** With the headers, 1.9 KB as sent. */
function smallMail(index: number): LoadMail {
  const greeting = `Hello customer ${index},`;
  return {
    from: "Acme <hello@acme.example>",
    to: `user${index}@example.com`,
    subject: `Order ${index} is on its way`,
    text: `${greeting}\n\n${sentences.repeat(4)}\nYour Acme team\n`,
    html: `<!doctype html>\n<html>\n<body>\n  <h1>${greeting}</h1>\n  <table>\n${rows.repeat(6)}  </table>\n</body>\n</html>\n`,
  };
}

/** @returns mail number `index` of a load whose attachment is made once */
function withAttachment(contentOf: () => (index: number) => Buffer): () => (index: number) => LoadMail {
  return () => {
    const content = contentOf();
    return (index) => ({
      ...smallMail(index),
      attachment: { filename: "report.pdf", content: content(index) },
    });
  };
}

const attachedFile = { path: join(tmpdir(), "mail-bench-report.pdf") };

/** Each is called once in the sending process, and then for each mail. */
export const loads = {
  small: () => smallMail,
  distinct: withAttachment(() => {
    const pattern = bytesOf(mebibyte);
    return (index) => {
      const content = Buffer.from(pattern);
      for (let place = 0; place < mebibyte; place += mebibyte / 16) content.writeUInt32BE(index, place);
      return content;
    };
  }),
  same: withAttachment(() => {
    const content = bytesOf(mebibyte);
    return () => content;
  }),
  file: () => {
    writeAttachedFile();
    return (index: number): LoadMail => ({ ...smallMail(index), attachment: attachedFile });
  },
} satisfies Readonly<Record<string, () => (index: number) => LoadMail>>;

export type LoadName = keyof typeof loads;

/** The least that a whole mail of a load has, in bytes. */
export const leastBytes: Readonly<Record<LoadName, number>> = {
  small: 1_500,
  distinct: (mebibyte * 4) / 3,
  same: (mebibyte * 4) / 3,
  file: (10 * mebibyte * 4) / 3,
};

/** 10 MB, written piece by piece so that the writer's memory stays small. */
function writeAttachedFile(): void {
  if (statSync(attachedFile.path, { throwIfNoEntry: false })?.size === 10 * mebibyte) return;
  const descriptor = openSync(attachedFile.path, "w");
  const piece = bytesOf(mebibyte / 8);
  for (let count = 0; count < 80; count++) writeSync(descriptor, piece);
  closeSync(descriptor);
}
