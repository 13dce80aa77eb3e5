/**
 * The main thread's side of --monitor: asks the session for snapshots, draws them, and reads the keys.
 *
 * Opened by `main.ts`, handed to `terminal.ts`, which closes it however the session ends. The alternate screen is entered
 * with the first snapshot, so that what passes 1 to 4 have to say is seen. When the script is over the terminal is given
 * back, and the last `KEPT` lines of output follow; a program that goes on writes below them.
 */
import { readSync } from "node:fs";
import { Socket } from "node:net";
import colours from "picocolors";
import { toBytes } from "../base/bytestring.ts";
import { usage } from "../base/usage.ts";
import type { MonitorSnapshot } from "../runtime/monitor.ts";
import { drawMonitor, type MonitorStyle, sortColumns } from "./monitor.ts";
import type { MonitorMessage } from "./monitor-answer.ts";
import { writeBytes } from "./report.ts";
import { asks, type StopFlag } from "./stop-flag.ts";
import type { Screen } from "./terminal.ts";

const KEPT = 1000;
/** Characters of a line, at most. */
const LONGEST = 10_000;
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

export function openMonitor(seconds: number): (stop: StopFlag) => Screen {
  if (!process.stdout.isTTY || !process.stdin.isTTY) {
    throw usage("--monitor draws on a terminal and reads its keys; standard input or output is something else", [
      "run it in a terminal, and write the script's output to a file with -o FILE",
    ]);
  }
  return (stop) => new Monitor(seconds, stop);
}

class Monitor implements Screen {
  readonly #stop: StopFlag;
  readonly #timer: NodeJS.Timeout;
  readonly #started = performance.now();
  readonly #decoder = new TextDecoder();
  readonly #style: MonitorStyle;
  #lines: string[] = [""];
  #snapshot: MonitorSnapshot | undefined;
  #sort = 0;
  #focus: "probes" | "output" = "probes";
  #closed = false;
  #program: ProgramOutput | undefined;
  /** Output is drawn a little later than it comes, once for all of it. */
  #drawing: NodeJS.Timeout | undefined;

  constructor(seconds: number, stop: StopFlag) {
    this.#stop = stop;
    const { inverse, bold, dim } = colours.createColors(colours.isColorSupported);
    this.#style = { head: inverse, title: bold, off: dim };
    process.stdin.setRawMode(true).on("data", this.#keys);
    process.stdout.on("resize", this.#draw);
    process.on("exit", this.#leave);
    this.#timer = setInterval(() => stop.ask(asks.snapshot), seconds * 1000);
    stop.ask(asks.snapshot);
  }

  hear(message: unknown): void {
    const heard = message as MonitorMessage;
    if (heard.kind === "ended") this.#leave();
    else if (heard.kind === "program") this.#program = new ProgramOutput(heard.reading, (bytes) => this.#add(bytes));
    else if (heard.kind === "output") this.#add(heard.bytes);
    else if (!this.#closed) this.#show(heard.snapshot);
  }

  #show(snapshot: MonitorSnapshot): void {
    if (this.#snapshot === undefined) write(ENTER);
    this.#snapshot = snapshot;
    this.#draw();
  }

  close(): void {
    this.#program?.close();
    this.#leave();
  }

  readonly #leave = (): void => {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    process.removeListener("exit", this.#leave);
    process.stdin.removeListener("data", this.#keys).pause();
    process.stdin.setRawMode(false);
    process.stdout.removeListener("resize", this.#draw);
    if (this.#snapshot) write(LEAVE);
    const rest = this.#lines.join("\n");
    write(rest === "" || rest.endsWith("\n") ? rest : `${rest}\n`);
  };

  #add(bytes: Uint8Array): void {
    if (this.#closed) {
      writeBytes(1, bytes);
      return;
    }
    const [first = "", ...more] = this.#decoder.decode(bytes, { stream: true }).split("\n");
    const last = this.#lines.pop() ?? "";
    this.#lines.push((last + first).slice(0, LONGEST));
    for (const line of more) this.#lines.push(line.slice(0, LONGEST));
    if (this.#lines.length > KEPT) this.#lines = this.#lines.slice(-KEPT);
    if (this.#snapshot && !this.#drawing) this.#drawing = setTimeout(this.#draw, 50);
  }

  readonly #draw = (): void => {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#closed || !this.#snapshot) return;
    const output = this.#lines.at(-1) === "" ? this.#lines.slice(0, -1) : this.#lines;
    const view = {
      snapshot: this.#snapshot,
      output: output.map(printable),
      sort: sortColumns[this.#sort]!,
      focus: this.#focus,
      seconds: (performance.now() - this.#started) / 1000,
    };
    const { rows = 24, columns = 80 } = process.stdout;
    const lines = drawMonitor(view, { rows, columns }, this.#style);
    write(lines.map((line, i) => `\x1b[${i + 1};1H${line}\x1b[K`).join(""));
  };

  readonly #keys = (bytes: Buffer): void => {
    for (const key of bytes.toString("latin1")) this.#key(key);
  };

  #key(key: string): void {
    if (key === "\x03") process.kill(process.pid, "SIGINT");
    else if ((key === "q" || key === "x") && !this.#stop.raised) process.kill(process.pid, "SIGINT");
    else if (key === "c") this.#stop.ask(asks.clearCounters);
    else if (key === "p") this.#stop.ask(asks.togglePause);
    else if (key === "s") this.#sort = (this.#sort + 1) % sortColumns.length;
    else if (key === "\t") this.#focus = this.#focus === "probes" ? "output" : "probes";
    if (key === "s" || key === "\t") this.#draw();
  }
}

/** What a program of this machine writes to the pipe that it has for a terminal. */
class ProgramOutput {
  readonly #reading: number;
  readonly #socket: Socket;
  readonly #add: (bytes: Uint8Array) => void;

  constructor(reading: number, add: (bytes: Uint8Array) => void) {
    this.#reading = reading;
    this.#add = add;
    this.#socket = new Socket({ fd: reading, readable: true, writable: false });
    this.#socket.on("data", add).on("error", () => {});
  }

  /** What is in the pipe is read; who still has its other end, a daemon, is not waited for. */
  close(): void {
    const bytes = Buffer.alloc(65_536);
    try {
      while (!this.#socket.destroyed) {
        const count = readSync(this.#reading, bytes);
        if (count === 0) break;
        this.#add(bytes.subarray(0, count));
      }
    } catch {
      // Nothing is there now.
    }
    this.#socket.destroy();
  }
}

/** What would move the cursor is not drawn as such. */
function printable(line: string): string {
  return line.replaceAll("\t", "    ").replace(/[\x00-\x1f\x7f-\x9f]/g, "·");
}

function write(text: string): void {
  writeBytes(1, toBytes(Buffer.from(text).toString("latin1")));
}
