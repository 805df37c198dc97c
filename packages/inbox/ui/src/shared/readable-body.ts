/** A body as it is best read: JSON indented, a form as one field a line, all else as it is. */
export function readableBody(body: string, contentType = ""): string {
  if (contentType.startsWith("application/x-www-form-urlencoded"))
    return [...new URLSearchParams(body)].map(([name, value]) => `${name}: ${value}`).join("\n");
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}
