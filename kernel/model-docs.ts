/**
 * What the model has and what it leaves out, as a page of the documentation: the text of docs/kernel-model.md.
 *
 * Called by `tools/generate-model-docs.mjs`, and by the test that the page is fresh. Lists come from the tables that the kernel
 * itself uses; only the sentences around them are written here.
 */
import { limits } from "../base/limits.ts";
import { deviceNames } from "./files/devfs.ts";
import { sysFiles } from "./files/sysfs.ts";
import { pointsDocs } from "./points/docs.ts";
import { systemTexts, taskTexts } from "./proc-text.ts";
import { CLONE } from "./process/fork.ts";
import { DEFAULT_QUANTUM } from "./scheduling/schedule.ts";
import { callStates, type State } from "./syscalls/states.ts";
import { requests } from "./terminal/ioctls.ts";
import { PTY_IOCTL } from "./terminal/pty.ts";

const intro = `# The kernel model

<!-- Made by tools/generate-model-docs.mjs from the tables of kernel/: change those, and run it. -->

\`utap -c PROGRAM --target=model\` runs riscv64 Linux programs in a kernel written in TypeScript. It has
virtual CPUs, memory, files, processes, signals, terminals and sockets, and nothing of it depends on the machine
that it runs on: the clock moves with the instructions that were executed, random bytes and the order of tasks come from the
seed, and the same program with the same input does the same to the last instruction.

A system call that the model does not have returns ENOSYS, as from a kernel that was built without it. With \`-v\` the
names of those that the program asked for are listed at the end:

    System calls that the model does not have: ptrace 2, keyctl 1.

What is done behaves as Linux does, errors included; test/kernel/ compares hundreds of cases with Linux itself and with qemu-riscv64.
`;

const scheduling = `## Scheduling

- **One seed, one interleaving.** Which task is next and how long it stays are chosen in one place, \`kernel/scheduling/schedule.ts\`, from the seed
  alone. Seed 0, the default, is fair: tasks come in order, slices are whole. Every other seed (\`--seed N\`) picks any of the
  tasks that could be next, for slices of any length down to one instruction.
- **\`--schedules K\`** runs the program and the script under K seeds, from that of \`--seed\` up, and tells the outcomes: the output and
  exit status of each kind, how many seeds lead there, and the first of them, which \`--seed\` shows again. The exit status is that of
  all runs when they agree, and 1 when they do not.
- **\`--cpus N\`** gives the model up to ${limits.maxCpus} CPUs. They take turns after some instructions, while the clock moves as if they all
  worked at once: what two CPUs share takes half the time of one. A task that becomes runnable may use any CPU that is free,
  first the one where it ran last; sched_setaffinity restricts it.
- **Time.** An instruction takes a nanosecond, and a slice is ${DEFAULT_QUANTUM.toLocaleString("en")} of them at nice 0; each step of nice makes it 1.25 times shorter or
  longer, SCHED_IDLE makes it very short, SCHED_BATCH is SCHED_OTHER.
- **Real time.** SCHED_FIFO and SCHED_RR tasks run before all others, by priority. One that wakes takes the CPU away at once; a
  SCHED_RR task has slices, a SCHED_FIFO task keeps the CPU until it waits, yields or a higher one comes. Nothing throttles them.
- **System calls are not interrupted**: tasks change only between instructions and where a call waits.
`;

const leftOut = `## Deliberately left out

- **Other machines.** There is a loopback device and no other network; sockets reach programs of the same model.
- **Disks and paging.** Files are in memory or in a folder of the host; nothing is ever unsaved or paged out.
- **Namespaces, control groups, modules, mounts by programs.** The owner of the model mounts folders, programs get EPERM.
- **Capabilities one by one.** User 0 has all, everybody else none.
- **Tracing from inside.** There is no ptrace: tracers are outside, where programs cannot see them.
- **Wall time.** \`sleep 3600\` takes no time at all when there is nothing else to do.
- **The host's terminal as it is typed.** Where standard input is a terminal of the host, that terminal edits and echoes the line, and the
  model passes it on; its own line discipline serves pseudo-terminals and consoles that say \`typed\`.
`;

const meanings: { readonly [state in State]: string } = {
  done: "behaves as in Linux",
  partial: "what is missing is in the note",
  refused: "answers EPERM whoever asks",
  ENOSYS: "not there; listed at the end under `-v`",
};

export function modelDocs(): string {
  const calls = callStates();
  const counts = (Object.keys(meanings) as State[]).map(
    (state) => `| ${state} | ${calls.filter((call) => call.state === state).length} | ${meanings[state]} |\n`,
  );
  return [
    intro,
    "\n## System calls\n\n| state | calls | meaning |\n|---|---|---|\n",
    ...counts,
    "\n| call | number | state | note |\n|---|---|---|---|\n",
    ...calls.map(({ name, number, state, note }) => `| ${name} | ${number} | ${state} | ${note} |\n`),
    `\n## clone\n\nThe flags that are known: ${list(Object.keys(CLONE).filter((name) => name !== "CLONE_NEWNS" && name !== "CSIGNAL"))}.\n`,
    "Any other is EINVAL.\n",
    `\n## Devices\n\n${list(deviceNames())} in /dev, and /dev/pts with its terminals.\n`,
    `\n## Terminals\n\nRequests of ioctl: ${list(requests.map(({ name }) => name))}.\n`,
    `A master has them too, and ${list(Object.keys(PTY_IOCTL))}.\n`,
    `\n## /proc\n\nOf a process, and of each thread in task/: ${list(Object.keys(taskTexts).sort())}.\n`,
    "Links and folders of a process: `cwd`, `exe`, `fd`, `root`, `task`.\n",
    `Of the system: ${list([...Object.keys(systemTexts), "self", "thread-self"].sort())}.\n\n`,
    `Below /sys, where the root has that folder: ${list(Object.keys(sysFiles(1)).sort())}; each CPU has its folder.\n\n`,
    `${scheduling}\n`,
    `${pointsDocs()}\n`,
    leftOut,
  ].join("");
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
