/**
 * A traced program owns the terminal: keys, signals and job control are its own, as without utap.
 *
 * A shell in tmux is typed at, and its screen is awaited: no test depends on how long something takes. What is awaited
 * does not stand in what is typed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStat } from "../../live/proc.ts";
import { bin, prepareBuild } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-terminal-")));
const missing = missingOracles("tmux", "bash", "python3");
const socket = join(folder, "tmux");
/** Nothing takes that long but what does not happen at all; below the time limit of a test. */
const LIMIT_MS = 55_000;

function tmux(...args: readonly string[]): string {
  return spawnSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], { encoding: "utf8" }).stdout;
}

let sessions = 0;

/** A shell at a terminal of its own; `sees` waits until the screen shows something. */
class Terminal {
  readonly #name = `t${sessions++}`;

  constructor() {
    const environment = ["-i", `PATH=${process.env.PATH}`, `HOME=${folder}`, "TERM=screen", "PS1=$ "];
    const shell = ["env", ...environment, "bash", "--norc", "--noprofile", "+o", "history"];
    tmux("new-session", "-d", "-s", this.#name, "-x", "100", "-y", "40", "-c", folder, ...shell);
    this.sees(/^\$/m);
  }

  type(...keys: readonly string[]): this {
    tmux("send-keys", "-t", this.#name, ...keys);
    return this;
  }

  line(text: string): this {
    return this.type("-l", text).type("Enter");
  }

  resize(columns: number): this {
    tmux("resize-window", "-t", this.#name, "-x", `${columns}`, "-y", "40");
    return this;
  }

  sees(what: RegExp): this {
    const until = Date.now() + LIMIT_MS;
    for (;;) {
      const screen = tmux("capture-pane", "-p", "-t", this.#name);
      if (what.test(screen)) return this;
      if (Date.now() > until) expect(screen).toMatch(what);
      Atomics.wait(pause, 0, 0, 30);
    }
  }

  close(): void {
    tmux("kill-session", "-t", this.#name);
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));

function inTerminal(act: (terminal: Terminal) => void): void {
  const terminal = new Terminal();
  try {
    act(terminal);
  } finally {
    terminal.close();
  }
}

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`terminal, needs ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    const script = 'global n probe process.syscall { n++ } probe end { printf("calls seen: %d\\n", n > 0) }';
    writeFileSync(join(folder, "calls.stp"), script);
    writeFileSync(join(folder, "u"), `#!/bin/sh\nexec '${bin}' calls.stp -c "$@"\n`, { mode: 0o755 });
    // What is typed before a program is there belongs to the shell.
    writeFileSync(join(folder, "echoes"), "#!/bin/sh\necho ready\nexec cat\n", { mode: 0o755 });
    // The server ends with its last session, and one that is ending takes no new ones.
    tmux("new-session", "-d", "-s", "kept");
  }, 60_000);
  afterAll(() => {
    tmux("kill-server");
    rmSync(folder, { recursive: true, force: true });
  });

  test("Ctrl-C ends a program, the end probes run, the status is the program's", () => {
    inTerminal((t) =>
      t
        .line("./u ./echoes")
        .sees(/^ready$/m)
        .line("one")
        .sees(/^one\none$/m)
        .type("C-c")
        .sees(/calls seen: 1/)
        .line("echo status $?")
        .sees(/^status 130$/m),
    );
  });

  test("a program that handles Ctrl-C goes on, and so does the session", () => {
    inTerminal((t) => {
      t.line("./u 'python3 -q'").sees(/^>>>$/m);
      for (const k of [1, 2, 3]) {
        t.type("C-c").sees(/KeyboardInterrupt\n>>>\n*$/);
        t.line(`print(${k} + 40)`).sees(new RegExp(`^4${k}\n>>>\n*$`, "m"));
      }
      t.line("exit(3)")
        .sees(/calls seen: 1/)
        .line("echo status $?")
        .sees(/^status 3$/m);
    });
  });

  test("Ctrl-C ends a loop of the shell", () => {
    inTerminal((t) =>
      t
        .line("for i in 1 2 3; do echo round $((i+5)); ./u ./echoes; done")
        .sees(/^ready$/m)
        .sees(/^round 6$/m)
        .line("x")
        .sees(/^x\nx$/m)
        .type("C-c")
        .sees(/calls seen: 1\n*\$/)
        .line("echo $((40+2))")
        .sees(/^42$/m)
        .sees(/round 6\n(?![\s\S]*round 7)/),
    );
  });

  test("Ctrl-Z, bg and fg", () => {
    inTerminal((t) =>
      t
        .line("./u ./echoes")
        .sees(/^ready$/m)
        .line("one")
        .sees(/^one\none$/m)
        .type("C-z")
        .sees(/Stopped/)
        .line("bg")
        .line("fg")
        .sees(/^\.\/u \.\/echoes$/m)
        .line("two")
        .sees(/^two\ntwo$/m)
        .type("C-d")
        .sees(/calls seen: 1/),
    );
  });

  test("job control inside a traced shell", () => {
    inTerminal((t) =>
      t
        .line("./u 'bash --norc'")
        .sees(/bash-.*\$|\$\n*$/)
        .line("PS1='in> '")
        .sees(/^in>$/m)
        .line("sleep 100 & ./echoes")
        .sees(/^ready$/m)
        .line("a")
        .sees(/^a\na$/m)
        .type("C-z")
        .sees(/Stopped/)
        .line("jobs")
        .sees(/Running +sleep 100 &/)
        .line("fg %2")
        .line("b")
        .sees(/^b\nb$/m)
        .type("C-c")
        .sees(/\^C\nin>/)
        .line("kill %1; wait; echo $((40+2))")
        .sees(/^42$/m)
        .line("exit 5")
        .sees(/calls seen: 1/)
        .line("echo status $?")
        .sees(/^status 5$/m),
    );
  });

  test("started in the background, reading stops it until it is in the foreground", () => {
    inTerminal((t) =>
      t
        .line("./u ./echoes &")
        .sees(/Stopped|\[1\]/)
        .line("until jobs | grep Stop; do :; done")
        .sees(/^\[1\]\+? +Stopped/m)
        .line("fg")
        .sees(/^\.\/u \.\/echoes$/m)
        .line("x")
        .sees(/^x\nx$/m)
        .type("C-d")
        .sees(/calls seen: 1/),
    );
  });

  test("passwords are not shown, the size of the window is told", () => {
    inTerminal((t) => {
      writeFileSync(join(folder, "ask.py"), "import getpass\nprint('length', len(getpass.getpass('Secret? ')))\n");
      t.line("./u 'python3 ask.py'")
        .sees(/^Secret\? *$/m)
        .line("sesame")
        .sees(/^Secret\? *\nlength 6$/m)
        .sees(/calls seen: 1/);
      t.line("clear")
        .line('./u "bash -c \'trap \\"stty size\\" WINCH; echo ready; while :; do sleep 0.1; done\'"')
        .sees(/^ready$/m);
      t.resize(77)
        .sees(/^40 77$|^39 77$/m)
        .type("C-c")
        .sees(/calls seen: 1/);
    });
  });

  test("full-screen programs", () => {
    writeFileSync(join(folder, "text"), "first line\nsecond line\n");
    inTerminal((t) =>
      t
        .line("./u 'less text'")
        .sees(/first line\nsecond line\n[\s\S]*(END|text)/)
        .type("q")
        .sees(/calls seen: 1/),
    );
  });

  test("--monitor gives the terminal back when the script is over and the program goes on", () => {
    const program = "trap 'echo trapped; exit 7' INT\nwhile :; do sleep 0.1; if test -e seen; then : > told; fi; done";
    writeFileSync(join(folder, "goes-on"), `#!/bin/sh\necho writes; [ -t 1 ] || echo to no terminal\n${program}\n`, {
      mode: 0o755,
    });
    const script =
      'probe syscall.openat { if (filename_unquoted == "told") exit() } probe end { println("over ", 40 + 2) }';
    inTerminal((t) => {
      // What the program writes is part of the picture, and does not spoil it.
      t.line(`'${bin}' --monitor=0.1 -e '${script}' -c ./goes-on`).sees(
        /^utap {2}running .* 2 probes[\s\S]*\n-- output -+\nwrites\nto no terminal\n*$/,
      );
      writeFileSync(join(folder, "seen"), "");
      // Below the line that was typed, which the other screen had hidden.
      t.sees(/--monitor[\s\S]*^writes\nto no terminal\nover 42$/m)
        .type("C-c")
        .sees(/\^Ctrapped\n/)
        .line("echo status $?")
        .sees(/^status 7$/m);
    });
  });

  test("a closed terminal ends the program and utap, the end probes run", () => {
    writeFileSync(join(folder, "pid.py"), "import os\nprint('pid', os.getpid(), os.getppid(), flush=True)\ninput()\n");
    const file = join(folder, "pids");
    const terminal = new Terminal();
    terminal.line(`./u 'python3 pid.py' > ${file}`);
    const [, ...pids] = awaits(() => /pid (\d+) (\d+)\n/.exec(existsSync(file) ? readFileSync(file, "utf8") : ""));
    terminal.close();
    for (const pid of pids) awaits(() => hasEnded(Number(pid)) || undefined);
    expect(readFileSync(file, "utf8")).toMatch(/\ncalls seen: 1\n$/);
  });
});

/** Whoever collects what has ended is none of utap's affair. */
function hasEnded(pid: number): boolean {
  const { state = "dead" } = readStat(pid) ?? {};
  return state === "zombie" || state === "dead";
}

/** What `look` finds, however long that takes: a test that waits in vain runs into its time limit. */
function awaits<T>(look: () => T | null | undefined): T {
  const until = Date.now() + LIMIT_MS;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined) return found;
    expect(Date.now(), "still waiting").toBeLessThan(until);
    Atomics.wait(pause, 0, 0, 20);
  }
}
