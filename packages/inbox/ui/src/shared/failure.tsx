import type { JSX } from "preact";
import { ApiFailure } from "../api/client.ts";
import { Icon } from "./icon.tsx";

export function Failure({ error }: { readonly error: Error | undefined }): JSX.Element | null {
  if (error === undefined) return null;
  const hint = error instanceof ApiFailure ? error.hint : undefined;
  return (
    <p class="failure" role="alert">
      <Icon name="warning" />
      <span>
        {error.message} {hint}
      </span>
    </p>
  );
}
