import { askProcess } from "./ask-process.ts";
import { formatted, median, range, ratioText } from "./statistics.ts";
import type { Sample, SampleOrder } from "./take-sample.ts";

/** One thing that is measured beside others. */
export interface Lane<Order extends SampleOrder = SampleOrder> {
  readonly label: string;
  /** The label of the lane that it is compared with. */
  readonly rival: string;
  readonly order: Order;
}

/** What one process found, and what the sink saw of it. */
interface Measured {
  readonly sample: Sample;
  readonly connections: number;
}

/** The samples of a lane, in order of the rounds. */
export type Rounds = ReadonlyMap<string, readonly Measured[]>;

/** So that files are read and what was compiled is kept. */
const firstRound = { warmUpMs: 100, sampleMs: 100 };

/**
 * Takes a sample of each lane in turn, each in a new process, `rounds` times after a short round that does not count.
 * @param inspect says how many connections the sink saw, and throws where mails are missing
 */
export async function measureRounds<Order extends SampleOrder>(
  file: URL,
  lanes: readonly Lane<Order>[],
  rounds: number,
  inspect: (order: Order, sample: Sample) => Promise<number>,
): Promise<Rounds> {
  const measured = new Map<string, Measured[]>(lanes.map(({ label }) => [label, []]));
  for (let round = 0; round <= rounds; round++)
    for (const lane of lanes) {
      const order = round === 0 ? { ...lane.order, ...firstRound } : lane.order;
      const sample = await askProcess<Sample>(file, order);
      const connections = await inspect(order, sample);
      if (round > 0) measured.get(lane.label)?.push({ sample, connections });
    }
  return measured;
}

/** How many times as much as the rival's a figure is, in the middle of the rounds. */
function ratioOf(rounds: Rounds, label: string, rival: string, figure: keyof Sample): number {
  const rivals = figuresOf(rounds, rival, figure);
  return median(figuresOf(rounds, label, figure).map((value, round) => value / (rivals[round] ?? Number.NaN)));
}

/** How many times as many a second as the rival. */
export function speedRatio(rounds: Rounds, label: string, rival: string): number {
  return ratioOf(rounds, label, rival, "perSecond");
}

export function medianOf(rounds: Rounds, label: string, figure: keyof Sample): number {
  return median(figuresOf(rounds, label, figure));
}

function figuresOf(rounds: Rounds, label: string, figure: keyof Sample): readonly number[] {
  return (rounds.get(label) ?? []).map(({ sample }) => sample[figure]);
}

export const speedColumns = [
  "",
  "a second",
  "min–max",
  "× rival",
  "CPU each, µs",
  "of rival's",
  "peak memory, MB",
  "connections",
] as const;

export function speedRows(rounds: Rounds, lanes: readonly Lane[]): readonly (readonly string[])[] {
  return lanes.map(({ label, rival }) => {
    const speeds = figuresOf(rounds, label, "perSecond");
    const connections = (rounds.get(label) ?? []).map((measured) => measured.connections);
    return [
      label,
      formatted(median(speeds)),
      range(speeds),
      ratioText(speedRatio(rounds, label, rival)),
      formatted(medianOf(rounds, label, "cpuMicroseconds")),
      formatted(ratioOf(rounds, label, rival, "cpuMicroseconds"), 2),
      formatted(medianOf(rounds, label, "peakMb")),
      formatted(median(connections)),
    ];
  });
}
