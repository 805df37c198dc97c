import { columns } from "./columns.ts";
import type { Expected } from "./fault-row.ts";
import { allFaults } from "./matrix.ts";
import type { Fault } from "./open-server.ts";

/** What the page shows of a cell. */
export interface CellResult {
  readonly told: Expected["told"];
  readonly code?: Expected["code"] | undefined;
  readonly copies: number;
  readonly tries: number;
}

/** What follows it is written by the soak (soak.ts). */
export const endOfMatrix = "<!-- Above: npm run faults -w test. Below: npm run soak -w test. -->";

const names = { smtp: "SMTP", sendgrid: "SendGrid", mailgun: "Mailgun", ses: "SES" } as const;

/** The matrix as a page in Markdown. */
export function faultsPage(resultOf: (fault: Fault, column: string) => CellResult): string {
  const bySmtp = allFaults.filter(({ via }) => via === "smtp");
  const byApi = allFaults.filter(({ via }) => via !== "smtp");
  const all = allFaults.flatMap((fault) => columns.map(({ name }) => resultOf(fault, name)));
  const count = (fits: (result: CellResult) => boolean) => all.filter(fits).length.toLocaleString("en-GB");
  return `# What happens on bad days

A server refuses, hangs, lies or dies while a mail is on its way. What is your app told, and is it true?

Each cell below is one mail, sent over a real connection to a server that has the fault of its row. The server counts the
mails that it really takes. **${count(() => true)} mails: none lost, none told wrongly, none sent twice without being asked for.**

| told | meaning | mails |
| --- | --- | ---: |
| ✓ | a receipt: the recipient has the mail, once | ${count(({ told, copies }) => told === "sent" && copies === 1)} |
| ✗ | an error with \`delivery: "not_sent"\`: nobody has it, it may be sent again | ${count(({ told }) => told === "not_sent")} |
| ? 0 | an error with \`delivery: "unknown"\`, and in truth nobody has it | ${count(({ told, copies }) => told === "unknown" && copies === 0)} |
| ? 1 | the same error, and in truth the recipient has it: sending it again would double it | ${count(({ told, copies }) => told === "unknown" && copies === 1)} |
| ✓✓ | a receipt, and the recipient has it twice: only where the app asked for another try after \`unknown\` | ${count(({ copies }) => copies > 1)} |

A small number counts the tries: ✓² is a mail that went out at the second. Every try has the same \`Message-ID\` and
\`X-Mail-Id\`, none comes before the time that the server asked for, and none leaves a connection open. The word after a
fault is the error's \`code\`. Of two recipients each is counted; the receipt says who was refused, and only they are tried
again.

| column | composition | the fault |
| --- | --- | --- |
${columns.map(({ name, code, members }) => `| ${name} | \`${code}\` | ${durations(members)} |`).join("\n")}

All retries have three tries and 15 seconds in all, which is why a server that wants an hour is not asked again.

## SMTP

${tables(bySmtp, resultOf)}

## SendGrid, Mailgun and Amazon SES

Where the three differ, each has its own line. Mailgun is known to have delivered mails after an answer of 5xx, so its
adapter holds none of them for a refusal.

${tables(byApi, resultOf)}

Made by \`npm run faults -w test\` from [\`test/faults\`](../test/faults), where each fault is a line of data and each cell a test.

${endOfMatrix}
`;
}

function durations(members: Readonly<Record<string, string>>): string {
  const words: Readonly<Record<string, string>> = {
    stays: "stays",
    passes: "is over at the first retry",
    well: "is none",
  };
  const entries = Object.entries(members);
  return entries.map(([label, duration]) => `${entries.length > 1 ? `at ${label} ` : ""}${words[duration]}`).join(", ");
}

type ResultOf = (fault: Fault, column: string) => CellResult;

function tables(faults: readonly Fault[], resultOf: ResultOf): string {
  return [...Map.groupBy(faults, ({ row }) => row.group)]
    .map(([group, ofGroup]) => `### ${group}\n\n${table(ofGroup, resultOf)}`)
    .join("\n\n");
}

function table(faults: readonly Fault[], resultOf: ResultOf): string {
  const head = ["", ...columns.map(({ name }) => name)];
  const rows = [...Map.groupBy(faults, ({ row }) => row.fault)].flatMap(([fault, transports]) =>
    linesOf(fault, transports, resultOf),
  );
  return [head, ["---", ...columns.map(() => ":---:")], ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** One line where all transports come to the same, else one for each outcome. */
function linesOf(fault: string, transports: readonly Fault[], resultOf: ResultOf): readonly (readonly string[])[] {
  const lines = Map.groupBy(transports, (transport) => {
    const results = columns.map(({ name }) => resultOf(transport, name));
    const code = results[0]?.code;
    return JSON.stringify([code === undefined ? "" : `: \`${code}\``, ...results.map(symbol)]);
  });
  return [...lines].map(([line, same]) => {
    const [code, ...cells] = JSON.parse(line) as readonly string[];
    const whose = lines.size > 1 ? ` (${same.map(({ via }) => names[via]).join(", ")})` : "";
    return [`${fault}${whose}${code}`, ...cells];
  });
}

function symbol({ told, copies, tries }: CellResult): string {
  const symbols = { sent: copies > 1 ? "✓✓" : "✓", not_sent: "✗", unknown: `? ${copies}` } as const;
  return `${symbols[told]}${tries > 1 ? superscript(tries) : ""}`;
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}
