export { abortError, type Deadline, deadline, untilAborted } from "./abort.ts";
export { type Address, type AddressInput, type AddressList, formatAddress } from "./address.ts";
export { addressKey } from "./address-key.ts";
export { checkApiUrl } from "./api-url.ts";
export type { Attachment, AttachmentContent, AttachmentStream, PreparedAttachment } from "./attachment.ts";
export { type Backoff, backoffMs, backoffRules } from "./backoff.ts";
export type { BatchMail, BatchOutcome, BatchRecipient, BatchRequest, Placeholder, Segments } from "./batch.ts";
export { type BatchHeaders, splitBatchHeaders } from "./batch-headers.ts";
export { type BulkRecipient, renderBatchHeaders, renderBatchRecipient } from "./bulk-recipient.ts";
export { type CarriedMail, carry } from "./carry.ts";
export { type CircuitBreakerOptions, circuitBreaker } from "./circuit-breaker.ts";
export { misconfigured } from "./configuration-error.ts";
export { createMailer } from "./create-mailer.ts";
export type { MessageDefaults } from "./defaults.ts";
export {
  type Adapter,
  type AdapterDefinition,
  type AdapterSession,
  defineAdapter,
  urlParts,
} from "./define-adapter.ts";
export { deliver, labelOf } from "./deliver.ts";
export { type DeliveredOutcome, deliverBatch } from "./deliver-batch.ts";
export { derivedEventId } from "./derived-event-id.ts";
export { Emitter, type EventHandler } from "./emitter.ts";
export { type ErrorKind, type ErrorScope, errorTable, type MailErrorCode } from "./error-code.ts";
export {
  type AttemptJson,
  attemptsFromJson,
  attemptsToJson,
  type MailErrorJson,
  mailErrorFromJson,
  mailErrorToJson,
} from "./error-json.ts";
export { eventBodyChunks, parseEventJson, readEventBody } from "./event-body.ts";
export { rawText } from "./event-raw.ts";
export { checkMaxAge, eventClockSkewMs, eventTime, signedTime } from "./event-time.ts";
export {
  bareMessageId,
  eventMetadata,
  eventRecord,
  eventTags,
  eventText,
  isEventRecord,
} from "./event-values.ts";
export { type FailoverOptions, failover } from "./failover.ts";
export { allFields, type BatchLimits, type FeatureField, type Features, type TextLimits } from "./features.ts";
export { type FileContent, file } from "./file.ts";
export { fromUrl, type UrlAdapter } from "./from-url.ts";
export type { GroupOptions } from "./group-options.ts";
export { encodeHeaderValue } from "./header-encoding.ts";
export { type NetworkFailure, networkFailure, networkFailures, parseRetryAfter, plainReason } from "./http-error.ts";
export { invalid as invalidField } from "./invalid.ts";
export { isJsonPost } from "./is-json-post.ts";
export type {
  LedgerChange,
  LedgerCounts,
  LedgerEntry,
  LedgerQuery,
  LedgerState,
  LedgerStore,
  NewLedgerEntry,
} from "./ledger.ts";
export { type Logger, safeLogger, silentLogger } from "./logger.ts";
export { isLoopback } from "./loopback.ts";
export {
  amendError,
  type DeliveryState,
  MailError,
  type MailErrorOptions,
  type ProviderResponse,
  toMailError,
} from "./mail-error.ts";
export type { MailEvent, MailEventReason, MailEventSource, MailEventType } from "./mail-event.ts";
export { MailEventError, type MailEventErrorCode, type MailEventErrorOptions } from "./mail-event-error.ts";
export type {
  CheckResult,
  Mailer,
  MailerOptions,
  SendBulkOptions,
  SendManyOptions,
  SendOptions,
  TransportChoice,
  VerifyResult,
} from "./mailer.ts";
export type {
  DeliveryEventName,
  EmitDelivery,
  MailerEventHandler,
  MailerEventName,
  MailerEvents,
} from "./mailer-events.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory-store.ts";
export type { CalendarPart, Message, ProviderOptions, TemplateReference, Tracking, Unsubscribe } from "./message.ts";
export type { Middleware, MiddlewareContext } from "./middleware.ts";
export { narrowEnvelope } from "./narrow-mail.ts";
export { type OnceOptions, once } from "./once.ts";
export { checkOptions, type OptionRule, type OptionRules, timeLimitRule } from "./option-rules.ts";
export { hasInternationalLocalPart, parseAddress, parseAddresses } from "./parse-address.ts";
export { mailIdKey } from "./prepare-labels.ts";
export { prepareMessage } from "./prepare-message.ts";
export type { Envelope, PreparedMessage } from "./prepared-message.ts";
export { type RateLimitOptions, rateLimit } from "./rate-limit.ts";
export type { LimitBy } from "./rate-limit-keys.ts";
export type { Attempt, Receipt, RejectedRecipient, TransportReceipt } from "./receipt.ts";
export { type ReceiptJson, receiptFromJson, receiptToJson } from "./receipt-json.ts";
export { redactError } from "./redact.ts";
export { type RetryOptions, retry } from "./retry.ts";
export { type RoundRobinOptions, roundRobin } from "./round-robin.ts";
export type { RunProgress, SendOutcome, SendRun, SendSummary } from "./send-run.ts";
export type { Claim, ClaimState, ClaimStore, LimitStore, RateLimit, Store } from "./store.ts";
export type {
  SuppressionEntry,
  SuppressionQuery,
  SuppressionReason,
  SuppressionSelection,
  SuppressionStore,
} from "./suppression-store.ts";
export { type Suppression, type Suppressions, withoutSuppressed } from "./suppressions.ts";
export { escapeHtml, renderSegments } from "./template.ts";
export {
  completeMail,
  domainOf,
  eventCursor,
  eventKey,
  joinedEvent,
  mailKey,
  mailNames,
  onlyRecipient,
  type RecordedMail,
  standInKey,
} from "./tracking-join.ts";
export { type CountedOutcome, dayKey, outcomesOf, shownOutcomes, TypeCounts, tagKeys } from "./tracking-outcomes.ts";
export type {
  CountBy,
  CountQuery,
  MailOutcome,
  RecentQuery,
  StoredEvent,
  TrackedMail,
  TrackingStore,
  TypeCount,
} from "./tracking-store.ts";
export type { OnUnsupported, SendRate, Transport, TransportContext } from "./transport.ts";
export { type Unsupported, unsupported } from "./unsupported.ts";
export { wrapTransport } from "./wrap-transport.ts";
export { type MailEventFields, writeMailEvent } from "./write-mail-event.ts";
