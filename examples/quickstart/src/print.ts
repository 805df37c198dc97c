import { styleText } from "node:util";

const nameWidth = 15;
const indent = 4;

export function printHeading(text: string): void {
  console.log(`\n  ${styleText("bold", text)}`);
}

/** A name and what belongs to it; further lines are set under the first. */
export function printRow(name: string, value: string): void {
  const [first = "", ...further] = value.split("\n");
  console.log(`${" ".repeat(indent)}${styleText("dim", column(name))}${first}`);
  for (const line of further) console.log(" ".repeat(indent + nameWidth) + line);
}

export function printNote(text: string): void {
  console.log(styleText("dim", `  ${text}`));
}

/** What is wrong before anything was sent. */
export function printFault(text: string): void {
  console.log(`\n  ${styleText("red", "✘")} ${styleText("bold", text)}`);
}

/** How it went by one transport. */
export function printOutcome(mark: "✔" | "≠" | "✘", transport: string, text: string): void {
  const color = mark === "✔" ? "green" : mark === "≠" ? "yellow" : "red";
  console.log(`  ${styleText(color, mark)} ${styleText("bold", column(transport))}${text}`);
}

/** More about an outcome. */
export function printDetail(text: string): void {
  console.log(styleText("dim", `${" ".repeat(indent + nameWidth)}${text}`));
}

function column(name: string): string {
  return `${name} `.padEnd(nameWidth);
}
