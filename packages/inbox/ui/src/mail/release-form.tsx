import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../api/client.ts";
import type { InboxInfo, Mail } from "../api/types.ts";
import { announce } from "../shared/announcer.tsx";
import { Failure } from "../shared/failure.tsx";

interface Props {
  readonly mail: Mail;
  readonly release: NonNullable<InboxInfo["release"]>;
}

/** Sends the mail on to a real address. */
export function ReleaseForm({ mail, release }: Props): JSX.Element {
  const [to, setTo] = useState(mail.envelope.to.join(", "));
  const [error, setError] = useState<Error>();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setError(undefined);
    try {
      const { accepted, rejected } = await api.release(
        mail.id,
        to.split(",").map((address) => address.trim()),
      );
      if (accepted.length > 0) announce(`Sent to ${accepted.join(", ")}`);
      const refusals = rejected.map(({ address, reason }) => `${address}: ${reason}`);
      if (refusals.length > 0) setError(new Error(`Not sent to ${refusals.join("; ")}`));
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  };
  return (
    <form class="release" onSubmit={(event) => void submit(event)}>
      <label>
        Release through {release.transport} to
        <input value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button primary">
        Send
      </button>
      <p class="muted">Allowed: {release.allowed.join(", ") || "nobody yet"}</p>
      <Failure error={error} />
    </form>
  );
}
