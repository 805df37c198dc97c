import type { Message } from "./message.ts";

/** Fields that a mail has unless it says otherwise. */
export type MessageDefaults = Omit<Message, "idempotencyKey">;

/**
 * A copy of the message with the defaults, which middleware may change. The message's own fields win; `headers`,
 * `metadata`, `tracking` and `providerOptions` are merged entry by entry.
 */
export function withDefaults(message: Message, defaults: MessageDefaults | undefined): Message {
  const merged: Record<string, unknown> = { ...defaults };
  for (const [field, value] of Object.entries(message)) if (value !== undefined) merged[field] = value;
  for (const [field, merge] of Object.entries(merges)) {
    if (merged[field] === undefined) continue;
    const [base = {}, over = {}] = [defaults?.[field as keyof MessageDefaults], message[field as keyof Message]];
    // What is no plain object stays as it is, for the checks to refuse it.
    if (isPlain(base) && isPlain(over)) merged[field] = merge(base, over);
  }
  return merged as Message;
}

type Entries = Readonly<Record<string, unknown>>;

const mergeEntries = (base: Entries, over: Entries): Entries => ({ ...base, ...over });

function mergeHeaders(base: Entries, over: Entries): Entries {
  const written = new Set(Object.keys(over).map((name) => name.toLowerCase()));
  const kept = Object.entries(base).filter(([name]) => !written.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...over };
}

function mergeByAdapter(base: Entries, over: Entries): Entries {
  const both = Object.keys(over).filter((name) => isPlain(base[name]) && isPlain(over[name]));
  return {
    ...base,
    ...over,
    ...Object.fromEntries(both.map((name) => [name, { ...(base[name] as Entries), ...(over[name] as Entries) }])),
  };
}

const merges = {
  headers: mergeHeaders,
  metadata: mergeEntries,
  tracking: mergeEntries,
  providerOptions: mergeByAdapter,
};

function isPlain(value: unknown): value is Entries {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
