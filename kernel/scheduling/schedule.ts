/**
 * The choice point of the model: which task is next, how long its slice is, and when it is another CPU's turn.
 *
 * Nothing else decides how tasks interleave, and what is decided follows from the seed alone. Seed 0 is fair: tasks come in the
 * order in which they became runnable, slices are whole and turns are equal. Every other seed draws from a stream of its own: any
 * of the tasks of one rank, and slices and turns of any magnitude down to one instruction, the longest of which is the seed's too. So
 * some seeds change tasks all the time and some seldom, and programs that are wrong in some order only meet that order. The
 * stream is not that of random numbers for programs: a program that asks for some changes nothing.
 *
 * What is no choice stays the same under every seed: ranks, niceness, affinity, and that SCHED_FIFO is never cut.
 */
import { Random } from "../random.ts";

export const SCHED = { OTHER: 0, FIFO: 1, RR: 2, BATCH: 3, IDLE: 5, DEADLINE: 6 } as const;

/** What a task asks of the scheduler: nice(2), sched_setscheduler(2), sched_setaffinity(2), prctl(2). */
export interface Scheduling {
  readonly nice: number;
  readonly policy: number;
  /** 1..99 of the real-time policies, 0 of the others. */
  readonly priority: number;
  /** SCHED_RESET_ON_FORK: children begin as ordinary tasks. */
  readonly resetOnFork: boolean;
  /** Bit by CPU; undefined for any. */
  readonly affinity: number | undefined;
  readonly timerSlack: number;
  /** What PR_SET_TIMERSLACK of 0 comes back to. */
  readonly defaultTimerSlack: number;
}

/** The seed that chooses nothing by chance. */
export const FAIR_SEED = 0;

/** Instructions of a slice at nice 0. */
export const DEFAULT_QUANTUM = 50_000;

/** Instructions of a turn while several CPUs are busy: what one sees of another's stores is at most so late. */
const TURN = 1000;
/** And while one is: so often the rest of the machine is looked at. */
const LONGEST_TURN = 100_000;
/** Bits of the longest slice of a seed that has the shortest ones: less would be slow. */
const SHORTEST = 5;
/** Each step of nice is worth so much CPU time (sched(7)). */
const NICE_STEP = 1.25;
/** Of SCHED_IDLE, where nice 0 has 1. */
const IDLE_WEIGHT = 3 / 1024;

export class Schedule {
  /** Instructions of a slice at nice 0. */
  readonly quantum: number;
  readonly #random: Random | undefined;
  /** No slice and no turn has more bits than that. */
  readonly #longest: number = 0;

  constructor(seed: number, quantum: number) {
    this.quantum = quantum;
    // Another stream than that of random numbers, whatever the seed.
    this.#random =
      seed === FAIR_SEED
        ? undefined
        : new Random(Math.imul(seed, 0x2545f491) ^ Math.floor(seed / 2 ** 32) ^ 0x5bd1e995);
    if (this.#random) this.#longest = SHORTEST + this.#random.below(Math.max(0, bits(quantum) - SHORTEST) + 1);
  }

  /** Nothing is left to chance. */
  get isFair(): boolean {
    return this.#random === undefined;
  }

  /** Which of so many tasks of one rank is next; they are in the order in which they became runnable. */
  pick(count: number): number {
    return this.#random?.below(count) ?? 0;
  }

  /** Instructions that a task has before others of its rank are asked. */
  slice(scheduling: Scheduling): number {
    const weight = weightOf(scheduling);
    return weight === Number.POSITIVE_INFINITY ? weight : weighted(this.#vary(this.quantum), weight);
  }

  /** Instructions until it is the turn of another CPU. */
  turn(busy: number): number {
    return busy > 1 ? this.#vary(TURN) : LONGEST_TURN;
  }

  /** A number up to `longest`, of every magnitude as often as of every other. */
  #vary(longest: number): number {
    if (!this.#random) return longest;
    const magnitude = this.#random.below(Math.min(bits(longest), this.#longest) + 1);
    return Math.min(longest, 1 + this.#random.below(2 ** magnitude));
  }
}

/** What a child begins with. */
export function inheritedScheduling(parent: Scheduling): Scheduling {
  const child = { ...parent, defaultTimerSlack: parent.timerSlack };
  if (!parent.resetOnFork) return child;
  const fair = { ...child, nice: Math.max(0, parent.nice), resetOnFork: false };
  return rankOf(parent) > 0 ? { ...fair, policy: SCHED.OTHER, priority: 0, nice: 0 } : fair;
}

/** Higher ones come first, always. */
export function rankOf({ policy, priority }: Scheduling): number {
  return policy === SCHED.FIFO || policy === SCHED.RR ? priority : 0;
}

/** The slice of a task when nothing is left to chance; Infinity for as long as it likes. */
export function wholeSlice(scheduling: Scheduling, quantum: number): number {
  return weighted(quantum, weightOf(scheduling));
}

function weighted(slice: number, weight: number): number {
  return Math.max(1, Math.round(slice * weight));
}

/** Powers by multiplication: `**` is not the same to the last bit on every engine. */
function weightOf({ policy, nice }: Scheduling): number {
  if (policy === SCHED.FIFO) return Number.POSITIVE_INFINITY;
  if (policy === SCHED.RR) return 1;
  if (policy === SCHED.IDLE) return IDLE_WEIGHT;
  let weight = 1;
  for (let i = 0; i < Math.abs(nice); i++) weight *= NICE_STEP;
  return nice > 0 ? 1 / weight : weight;
}

function bits(n: number): number {
  return 32 - Math.clz32(n);
}
