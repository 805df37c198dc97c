export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON of a body in UTF-8; `undefined` where it is neither. */
export function parseJson(body: Uint8Array | string): unknown {
  try {
    const text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The elements of what should be an array; none where it is not one. */
export function elements(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field of what should be an object. */
export function field(value: unknown, name: string): unknown {
  const found = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return found ?? undefined;
}

/** A field of text; `undefined` where it is something else. */
export function textField(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === "string" ? found : undefined;
}

const base64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

/** Bytes of base64 text; `undefined` where it is not. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!base64.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  const digits = text.replace(/[=\r\n]/g, "").length;
  return bytes.byteLength === Math.floor((digits * 3) / 4) && digits % 4 !== 1 ? bytes : undefined;
}
