import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { caseMarkdown, type Finding, verdictsMarkdown } from "./markdown.ts";
import { picture } from "./picture.ts";

const folder = new URL("../../../docs/", import.meta.url);
const rivals = ["nodemailer", "@upyo/smtp", "@sendgrid/mail", "mailgun.js", "@aws-sdk/client-sesv2"];

/** Writes `docs/bench.md` and `docs/bench.svg`. */
export function writePage(findings: readonly Finding[], rounds: number): void {
  writeFileSync(new URL("bench.svg", folder), picture(findings));
  writeFileSync(new URL("bench.md", folder), page(findings, rounds));
}

function page(findings: readonly Finding[], rounds: number): string {
  return `# How fast it is

What \`npm run bench -- --write\` found: each case with its rivals in the same run, ${rounds} rounds in turn, medians. A sample is
a new process that sends for 1.5 seconds after 2 seconds to warm up; what it sends to is another process, which takes
everything, as fast as it can, and from which each sample's mails are counted and compared with what was sent. CPU and memory
are those of the sending process alone. Everything is on one machine, so what the other side costs is in the speeds; the
ratios hold elsewhere, and those of CPU on a busy machine too. By SMTP five connections are used, which no library gives up during a sample, without
TLS; 100 sends are under way (10 with attachments of 1 MB, five with 10 MB, and five with Upyo, which opens a connection for
each).

Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model}, ${rivals.map(withVersion).join(", ")}.

![How many times as many mails a second as the rival sends](bench.svg)

${verdictsMarkdown(findings)}

## The cases

${findings.map(caseMarkdown).join("\n\n")}
`;
}

function withVersion(name: string): string {
  const entry = import.meta.resolve(name);
  const folder = `/node_modules/${name}/`;
  const manifest = new URL("package.json", entry.slice(0, entry.lastIndexOf(folder) + folder.length));
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  return `${name} ${version}`;
}
