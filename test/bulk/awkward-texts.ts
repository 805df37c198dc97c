import fc from "fast-check";

/** What some provider takes for its own, and what some renderer stumbles over. */
const syntax = [
  "{{name}}",
  "{{ first }}",
  "{{{first}}}",
  "{{#if x}}",
  "{{m0}}",
  "}}",
  "}",
  "{",
  "\\",
  "\\{",
  "%recipient%",
  "%recipient.first%",
  "%recipient.m0%",
  "%recipient.m1%",
  "%recipient_email%",
  "%RECIPIENT.first%",
  "%recip",
  "ient.m0%",
  "%",
  "-name-",
  "-first-",
  "[unsubscribed]",
  "<%body%>",
  "&lt;",
  "&amp;lt;",
  "<b>",
  '"',
  "'",
  "$&",
  "$1",
  "$$",
  "$`",
  "%s %d",
  "ünïcödé",
  "日本語",
  "👩‍👩‍👧",
  "שלום",
  "\u202eevil\u202c",
  " ",
  "a",
];
const lines = ["\n", "\r\n", "\n\n", "\n.\n", "\nFrom here"];

const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...syntax) },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: "grapheme", maxLength: 6 })
      .filter((text) => !/\p{Cc}|[\u2028\u2029]/u.test(text) && text.isWellFormed()),
  },
);
/** For a subject or a header. */
export const lineText: fc.Arbitrary<string> = fc.array(word, { maxLength: 5 }).map((words) => words.join(""));
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 5, arbitrary: word }, { weight: 1, arbitrary: fc.constantFrom(...lines) }), {
    maxLength: 6,
  })
  .map((words) => words.join(""));
