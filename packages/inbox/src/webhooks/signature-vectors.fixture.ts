/** Signatures of which it is known whether they are right. */
export const mailgunVectors = [
  {
    why: "as posted",
    signingKey: "TEST_WEBHOOK_SIGNING_KEY",
    timestamp: "1534108637",
    token: "651869375b9df3c98fc15c4889b102119add1235c38fc92824",
    signature: "2a75affe24846ead9e37e614a5e7643a04abf4d5b49b34d224ede9af23a00ccc",
    valid: true,
  },
  {
    why: "as posted",
    signingKey: "TEST_WEBHOOK_SIGNING_KEY",
    timestamp: "1234567890",
    token: "1234567890abcdef1234567890abcdef",
    signature: "3b754b7c269e4c08fb3f5f36b2b5f98e45245965522dc16ca4c9faa0b11b557d",
    valid: true,
  },
  {
    why: "signed with another key",
    signingKey: "TEST_WEBHOOK_SIGNING_KEY",
    timestamp: "1234567890",
    token: "1234567890abcdef1234567890abcdef",
    signature: "42c47761582dcf51d81aaec6b37f4ae0f57a836fbe1e442f1775c8eb0f3e9ed0",
    valid: false,
  },
  {
    why: "as posted",
    signingKey: "key-0p6mqbf74lb20gzq9f4dhpn9rg3zyk26",
    timestamp: "1661621710",
    token: "885894756b6c371a377f5f9516d60a4db497ad27d4931ed215",
    signature: "606307bb55b72686b1b2a2c8c37ae6e6ec89496592bac4a4eee5a346337d04a5",
    valid: true,
  },
  {
    why: "one hex digit changed",
    signingKey: "key-0p6mqbf74lb20gzq9f4dhpn9rg3zyk26",
    timestamp: "1661621652",
    token: "1483353025fd6e45b682f14b18d943c52cea11161c1721ee85",
    signature: "03456337a19a70187a620658448ae21d3a50b0aca571bcdad43616741ca300b2",
    valid: false,
  },
  {
    why: "timestamp changed, token and signature kept",
    signingKey: "TEST_WEBHOOK_SIGNING_KEY",
    timestamp: "1534108638",
    token: "651869375b9df3c98fc15c4889b102119add1235c38fc92824",
    signature: "2a75affe24846ead9e37e614a5e7643a04abf4d5b49b34d224ede9af23a00ccc",
    valid: false,
  },
  {
    why: "empty signature",
    signingKey: "TEST_WEBHOOK_SIGNING_KEY",
    timestamp: "1534108637",
    token: "651869375b9df3c98fc15c4889b102119add1235c38fc92824",
    signature: "",
    valid: false,
  },
] as const;

export const sendgridVectors = [
  {
    why: "as posted",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
    timestamp: "1588788367",
    rawBody: '{"category":"example_payload","event":"test_event","message_id":"message_id"}',
    signature: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
    valid: true,
  },
  {
    why: "another key",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqTxd43gyp8IOEto2LdIfjRQrIbsd4SXZkLW6jDutdhXSJCWHw8REntlo7aNDthvj+y7GjUuFDb/R1NGe1OPzpA==",
    timestamp: "1588788367",
    rawBody: '{"category":"example_payload","event":"test_event","message_id":"message_id"}',
    signature: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
    valid: false,
  },
  {
    why: "another body",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
    timestamp: "1588788367",
    rawBody: "payload",
    signature: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
    valid: false,
  },
  {
    why: "signature changed",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
    timestamp: "1588788367",
    rawBody: '{"category":"example_payload","event":"test_event","message_id":"message_id"}',
    signature: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH3j/0=",
    valid: false,
  },
  {
    why: "timestamp changed",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==",
    timestamp: "timestamp",
    rawBody: '{"category":"example_payload","event":"test_event","message_id":"message_id"}',
    signature: "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=",
    valid: false,
  },
  {
    why: "body with CRLF, indentation, non-ASCII: must be checked as raw bytes",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "1700000000",
    rawBody:
      '[\r\n {\r\n  "email": "recipient@example.com",\r\n  "timestamp": 1461095246,\r\n  "event": "processed",\r\n  "sg_event_id": "ZyjAM5rnQmuI1KFInHQ3Nw",\r\n  "name": "Jürgen ☃"\r\n }\r\n]\r\n',
    signature: "MEUCICSwCfzw91KIoEEicVuldJyu58unkQdsjjL/qncPpefwAiEA0J8O7kAsy76hszxFebdsSj8obmFwptIL4pb7EsQm4gk=",
    valid: true,
  },
  {
    why: "same events re-serialised",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "1700000000",
    rawBody:
      '[{"email":"recipient@example.com","timestamp":1461095246,"event":"processed","sg_event_id":"ZyjAM5rnQmuI1KFInHQ3Nw","name":"Jürgen ☃"}]',
    signature: "MEUCICSwCfzw91KIoEEicVuldJyu58unkQdsjjL/qncPpefwAiEA0J8O7kAsy76hszxFebdsSj8obmFwptIL4pb7EsQm4gk=",
    valid: false,
  },
  {
    why: "CRLF turned into LF",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "1700000000",
    rawBody:
      '[\n {\n  "email": "recipient@example.com",\n  "timestamp": 1461095246,\n  "event": "processed",\n  "sg_event_id": "ZyjAM5rnQmuI1KFInHQ3Nw",\n  "name": "Jürgen ☃"\n }\n]\n',
    signature: "MEUCICSwCfzw91KIoEEicVuldJyu58unkQdsjjL/qncPpefwAiEA0J8O7kAsy76hszxFebdsSj8obmFwptIL4pb7EsQm4gk=",
    valid: false,
  },
  {
    why: "empty timestamp header",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "",
    rawBody:
      '[\r\n {\r\n  "email": "recipient@example.com",\r\n  "timestamp": 1461095246,\r\n  "event": "processed",\r\n  "sg_event_id": "ZyjAM5rnQmuI1KFInHQ3Nw",\r\n  "name": "Jürgen ☃"\r\n }\r\n]\r\n',
    signature: "MEUCICSwCfzw91KIoEEicVuldJyu58unkQdsjjL/qncPpefwAiEA0J8O7kAsy76hszxFebdsSj8obmFwptIL4pb7EsQm4gk=",
    valid: false,
  },
  {
    why: "empty signature header",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "1700000000",
    rawBody:
      '[\r\n {\r\n  "email": "recipient@example.com",\r\n  "timestamp": 1461095246,\r\n  "event": "processed",\r\n  "sg_event_id": "ZyjAM5rnQmuI1KFInHQ3Nw",\r\n  "name": "Jürgen ☃"\r\n }\r\n]\r\n',
    signature: "",
    valid: false,
  },
  {
    why: "signature is base64 of the text `invalid`",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "1700000000",
    rawBody:
      '[\r\n {\r\n  "email": "recipient@example.com",\r\n  "timestamp": 1461095246,\r\n  "event": "processed",\r\n  "sg_event_id": "ZyjAM5rnQmuI1KFInHQ3Nw",\r\n  "name": "Jürgen ☃"\r\n }\r\n]\r\n',
    signature: "aW52YWxpZA==",
    valid: false,
  },
  {
    why: "signature is not base64: must be a refusal, not a crash",
    publicKey:
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsjsBQt2c3CCSyNQJXs16UD798tgXR3s8DT7cLJUqDcnikheEQ2k8CUCU070TzGQiBtaRchEcfy9fWcKnzMLBcA==",
    timestamp: "1700000000",
    rawBody:
      '[\r\n {\r\n  "email": "recipient@example.com",\r\n  "timestamp": 1461095246,\r\n  "event": "processed",\r\n  "sg_event_id": "ZyjAM5rnQmuI1KFInHQ3Nw",\r\n  "name": "Jürgen ☃"\r\n }\r\n]\r\n',
    signature: "***not base64***",
    valid: false,
  },
] as const;
