/**
 * The parameters of a header such as `Content-Disposition`, names in lower case. `filename*` (RFC 8187) goes before
 * `filename`; what comes behind a fault is left out. Each character is looked at a few times at most.
 */
export function headerParameters(header: string): ReadonlyMap<string, string> {
  // A quoted value ends before `;` or the end of the header; `"C:\"` is a whole one.
  const parameter = /\s*;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*|[^"]*)"|([^\s;"]*))(?=\s*(?:;|$))/y;
  const first = header.indexOf(";");
  parameter.lastIndex = first === -1 ? header.length : first;
  const plain = new Map<string, string>();
  const extended = new Map<string, string>();
  for (let match = parameter.exec(header); match !== null; match = parameter.exec(header)) {
    const [, written = "", quoted, word = ""] = match;
    const name = written.toLowerCase();
    const value = quoted === undefined ? word : unquoted(quoted);
    const decoded = name.endsWith("*") ? decodedValue(value) : undefined;
    if (decoded !== undefined) extended.set(name.slice(0, -1), decoded);
    else if (!plain.has(name)) plain.set(name, value);
  }
  return new Map([...plain, ...extended]);
}

/**
 * A backslash escapes what must not stand in a token alone, because many clients write it bare; and of the percent
 * signs, `%22` alone means something, a quote in the spelling of browsers.
 */
function unquoted(text: string): string {
  return text.replace(/\\(["\\()<>@,;:/[\]?=])/g, "$1").replaceAll("%22", '"');
}

/** `UTF-8''na%C3%AFve.txt` (RFC 8187 section 3.2). */
function decodedValue(value: string): string | undefined {
  const encoded = /^utf-8'[^']*'(.*)$/is.exec(value)?.[1];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}
