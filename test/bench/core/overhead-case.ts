import type { BenchCase } from "../suite/bench-case.ts";
import { type Lane, measureRounds, type Rounds } from "../suite/measure.ts";
import { formatted, median, range } from "../suite/statistics.ts";
import { sampleTimes } from "../suite/take-sample.ts";
import type { OverheadOrder } from "./overhead-sample.ts";

const mostMicroseconds = 15;

const lanes: readonly Lane<OverheadOrder>[] = (["mailer.send", "transport.send"] as const).map((through) => ({
  label: through,
  rival: "transport.send",
  order: { through, inFlight: 1, ...sampleTimes },
}));

export const overheadCase: BenchCase = {
  name: "overhead",
  title: "`mailer.send` over `transport.send`, through the mock",
  about:
    "What the checks and the receipt cost; one send after the other, so that other work of the machine does not show in the CPU.",
  async run(rounds) {
    const file = new URL("./overhead-sample.ts", import.meta.url);
    const measured = await measureRounds(file, lanes, rounds, async () => 0);
    const [mailer = [], transport = []] = lanes.map(({ label }) => figures(measured, label).map(({ cpu }) => cpu));
    const over = median(mailer.map((each, round) => each - (transport[round] ?? Number.NaN)));
    return {
      columns: ["", "CPU each, µs", "min–max", "time each, µs"],
      rows: lanes.map(({ label }) => {
        const list = figures(measured, label);
        const [cpu, wall] = [list.map((each) => each.cpu), list.map((each) => each.wall)];
        return [`\`${label}\``, formatted(median(cpu), 1), range(cpu, 1), formatted(median(wall), 1)];
      }),
      verdicts: [
        {
          what: "difference, µs of CPU",
          required: `under ${mostMicroseconds}`,
          measured: formatted(over, 1),
          met: over < mostMicroseconds,
        },
      ],
    };
  },
};

/** Microseconds that a send took, in the order of the rounds. */
function figures(measured: Rounds, label: string): readonly { readonly cpu: number; readonly wall: number }[] {
  return (measured.get(label) ?? []).map(({ sample }) => ({
    cpu: sample.cpuMicroseconds,
    wall: 1_000_000 / sample.perSecond,
  }));
}
