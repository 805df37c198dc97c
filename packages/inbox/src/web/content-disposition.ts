const maxNameLength = 120;

/** `attachment` with a name that no file system takes for a path (RFC 6266, RFC 8187). */
export function attachmentDisposition(filename: string): string {
  const name = safeName(filename);
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** A file name from a subject. */
export function downloadName(subject: string, id: string): string {
  return (
    subject
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .slice(0, 60)
      .replace(/^-|-$/g, "") || id
  );
}

/** Without folders, control and bidirectional characters (which hide a true ending), or a dot in front. */
function safeName(filename: string): string {
  const name = filename
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "")
    .replace(/[/\\:*?"<>|]/g, "_")
    .replace(/^[.\s]+|[.\s]+$/g, "");
  return [...name].slice(-maxNameLength).join("") || "attachment";
}
