/** What a client library threw, in words. Node gives a host with several addresses an error without a message. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown instanceof AggregateError && thrown.message === "") return thrown.errors.map(reasonOf).join("; ");
  if (thrown.message !== "") return thrown.message;
  return "code" in thrown ? String(thrown.code) : thrown.name;
}
