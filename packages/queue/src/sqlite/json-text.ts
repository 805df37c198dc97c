/**
 * A value on its way to the other thread. Many small parts are written and read as JSON several times faster than they
 * are cloned; what is `undefined` in a list comes out as `null`.
 */
export type JsonText<T> = string & { readonly holds?: T };

export function toJson<T>(value: T): JsonText<T> {
  return JSON.stringify(value);
}

export function fromJson<T>(text: JsonText<T>): T {
  return JSON.parse(text);
}
