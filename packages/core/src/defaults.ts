import type { Message } from "./message.ts";

/** Fields that a mail has unless it says otherwise. */
export type MessageDefaults = Omit<Message, "idempotencyKey">;

/**
 * Adds the defaults. The message's own fields win; `headers`, `metadata`, `tracking` and `providerOptions` are merged
 * entry by entry.
 */
export function withDefaults(message: Message, defaults: MessageDefaults | undefined): Message {
  if (defaults === undefined) return message;
  const own = Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined)) as Message;
  const { headers, metadata, tracking, providerOptions } = defaults;
  return {
    ...defaults,
    ...own,
    ...(headers !== undefined && { headers: mergeHeaders(headers, own.headers) }),
    ...(metadata !== undefined && { metadata: { ...metadata, ...own.metadata } }),
    ...(tracking !== undefined && { tracking: { ...tracking, ...own.tracking } }),
    ...(providerOptions !== undefined && { providerOptions: mergeTwoLevels(providerOptions, own.providerOptions) }),
  };
}

type Headers = Readonly<Record<string, string>>;

function mergeHeaders(defaults: Headers, own: Headers = {}): Headers {
  const written = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  return {
    ...Object.fromEntries(Object.entries(defaults).filter(([name]) => !written.has(name.toLowerCase()))),
    ...own,
  };
}

function mergeTwoLevels(defaults: object, own: object = {}): object {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [name, options] of Object.entries(own))
    merged[name] = { ...(merged[name] as object | undefined), ...options };
  return merged;
}
