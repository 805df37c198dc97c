import { claimCases } from "./claim-cases.ts";
import { closeCases } from "./close-cases.ts";
import { keyCases } from "./key-cases.ts";
import { ledgerChangeCases } from "./ledger-change-cases.ts";
import { ledgerKeyCases } from "./ledger-key-cases.ts";
import { ledgerListCases } from "./ledger-list-cases.ts";
import { limitCases } from "./limit-cases.ts";
import type { StoreCapability } from "./store-case.ts";
import { suppressionCases } from "./suppression-cases.ts";
import { suppressionPageCases } from "./suppression-page-cases.ts";
import { trackingCountCases } from "./tracking-count-cases.ts";
import { trackingEventCases } from "./tracking-event-cases.ts";
import { trackingJoinCases } from "./tracking-join-cases.ts";
import { trackingPruneCases } from "./tracking-prune-cases.ts";

/** What a store promises, as data, for another runner or for a part of it. */
export const storeCapabilities: readonly StoreCapability[] = [
  { name: "claims", cases: claimCases },
  { name: "limits", cases: limitCases },
  { name: "the ledger's entries and keys", cases: ledgerKeyCases },
  { name: "the ledger's changes", cases: ledgerChangeCases },
  { name: "the ledger's lists and counts", cases: ledgerListCases },
  { name: "suppressions", cases: suppressionCases },
  { name: "pages of suppressions", cases: suppressionPageCases },
  { name: "events", cases: trackingEventCases },
  { name: "events and their mails", cases: trackingJoinCases },
  { name: "counts", cases: trackingCountCases },
  { name: "what is forgotten", cases: trackingPruneCases },
  { name: "keys and texts", cases: keyCases },
  { name: "close", cases: closeCases },
];
