/** The session's side of --monitor: answers what the main thread asked for, and sends it what would be written. */
import type { MonitorHandle, MonitorSnapshot } from "../runtime/monitor.ts";
import { asks, type StopFlag } from "./stop-flag.ts";

/** What the session's thread sends to the monitor. */
export type MonitorMessage =
  | { readonly kind: "snapshot"; readonly snapshot: MonitorSnapshot }
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  /** Where a program of this machine writes: a pipe of this process. */
  | { readonly kind: "program"; readonly reading: number }
  /** There is nothing more to watch, though the program may go on and write. */
  | { readonly kind: "ended" };

interface Port {
  postMessage(message: MonitorMessage): void;
}

/** What a session is given of it. */
export interface MonitorAnswers {
  show(bytes: Uint8Array): void;
  watchProgram(reading: number): void;
  monitor(session: MonitorHandle): void;
  ended(): void;
}

export function answerMonitor(port: Port, stop: StopFlag): MonitorAnswers {
  return {
    show: (bytes) => port.postMessage({ kind: "output", bytes }),
    watchProgram: (reading) => port.postMessage({ kind: "program", reading }),
    ended: () => port.postMessage({ kind: "ended" }),
    monitor(session) {
      const asked = stop.takeAsked();
      if (asked === 0) return;
      if (asked & asks.clearCounters) session.clearCounters();
      if (asked & asks.togglePause) session.togglePause();
      port.postMessage({ kind: "snapshot", snapshot: session.snapshot() });
    },
  };
}
