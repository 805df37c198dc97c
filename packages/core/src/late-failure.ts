/** Hears what an app's function rejects with later, a Promise or not, so that it is never an unhandled rejection. */
export function onLateFailure(result: unknown, report: (error: unknown) => void): void {
  if (typeof result === "object" && result !== null) Promise.resolve(result).catch(report);
}
