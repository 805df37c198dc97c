import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../", import.meta.url);
const runner = "run";

/** A benchmark that is a file of its own beside the runner, such as the queue's. */
export interface OtherScript {
  readonly name: string;
  /** The first sentence of its own description. */
  readonly about: string;
}

export function otherScripts(): readonly OtherScript[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && file !== `${runner}.ts`)
    .map((file) => ({ name: file.slice(0, -3), about: firstSentence(readFileSync(new URL(file, folder), "utf8")) }))
    .filter(({ about }) => about !== "");
}

/** Runs it from source. @returns its exit code */
export function runScript(name: string): number {
  const file = fileURLToPath(new URL(`${name}.ts`, folder));
  const args = ["--conditions=@mail/source", "--expose-gc", file];
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
}

/** Of a file that begins with a description; helpers do not. */
function firstSentence(source: string): string {
  const description = /^\/\*\*(.*?)\*\//s.exec(source)?.[1] ?? "";
  const text = description.replace(/\s*\n \*\s*/g, " ").trim();
  return /^.*?[.:;](?=\s|$)/.exec(text)?.[0].replace(/[.:;]$/, "") ?? text;
}
