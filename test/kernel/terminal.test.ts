/** The console's other answers: "wait" with and without more to come, signals from the terminal, and being stuck. */

import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import type { Console } from "../../kernel/files/console.ts";
import { testWith } from "../oracles.ts";
import { run } from "./run.ts";

function consoleOf(part: Partial<Console>): Console {
  return {
    write: () => undefined,
    read: () => "wait",
    isTty: () => false,
    windowSize: () => ({ rows: 24, columns: 80 }),
    ...part,
  };
}

test("a signal of the terminal reaches the foreground program, which ends as it does by Ctrl-C", () => {
  let told = false;
  const console = consoleOf({
    takeSignal() {
      if (told) return undefined;
      told = true;
      return 2;
    },
  });
  expect(run("/unix", ["jobs"], { console }).result).toEqual({ signal: 2 });
});

/** `busybox cat`, which reads descriptor 0 until its end. */
function cat(console: Console) {
  const root = join(tmpdir(), "utap-riscv64-root");
  execFileSync("node", ["tools/riscv64-root.mjs", root, "busybox-static"], { stdio: "inherit" });
  return run("/usr/bin/busybox", ["cat"], { root: openHostFolder(root), console }).result;
}

testWith("apt-get")("a console that has nothing is asked again after each idle pause, and not more often", () => {
  let [asked, pauses, text] = [0, 0, ""];
  const result = cat(
    consoleOf({
      read() {
        asked++;
        if (pauses < 3) return "wait";
        return text === "" ? Uint8Array.of(104, 105) : "eof";
      },
      write(_stream, bytes) {
        text += Buffer.from(bytes).toString("latin1");
        return undefined;
      },
      idle: () => ++pauses > 0,
    }),
  );
  // Once at first, once after each of three pauses (the last has the text), once for the end.
  expect([result, text, asked, pauses]).toEqual([{ exitCode: 0 }, "hi", 5, 3]);
});

testWith("apt-get")("when input will never come, the run says who waits", () => {
  expect(cat(consoleOf({ idle: () => false }))).toEqual({
    stuck: expect.stringMatching(/^every task waits for ever: busybox\(1000\) \w+$/),
  });
});

// Reasoned from tcsetpgrp(3), credentials(7) and setsid(2). The program is the leader of the session of its terminal.
// biome-ignore format: table
const jobControl: readonly (readonly [name: string, output: string])[] = [
  ["tty_foreground", "tcgetpgrp(0) == getpgrp() = 1\ntcsetpgrp(0, p) = 0\ntcgetpgrp(0) == p = 1\ntcsetpgrp(0, 99999) = -1 ESRCH\n" +
    "tcsetpgrp(0, getpgrp()) = 0\ntcgetpgrp(0) == getpgrp() = 1\nwait(0) == p = 1\n"],
  // Stopped by SIGTTIN (21 is 0x15) and SIGTTOU (22); who ignores SIGTTIN gets EIO.
  ["tty_background", "waitpid(p, &s, WUNTRACED) == p = 1\ns = 157f\nwaitpid(p, &s, WUNTRACED) == p = 1\ns = 167f\n" +
    "read(0, &b, 1) = -1 EIO\nwaitpid(p, &s, WUNTRACED) == p = 1\ns = 300\n"],
  ["tty_setsid", "tcgetpgrp(0) = -1 ENOTTY\ntcsetpgrp(0, getpgrp()) = -1 ENOTTY\n"],
  // The leader of the session ends: SIGHUP for the group in front.
  ["tty_hangup", "tcsetpgrp(0, p) = 0\nhung up\n"],
];

test.each(jobControl)("job control: %s", (name, output) => {
  let text = "";
  const console = consoleOf({
    isTty: () => true,
    write(_stream, bytes) {
      text += Buffer.from(bytes).toString("latin1");
      return undefined;
    },
  });
  run("/calls-process", [name], { console });
  expect(text).toBe(output);
});

// What a user of a real terminal sees: echo and editing are the line discipline's, "Stopped" and the new line after ^C are dash's.
const dialogue: readonly (readonly [keys: string, screen: string])[] = [
  ["cat\r", "cat\r\n"],
  ["hello\r", "hello\r\nhello\r\n"],
  ["\x1a", "^Z[1] + Stopped                    cat\r\n$ "],
  ["jobs\r", "jobs\r\n[1] + Stopped                    cat\r\n$ "],
  ["fg\r", "fg\r\ncat\r\n"],
  ["wor\x7fld\r", "wor\b \bld\r\nwold\r\n"],
  ["\x04", "$ "],
  ["echo $((6*7))\x15stty -a | head -c 5\r", `echo $((6*7))${"\b \b".repeat(13)}stty -a | head -c 5\r\nspeed$ `],
  ["cat\r", "cat\r\n"],
  ["\x03", "^C\r\n$ "],
  ["exit 3\r", "exit 3\r\n"],
];

testWith("apt-get")(
  "dash -i at a terminal whose keys come as they are pressed: editing, ^Z, jobs, fg, ^D, ^U, ^C",
  () => {
    const root = join(tmpdir(), "utap-riscv64-dash");
    execFileSync("node", ["tools/riscv64-root.mjs", root, "coreutils", "dash", "libc6"], { stdio: "inherit" });
    const keys = dialogue.map(([typed]) => typed);
    let screen = "";
    let pressed: Buffer | undefined;
    const { result } = run("/usr/bin/dash", ["-i"], {
      root: openHostFolder(root),
      envp: ["PATH=/usr/bin", "PS1=$ "],
      console: consoleOf({
        typed: true,
        isTty: () => true,
        write(_stream, bytes) {
          screen += Buffer.from(bytes).toString("latin1");
          return undefined;
        },
        read() {
          const bytes = pressed;
          pressed = undefined;
          return bytes ?? "wait";
        },
        // The next keys come when everybody waits.
        idle() {
          const next = keys.shift();
          if (next !== undefined) pressed = Buffer.from(next, "latin1");
          return next !== undefined;
        },
      }),
    });
    expect(screen).toBe(`$ ${dialogue.map(([, shown]) => shown).join("")}`);
    expect(result).toEqual({ exitCode: 3 });
  },
);
