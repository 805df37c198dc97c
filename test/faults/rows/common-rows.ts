import { type Expected, notSent, type Row, unknown } from "../fault-row.ts";
import type { Step } from "../servers/step.ts";

interface CommonRow extends Omit<Row, "group"> {
  readonly expected: Expected;
}

/** What keeps a client from any server. */
export const unreachableRows: readonly CommonRow[] = [
  { fault: "connection refused", refused: true, expected: notSent("connection") },
  { fault: "host name does not exist", name: "ENOTFOUND", expected: notSent("dns") },
  { fault: "name server does not answer", name: "EAI_AGAIN", expected: notSent("dns") },
  { fault: "certificate of an unknown authority", tls: "untrusted", expected: notSent("tls") },
  { fault: "certificate expired", tls: "expired", expected: notSent("tls") },
  { fault: "certificate for another name", tls: "wrongName", expected: notSent("tls") },
];

/** What stops a large mail on its way, by where its body comes in the dialogue. */
export function largeMailRows<Place extends object>(inBody: (step: Step) => Place): readonly (CommonRow & Place)[] {
  return [
    {
      fault: "reset in the body of a large mail",
      large: true,
      ...inBody({ end: "reset" }),
      expected: notSent("connection"),
    },
    {
      fault: "stops reading in the body of a large mail",
      large: true,
      waits: true,
      ...inBody({ end: "silence" }),
      expected: notSent("timeout"),
    },
  ];
}

/** What ends a connection once the mail was handed over, which `last` completes: only the server knows what it did. */
export function afterHandoverRows<Place extends object>(
  last: string,
  afterLast: (step: Step) => Place,
): readonly (CommonRow & Place)[] {
  return [
    {
      fault: `reset after ${last}, not accepted`,
      ...afterLast({ end: "reset" }),
      expected: unknown("connection", 0),
    },
    {
      fault: `reset after ${last}, accepted`,
      ...afterLast({ accept: true, end: "reset" }),
      expected: unknown("connection", 1),
    },
    {
      fault: `closed after ${last}, not accepted`,
      ...afterLast({ end: "close" }),
      expected: unknown("connection", 0),
    },
    {
      fault: `closed after ${last}, accepted`,
      ...afterLast({ accept: true, end: "close" }),
      expected: unknown("connection", 1),
    },
    {
      fault: `silent after ${last}, not accepted`,
      waits: true,
      ...afterLast({ end: "silence" }),
      expected: unknown("timeout", 0),
    },
    {
      fault: `silent after ${last}, accepted`,
      waits: true,
      ...afterLast({ accept: true, end: "silence" }),
      expected: unknown("timeout", 1),
    },
  ];
}
