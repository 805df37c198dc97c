import { type Difference, distanceOf } from "./difference.ts";
import { countMails, listMails, type SentMail } from "./sent-mail.ts";

/** A mail and how it differs from the expected one. */
export interface Compared {
  readonly mail: SentMail;
  readonly differences: readonly Difference[];
}

/** Why no mail was found: the nearest one, field by field. */
export function explainMissing(compared: readonly Compared[], anyMail: boolean): string {
  if (compared.length === 0) return `Expected a mail${anyMail ? "" : " like this"} to be sent, but nothing was sent.`;
  const sent = `${countMails(compared.length)} ${compared.length === 1 ? "was" : "were"} sent`;
  return [`Expected a mail like this to be sent, but ${sent} and none is like it.`, ...explainNearest(compared)].join(
    "\n",
  );
}

/** Why the number is another one. */
export function explainCount(compared: readonly Compared[], wanted: number, anyMail: boolean): string {
  const matching = matchesAmong(compared);
  const found = matching.length === 0 ? "none was" : `${matching.length} ${matching.length === 1 ? "was" : "were"}`;
  const first = `Expected ${countMails(wanted)}${anyMail ? "" : " like this"} to be sent, but ${found}`;
  if (compared.length === 0) return `${first}: nothing was sent.`;
  const others = compared.filter(({ differences }) => differences.length > 0);
  const lines = matching.length === 0 ? [`${first}.`] : [`${first}:`, listMails(matching)];
  return [...lines, ...(matching.length < wanted && others.length > 0 ? explainNearest(compared) : [])].join("\n");
}

/** Which mails should not have been sent. */
export function explainUnwanted(compared: readonly Compared[], anyMail: boolean): string {
  const matching = matchesAmong(compared);
  const what = anyMail ? "no mail" : "no mail like this";
  return `Expected ${what} to be sent, but ${countMails(matching.length)} ${matching.length === 1 ? "was" : "were"}:\n${listMails(matching)}`;
}

/** Which mails came to a number that they should not. */
export function explainUnwantedCount(compared: readonly Compared[], anyMail: boolean): string {
  const matching = matchesAmong(compared);
  const what = `${countMails(matching.length)}${anyMail ? "" : " like this"}`;
  const first = `Expected any number of mails but ${matching.length}, and ${what} ${matching.length === 1 ? "was" : "were"} sent`;
  return matching.length === 0 ? `${first}.` : `${first}:\n${listMails(matching)}`;
}

/** The nearest mail that is not as expected; of equals the newest. */
function explainNearest(compared: readonly Compared[]): readonly string[] {
  const others = compared.filter(({ differences }) => differences.length > 0);
  const [first, ...rest] = others.toReversed();
  if (first === undefined) return [];
  const nearest = rest.reduce(
    (best, one) => (distanceOf(one.differences) < distanceOf(best.differences) ? one : best),
    first,
  );
  const number = compared.indexOf(nearest) + 1;
  return [
    "",
    compared.length === 1 ? "How it differs:" : `How the nearest (number ${number}) differs:`,
    ...nearest.differences.flatMap(({ field, expected, sent }) => [
      `  ${field}`,
      `    expected: ${expected}`,
      `    sent:     ${sent}`,
    ]),
    "",
    compared.length === 1 ? "The mail that was sent:" : `The ${compared.length} mails that were sent:`,
    listMails(compared.map(({ mail }) => mail)),
  ];
}

function matchesAmong(compared: readonly Compared[]): readonly SentMail[] {
  return compared.filter(({ differences }) => differences.length === 0).map(({ mail }) => mail);
}
