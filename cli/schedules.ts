/**
 * `--schedules K`: one program and one script under K seeds, and which outcomes there are.
 *
 * Called in the session's thread, and by tests through `run-on.ts`. The script is compiled once; every run has a model of its own,
 * reads the same standard input from its beginning, and sees the same terminal or none, so `--seed N` shows its outcome again.
 */
import { fromBytes } from "../base/bytestring.ts";
import { limits } from "../base/limits.ts";
import { usage } from "../base/usage.ts";
import type { Console } from "../kernel/files/console.ts";
import type { Model } from "../kernel/model.ts";
import { hostFiles } from "../live/files.ts";
import { SIG } from "../target/signals.ts";
import { splitCommand } from "./command.ts";
import { modelPlace } from "./model-place.ts";
import type { Options } from "./options.ts";
import { Outcomes, type Run, Transcript } from "./outcomes.ts";
import type { ProcessSupport } from "./process-support.ts";
import { type CompiledScript, runCompiled } from "./run-session.ts";
import { targetKind } from "./target-kind.ts";

export interface Exploration {
  /** A byte string for standard output. */
  readonly report: string;
  /** That of every run when they agree, 1 when they do not. */
  readonly status: number;
}

/** Of programs for this machine Linux chooses the schedule. */
export function checkSchedulable(options: Options): void {
  const [program = ""] = splitCommand(options.command ?? "");
  // That a program is missing is said where it is started.
  if (targetKind(options) === "model" || hostFiles.resolve(program) === undefined) return;
  throw usage("--schedules: this program runs on Linux itself, which chooses its schedule alone", [
    "programs for riscv64 run in the kernel model",
  ]);
}

/** `stopped`: the user wants no more runs; the one that goes on then does not count. */
export function explore(
  options: Options,
  processes: ProcessSupport,
  module: CompiledScript,
  host: Console,
  stopped: () => boolean,
): Exploration {
  const input = new SharedInput(host);
  const outcomes = new Outcomes();
  const wanted = options.schedules ?? 1;
  for (let i = 0; i < wanted; i++) {
    const seed = options.seed + i;
    const run = runOnce({ ...options, seed }, processes, module, input.fromStart(), stopped);
    if (stopped()) return { report: `${outcomes.report()}\nended before ${wanted} schedules\n`, status: 1 };
    outcomes.add(seed, run);
  }
  return { report: outcomes.report(), status: outcomes.status };
}

function runOnce(
  options: Options,
  processes: ProcessSupport,
  module: CompiledScript,
  input: Omit<Console, "write">,
  stopped: () => boolean,
): Run {
  const [out, err] = [new Transcript(), new Transcript()];
  const write = (stream: 1 | 2, text: string): undefined => void (stream === 1 ? out : err).write(text);
  const console: Console = { ...input, write: (stream, bytes) => write(stream, fromBytes(bytes)) };
  const model = modelPlace(options, console).start();
  if (options.timeoutSeconds !== undefined) endProgramAfter(model, options.timeoutSeconds);
  const status = runCompiled({ ...options, processes }, model, module, { write }, stopped);
  return { status, out, err };
}

/** -T ends the script; of many runs one may never end by itself, so it ends the program too. */
function endProgramAfter({ machine }: Model, seconds: number): void {
  const { timers, clock, signals, processes } = machine;
  timers.add(clock.monotonicNs() + seconds * 1e9, () => {
    for (const process of processes.values()) signals.sendToProcess(process, signals.fromKernel(SIG.SIGKILL));
  });
}

/** Standard input, read as the first run asks for it and kept for the others. */
class SharedInput {
  readonly #host: Console;
  #bytes = new Uint8Array(1 << 16);
  #size = 0;
  #ended = false;

  constructor(host: Console) {
    this.#host = host;
  }

  /** The host's console, with the input from its beginning. */
  fromStart(): Omit<Console, "write"> {
    const host = this.#host;
    let at = 0;
    return {
      read: (max) => {
        if (at === this.#size) {
          const none = this.#readMore(max);
          if (none) return none;
        }
        const bytes = this.#bytes.slice(at, Math.min(at + max, this.#size));
        at += bytes.length;
        return bytes;
      },
      idle: () => host.idle?.() ?? false,
      takeSignal: () => host.takeSignal?.(),
      isTty: (stream) => host.isTty(stream),
      windowSize: () => host.windowSize(),
    };
  }

  #readMore(max: number): "eof" | "wait" | undefined {
    const bytes = this.#ended ? "eof" : this.#host.read(max);
    if (bytes === "eof") this.#ended = true;
    if (!(bytes instanceof Uint8Array)) return bytes;
    const size = this.#size + bytes.length;
    if (size > limits.maxKeptInput)
      throw usage(`--schedules: of standard input ${limits.maxKeptInput >> 20} MB are kept for all runs; this is more`);
    if (size > this.#bytes.length) {
      const larger = new Uint8Array(2 * size);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = size;
    return undefined;
  }
}
