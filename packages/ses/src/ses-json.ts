/** Operations whose input is their body, name by name (SES API v2 reference). */
const sending: readonly string[] = ["SendEmail", "SendBulkEmail"];

/** What is used of the SDK's protocol, which writes requests and reads answers. */
interface Protocol {
  serializeRequest(operation: { readonly name: string }, input: object, context: unknown): Promise<{ body?: unknown }>;
}

/**
 * Lets the SDK write mails with `JSON.stringify`. Its own way is to walk each value beside its schema and each text
 * character by character. Path, headers, signature and answers stay its matter.
 */
export function writeJsonAtOnce({ protocol }: { readonly protocol: object }): void {
  if (!isProtocol(protocol)) return;
  const write = protocol.serializeRequest.bind(protocol);
  protocol.serializeRequest = async (operation, input, context) => {
    if (!sending.includes(operation.name)) return write(operation, input, context);
    const request = await write(operation, {}, context);
    request.body = JSON.stringify(jsonOf(input));
    return request;
  };
}

function isProtocol(protocol: object): protocol is Protocol {
  return "serializeRequest" in protocol && typeof protocol.serializeRequest === "function";
}

/** Bytes in base64, all else as it is. */
function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null) return value;
  const json: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) json[name] = jsonOf(inner);
  return json;
}
