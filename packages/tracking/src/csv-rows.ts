import type { CsvSource } from "./suppression-csv.ts";

/** A row of a CSV file, or what is wrong with it. `line` is where it begins, from 1. */
export type CsvRow =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly problem: string };

/** Longest row in characters: a quote that nobody closed must not swallow the file. */
const maxRowLength = 65_536;

/**
 * Reads the rows of a CSV file (RFC 4180), separated by commas, semicolons or tabs. Written here because `csv-parse`
 * loses all that follows a quote out of place: here such a row is told, and reading goes on with the next line.
 * @returns the rows of each part of the source
 */
export async function* readCsvRows(source: CsvSource): AsyncGenerator<readonly CsvRow[]> {
  const decoder = new TextDecoder();
  const reader = new CsvReader();
  for await (const part of partsOf(source))
    yield reader.add(typeof part === "string" ? part : decoder.decode(part, { stream: true }));
  yield reader.end(decoder.decode());
}

/** Even of a whole file, only the rows of one part are held. */
async function* partsOf(source: CsvSource): AsyncGenerator<string | Uint8Array> {
  const whole = typeof source === "string" || source instanceof Uint8Array;
  for await (const part of whole ? [source] : source)
    for (let start = 0; start < part.length; start += maxRowLength) yield part.slice(start, start + maxRowLength);
}

class CsvReader {
  #text = "";
  #line = 1;
  #delimiter: string | undefined;
  /** In the middle of a line that is too long. */
  #skipping = false;

  add(text: string): readonly CsvRow[] {
    this.#text += text;
    return this.#rows(false);
  }

  end(text: string): readonly CsvRow[] {
    this.#text += text;
    return this.#rows(true);
  }

  #rows(isEnd: boolean): readonly CsvRow[] {
    const rows: CsvRow[] = [];
    const text = this.#text;
    let start = this.#line === 1 && text.startsWith("\ufeff") ? 1 : 0;
    if (this.#skipping) start = this.#skipLine(text, start, isEnd);
    while (start < text.length) {
      this.#delimiter ??= delimiterOf(text, start, isEnd);
      const row = this.#delimiter === undefined ? undefined : readRow(text, start, this.#delimiter, isEnd);
      if (row === undefined && !isEnd && text.length - start <= maxRowLength) break;
      const line = this.#line;
      if (row !== undefined && "cells" in row && row.end - start <= maxRowLength) {
        if (row.cells.length > 1 || row.cells[0] !== "") rows.push({ line, cells: row.cells });
        this.#line += linesIn(text, start, row.end);
        start = row.end;
      } else {
        rows.push({ line, problem: row !== undefined && "problem" in row ? row.problem : unclosed });
        start = this.#skipLine(text, start, isEnd);
      }
    }
    this.#text = text.slice(start);
    return rows;
  }

  /** Where the next line begins. */
  #skipLine(text: string, start: number, isEnd: boolean): number {
    const end = lineEnd(text, start);
    this.#skipping = end === text.length || (end + 1 === text.length && text[end] === "\r" && !isEnd);
    if (this.#skipping) return end;
    this.#line += 1;
    return afterBreak(text, end);
  }
}

const unclosed = "has a quote that is not closed, or is too long";

type Read = { readonly cells: string[]; readonly end: number } | { readonly problem: string };

/** Reads one row; `undefined` where its end is not there yet. */
function readRow(text: string, start: number, delimiter: string, isEnd: boolean): Read | undefined {
  const cells: string[] = [];
  for (let position = start; ; position += 1) {
    const quoted = text[position] === '"' ? readQuoted(text, position, isEnd) : undefined;
    const end = quoted === undefined ? cellEnd(text, position, delimiter) : quoted.end;
    if (end === undefined) return undefined;
    const next = text[end];
    if (!isEnd && (next === undefined || (next === "\r" && end + 1 === text.length))) return undefined;
    if (quoted !== undefined && next !== undefined && next !== delimiter && next !== "\n" && next !== "\r")
      return { problem: "has text after a closing quote" };
    cells.push(quoted?.value ?? text.slice(position, end));
    if (next !== delimiter) return { cells, end: afterBreak(text, end) };
    position = end;
  }
}

/** A quoted cell; its `end` is `undefined` where the closing quote is not there. */
function readQuoted(text: string, open: number, isEnd: boolean): { value: string; end: number | undefined } {
  let value = "";
  for (let position = open + 1; ; ) {
    const quote = text.indexOf('"', position);
    if (quote === -1 || (quote === text.length - 1 && !isEnd)) return { value, end: undefined };
    if (text[quote + 1] !== '"') return { value: value + text.slice(position, quote), end: quote + 1 };
    value += text.slice(position, quote + 1);
    position = quote + 2;
  }
}

function cellEnd(text: string, start: number, delimiter: string): number {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return end;
}

function lineEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return end;
}

function afterBreak(text: string, end: number): number {
  return end + (text.startsWith("\r\n", end) ? 2 : 1);
}

function linesIn(text: string, start: number, end: number): number {
  let lines = 0;
  for (let at = lineEnd(text, start); at < end; at = lineEnd(text, afterBreak(text, at))) lines += 1;
  return lines;
}

/** What separates the cells of the first line. */
function delimiterOf(text: string, start: number, isEnd: boolean): string | undefined {
  const end = lineEnd(text, start);
  if (end === text.length && !isEnd && end - start <= maxRowLength) return undefined;
  const counts = [",", ";", "\t"].map((delimiter) => ({
    delimiter,
    count: text.slice(start, end).split(delimiter).length,
  }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).delimiter;
}
