const maxLength = 100_000;

/** JSON for people to read, cut where it is long. */
export function showJson(value: unknown, indent?: number): string {
  try {
    const json = JSON.stringify(value, null, indent) ?? "nothing";
    return json.length > maxLength ? `${json.slice(0, maxLength)}…` : json;
  } catch {
    return "(nested too deeply to be shown)";
  }
}
