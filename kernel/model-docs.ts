/**
 * What the model has and what it leaves out, as a page of the documentation: the text of docs/kernel-model.md.
 *
 * Called by `tools/generate-model-docs.mjs`, and by the test that the page is fresh. Lists come from the tables that the kernel
 * itself uses; only the sentences around them are written here.
 */
import { deviceNames } from "./files/devfs.ts";
import { CLONE } from "./fork.ts";
import { systemTexts, taskTexts } from "./proc-text.ts";
import { callStates, type State } from "./syscalls/states.ts";
import { requests } from "./terminal/ioctls.ts";
import { PTY_IOCTL } from "./terminal/pty.ts";

const intro = `# The kernel model

<!-- Made by tools/generate-model-docs.mjs from the tables of kernel/: change those, and run it. -->

\`utap -c PROGRAM --target=model\` runs riscv64 Linux programs in a kernel that is a few thousand lines of TypeScript. It has one
virtual CPU at a time, memory, files, processes, signals, terminals and sockets, and nothing of it depends on the machine
that it runs on: the clock moves with the instructions that were executed, random bytes come from the seed, and the same
program with the same input does the same to the last instruction.

A system call that the model does not have returns ENOSYS, as from a kernel that was built without it. With \`-v\` the
names of those that the program asked for are listed at the end:

    System calls that the model does not have: ptrace 2, keyctl 1.

What is done behaves as Linux does, errors included; test/kernel/ compares hundreds of cases with qemu-riscv64.
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
    leftOut,
  ].join("");
}

function list(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}
