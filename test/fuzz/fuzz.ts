import fc from "fast-check";

/** `FUZZ_SEED`: a number, or `random`. The same seed gives the same inputs; a failure prints it. */
const seed = process.env["FUZZ_SEED"] === "random" ? Date.now() >>> 0 : Number(process.env["FUZZ_SEED"] ?? 20_261_125);
/** `FUZZ_TIMES`: how many times the usual number of runs. */
const times = Number(process.env["FUZZ_TIMES"] ?? 1);

/** How long a test of fuzzing may take: a limit for hangs, far above what it needs. */
export const patienceMs = 240_000 * Math.max(1, times);

/**
 * Checks that `property` holds for so many inputs, and shows the smallest that it does not hold for.
 * @param shrink false where a run is slow: the first input that fails is shown as it is
 */
export async function holdsFor<Input>(
  inputs: fc.Arbitrary<Input>,
  runs: number,
  property: (input: Input) => unknown,
  { shrink = true }: { readonly shrink?: boolean } = {},
): Promise<void> {
  const checked = fc.asyncProperty(inputs, async (input) => {
    await property(input);
  });
  await fc.assert(checked, { seed, numRuns: Math.ceil(runs * times), endOnFailure: !shrink });
}

/** How many inputs are tried at once where they spend their time waiting. */
const atOnce = 8;

/** Checks that `property` holds for so many inputs, several at a time; the first that fails is shown as it is. */
export async function holdsForEach<Input>(
  inputs: fc.Arbitrary<Input>,
  runs: number,
  property: (input: Input) => Promise<void>,
): Promise<void> {
  const groups = fc.array(inputs, { minLength: atOnce, maxLength: atOnce });
  await holdsFor(groups, runs / atOnce, (group) => Promise.all(group.map(named(property))), { shrink: false });
}

const named =
  <Input>(property: (input: Input) => Promise<void>) =>
  async (input: Input): Promise<void> => {
    try {
      await property(input);
    } catch (cause) {
      throw new Error(`Failed for ${fc.stringify(input)}: ${(cause as Error).message}`, { cause });
    }
  };

/** The result of `work`, or an error where it hangs. */
export async function inTime<Result>(work: Promise<Result>, ms = 25_000): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It has not ended after ${ms} ms.`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
