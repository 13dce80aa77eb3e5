// Records what trace events Linux fires for each case of test/fixtures/kernel/traced.c, for test/kernel/points-linux.test.ts.
//
//   node tools/record-trace-oracle.mjs         as root, on a Linux with tracefs and two CPUs
//
// The program is compiled for this machine and runs alone on its second CPU. A line of test/kernel/points-linux.txt is
// `CONTEXT EVENT FIELDS`; processes are P0, P1 … in the order in which they appear, `-` is any other context. Left out is what
// depends on who else runs: switches of tasks that could go on, who comes next, and CPUs. Recorded until three runs agree.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const tests = join(dirname(fileURLToPath(import.meta.url)), "../test");
const source = join(tests, "fixtures/kernel/traced.c");
const scratch = mkdtempSync(join(tmpdir(), "utap-record-"));
const program = join(scratch, "traced");
const flags = /riscv64-linux-gnu-gcc (.*) -o/.exec(readFileSync(source, "utf8"))[1].split(" ");
execFileSync("gcc", [...flags, "-o", program, source]);

/** The fields that are told of each event. */
const events = {
  "sched/sched_switch": ["prev_state"],
  "sched/sched_waking": ["pid"],
  "sched/sched_wakeup": ["pid"],
  "sched/sched_wakeup_new": ["pid"],
  "sched/sched_process_fork": ["child_pid"],
  "sched/sched_process_exec": ["old_pid"],
  "sched/sched_process_exit": ["pid"],
  "sched/sched_process_wait": ["pid"],
  "signal/signal_generate": ["sig", "errno", "code", "pid", "grp", "res"],
  "signal/signal_deliver": ["sig", "errno", "code"],
};

const record = `
  set -e; cd "$1"; shift
  echo 0 > tracing_on; echo > trace; echo 1 > options/event-fork; echo $$ > set_event_pid
  for e in ${Object.keys(events).join(" ")}; do echo 1 > events/$e/enable; done
  echo 1 > tracing_on; exec taskset -c 1 "$@"`;
const stop = `
  cd "$1"; echo 0 > tracing_on; echo 0 > events/enable; echo > set_event_pid; echo 0 > options/event-fork; cat trace; echo > trace`;

function run(folder, name) {
  const { status } = spawnSync("sh", ["-c", record, "sh", folder, program, name], { stdio: "inherit" });
  const text = execFileSync("sh", ["-c", stop, "sh", folder], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (status !== 5) throw new Error(`${name}: exit status ${status}`);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const from = lines.findIndex((line) => line.includes(`filename=${program}`));
  return normalised(lines.slice(from + 1));
}

function normalised(lines) {
  const names = new Map();
  const called = (pid) => names.get(pid) ?? "-";
  const result = [];
  for (const line of lines) {
    const [, context, event, rest] = /^\s*.*?-(\d+)\s+\[\d+\].*?: (\w+): (.*)$/.exec(line);
    if (names.size === 0) names.set(context, "P0");
    const values = Object.fromEntries([...rest.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name, value]));
    if (event === "sched_process_fork") names.set(values.child_pid, `P${names.size}`);
    if (event === "sched_switch" && (!names.has(values.prev_pid) || /^R/.test(values.prev_state))) continue;
    const fields = Object.entries(events).find(([name]) => name.endsWith(`/${event}`))[1];
    const shown = fields.map((name) => `${name}=${name.endsWith("pid") ? called(values[name]) : values[name]}`);
    // What the shell that waits for us is told is not the program's.
    if (shown.includes("pid=-")) continue;
    result.push(`${called(context)} ${event} ${shown.join(" ")}`);
  }
  return result;
}

function agreed(folder, name) {
  const seen = new Map();
  for (let i = 0; i < 50; i++) {
    const text = run(folder, name).join("\n");
    seen.set(text, (seen.get(text) ?? 0) + 1);
    if (seen.get(text) === 3) return text;
  }
  throw new Error(`${name}: no three of 50 runs agree`);
}

const folder = mkdtempSync(join(scratch, "tracefs-"));
execFileSync("mount", ["-t", "tracefs", "none", folder]);
try {
  const cases = ["lives", "signals", "stops", "threads"].map((name) => `=== ${name}\n${agreed(folder, name)}\n`);
  writeFileSync(join(tests, "kernel/points-linux.txt"), cases.join(""));
} finally {
  execFileSync("umount", [folder]);
  rmSync(scratch, { recursive: true });
}
