/**
 * What an event costs in the model among 2,000 processes that sleep, against 200: nothing more.
 *
 * A pair of processes sends a byte to and fro (`test/fixtures/scale/crowd.c`): a round is four system calls, two
 * switches and two calls of a function, unprobed and probed. What making the crowd takes is measured with few rounds,
 * and taken away. The last row is about the processes themselves: to fork as many, let them end and wait for them, a
 * few or many at a time. Contestants take turns and the shortest run of each counts, in time of the processor.
 */
import { join } from "node:path";
import { parseOptions } from "../cli/options.ts";
import { runOn } from "../cli/run-on.ts";
import type { Console } from "../kernel/files/console.ts";
import type { Row } from "./main.ts";

const FEW = 200;
const MANY = 2000;
const ROUNDS = 40_000;
const LIVES = 10_000;
const TURNS = 5;

// biome-ignore format: table
const scripts: readonly { readonly name: string; readonly probes: string }[] = [
  { name: "not probed",                        probes: "" },
  { name: "entry of a function",               probes: 'probe process("PROGRAM").function("visit") { n++ }' },
  { name: "system calls and their returns",    probes: 'probe process("PROGRAM").syscall { n++ } probe process("PROGRAM").syscall.return { n++ }' },
  { name: "switches with a field",             probes: 'probe kernel.trace("sched:sched_switch") { if ($prev_state >= 0) n++ }' },
  { name: "names of other processes",          probes: 'probe process("PROGRAM").function("visit") { if (pexecname() == "") n = -1 }' },
];

/** `root` is the folder of the repository. */
export function benchCrowd(root: string): readonly Row[] {
  const program = join(root, "test/fixtures/scale/crowd.elf");
  const contestants = scripts.flatMap(({ probes }) =>
    [FEW, MANY].flatMap((sleepers) =>
      [1, ROUNDS].map((rounds) => () => run(program, probes, `pair ${sleepers} ${rounds}`)),
    ),
  );
  const lives = [FEW, MANY].map((sleepers) => () => run(program, "", `sleepers ${sleepers} ${LIVES / sleepers}`));
  const times = shortest([...contestants, ...lives]);
  const rows = scripts.map(({ name }, i) => {
    const [fewOnce = 0, few = 0, manyOnce = 0, many = 0] = times.slice(4 * i);
    return {
      name: `an event among ${MANY} processes: ${name}`,
      against: `${FEW} processes`,
      ratio: (many - manyOnce) / (few - fewOnce),
    };
  });
  const [few = 0, many = 0] = times.slice(contestants.length);
  return [
    ...rows,
    { name: `fork, exit and wait: ${MANY} at a time, each`, against: `${FEW} at a time`, ratio: many / few },
  ];
}

function shortest(contestants: readonly (() => number)[]): readonly number[] {
  const best = contestants.map(() => Number.POSITIVE_INFINITY);
  for (let turn = 0; turn < TURNS; turn++) {
    contestants.forEach((contestant, i) => {
      best[i] = Math.min(best[i]!, contestant());
    });
  }
  return best;
}

function run(program: string, probes: string, words: string): number {
  const script = `global n\n${probes.replaceAll("PROGRAM", program)}\nprobe end { if (n < 0) print(n) }\n`;
  const options = parseOptions(["-w", "-D", "STP_NO_OVERLOAD=1", "-c", `${program} ${words}`, "-e", script]);
  if ("exit" in options) throw new Error("the options of the bench");
  let text = "";
  const before = process.cpuUsage();
  const { status } = runOn(options, nobody, { write: (_stream, more) => void (text += more) });
  const { user, system } = process.cpuUsage(before);
  if (status !== 0 || text !== "") throw new Error(`a run ends with ${status}: ${text}`);
  return user + system;
}

const nobody: Console = {
  write: () => {},
  read: () => "eof",
  isTty: () => false,
  windowSize: () => ({ rows: 24, columns: 80 }),
};
