/**
 * Whether a request says that it is JSON, or says nothing: without a type, or `text/plain`, which is what remains where
 * a proxy or a framework read the body as text.
 */
export function isJsonPost(request: Request): boolean {
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return (
    ["", "application/json", "text/json", "text/plain"].includes(type) || /^application\/[\w.-]+\+json$/.test(type)
  );
}
