import type { Store } from "@mail/core";

/** State of its own, for one case. */
export interface StoreSubject {
  /** Opens a store over this subject's state: each time a new one, with connections of its own, if the store has any. */
  open(): Store;
  /** True where all `open` gives is one store, which has nothing to close. */
  readonly inMemory?: boolean;
  /** True where the store has no `tracking`. */
  readonly noTracking?: boolean;
  /** Removes the state. What was opened is closed already. */
  close(): void | Promise<void>;
}

export type StoreSetup = () => StoreSubject | Promise<StoreSubject>;

export interface StoreCase {
  readonly name: string;
  /** Says why the case does not concern the subject. */
  readonly skip?: (subject: StoreSubject) => string | undefined;
  /** Throws where the promise is broken. Stores that it opens are closed by the caller. */
  readonly run: (open: () => Store) => Promise<void>;
}

export interface StoreCapability {
  readonly name: string;
  readonly cases: readonly StoreCase[];
}
