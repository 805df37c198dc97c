import { addresses } from "./addresses.ts";
import { attachments } from "./attachments.ts";
import { batches } from "./batches.ts";
import { bodies } from "./bodies.ts";
import { cancellation } from "./cancellation.ts";
import { closing } from "./closing.ts";
import type { Capability } from "./conformance-case.ts";
import { declarations } from "./declarations.ts";
import { errors } from "./errors.ts";
import { headerInjection } from "./header-injection.ts";
import { ids } from "./ids.ts";
import { labels } from "./labels.ts";
import { secrets } from "./secrets.ts";
import { unsupportedFeatures } from "./unsupported-features.ts";

/** The whole contract, in the order in which it is best read. */
export const capabilities: readonly Capability[] = [
  declarations,
  addresses,
  headerInjection,
  bodies,
  attachments,
  unsupportedFeatures,
  errors,
  cancellation,
  ids,
  batches,
  secrets,
  labels,
  closing,
];
