/**
 * What a session makes of hits in a kernel: variables, their text, return probes, arming.
 *
 * The hits are given (fake-kernel.ts); expected is what the language says of them (docs/language.md).
 */
import { expect, test } from "vitest";
import { type FakeHit, fakeTask, type PlayOptions, play, structure } from "./fake-kernel.ts";

const uid = structure(70, { val: 1000 });
const cred = structure(71, { uid, euid: uid });
const shell = structure(12, { comm: "sh", pid: 12, tgid: 12, cred, parent: structure(1, {}), start_time: -1 });
const idle = structure(0, { comm: "swapper/0", pid: 0, tgid: 0 });
const info = structure(5, { si_signo: 17, si_code: -6, si_uid: 4294967295, si_addr: 2n ** 64n - 1n });

const toIdle: FakeHit = {
  at: "trace sched:sched_switch",
  values: {
    preempt: 0,
    prev: shell,
    next: idle,
    prev_comm: "sh",
    prev_pid: 12,
    prev_state: 1n,
    next_comm: "swapper/0",
  },
  task: fakeTask(12, "sh"),
};
const enter: FakeHit = {
  at: "trace raw_syscalls:sys_enter",
  values: { id: 63, args: [3n, 2n ** 64n - 1n, 10n, 0n, 0n, 0n] },
  task: fakeTask(12, "sh"),
};
const signal: FakeHit = {
  at: "trace signal:signal_generate",
  values: { sig: 17, info, task: shell, group: 1, result: 0, errno: 0, code: -6, comm: "sh", pid: 12 },
};

// biome-ignore format: table
const cases: readonly [name: string, script: string, hits: readonly FakeHit[], out: string][] = [
  ["a member of a structure", `probe kernel.trace("sched_switch") { printf("%s %d %d", $prev->comm, $next->pid, $prev->cred->uid->val) }`, [toIdle], "sh 0 1000"],
  ["a field of the format", `probe kernel.trace("sched_switch") { printf("%s>%s %d", $prev_comm, $next_comm, $prev_state) }`, [toIdle], "sh>swapper/0 1"],
  ["a task by itself is its tid", `probe kernel.trace("sched_switch") { println($prev, $next) }`, [toIdle], "120\n"],
  ["an element", `probe kernel.trace("sys_enter") { println($args[0] + $args[2]) }`, [enter], "13\n"],
  ["an element by a computed index", `probe kernel.trace("sys_enter") { for (i = 0; i < 2; i++) println($args[i]) }`, [enter], "3\n-1\n"],
  ["an index that is too large", `probe kernel.trace("sys_enter") { try { println($args[6]) } catch (m) { println(m) } }`, [enter], "cannot read $args[6]: there is no element 6\n"],
  ["a letter of a text, and its NUL", `probe kernel.trace("sched_switch") { println($prev_comm[1], $prev_comm[2]) }`, [toIdle], "1040\n"],
  ["a pointer that is NULL", `probe kernel.trace("sched_switch") { try { println($next->cred->uid->val) } catch (m) { println(m) } }`, [toIdle], "cannot read $next->cred->uid->val: 'uid' is asked of a NULL pointer\n"],
  ["the name of an event", `probe kernel.trace("sched_switch") { println($$name, " ", $$system, " ", pp(), " ", pn(), ppfunc(), probefunc()) }`, [toIdle], `sched_switch sched kernel.trace("sched:sched_switch") kernel.trace("sched:sched_switch")\n`],
  ["the parameters", `probe kernel.trace("sys_enter") { println($$parms) println($$vars) }`, [enter], "id=0x3f\nid=0x3f args=[0x3, 0xffffffffffffffff, 0xa, 0x0, 0x0, 0x0]\n"],
  ["a structure as text", `probe kernel.trace("signal_generate") { println(substr($info$, 0, 45)) }`, [signal], "{.si_signo=17, .si_errno=0, .si_code=-6, .si_\n"],
  ["unsigned members", `probe kernel.trace("signal_generate") { println(isinstr($info$, ".si_uid=4294967295,"), isinstr($info$, ".si_addr=18446744073709551615}")) }`, [signal], "11\n"],
  ["structures within, and tasks", `probe kernel.trace("signal_generate") { println(isinstr($task$, ".cred={...}"), isinstr($task$$, ".cred={.uid={.val=1000}"), isinstr($task$$, ".parent=0x1,")) }`, [signal], "111\n"],
  ["a text as text", `probe kernel.trace("signal_generate") { println($comm$, $task->comm$) }`, [signal], `"sh""sh"\n`],
  ["types by the place", `probe kernel.trace("sched_switch"), kernel.trace("sys_enter") { if (@defined($prev_comm)) println($prev_comm) else println($id) }`, [toIdle, enter], "sh\n63\n"],
  ["in a function", `function who() { return @defined($prev) ? $prev->comm : "?" } probe kernel.trace("sched_switch"), kernel.trace("sys_enter") { println(who()) }`, [toIdle, enter], "sh\n?\n"],
  ["the idle task as context", `probe kernel.trace("signal_generate") { println(pid(), tid(), execname()) }`, [signal], "00swapper/0\n"],
  ["another task as context", `probe kernel.trace("sched_switch") { println(pid(), execname(), user_mode(), is_return(), probe_type()) }`, [toIdle], "12sh00tracepoint\n"],
  ["the order of the script", `probe kernel.trace("sched_switch") { print("a") } probe kernel.trace("sched:*") { print("b") } probe kernel.trace("sched_switch") { print("c") }`, [toIdle, toIdle], "abcabc"],
  ["the end by exit()", `probe kernel.trace("sched_switch") { print("a") exit() } probe end { print("e") }`, [toIdle, toIdle], "ae"],
  ["next", `probe kernel.trace("sched_switch") { if (n++) next print("a") } global n`, [toIdle, toIdle], "a"],
  ["the idle task by name", `probe kernel.trace("sched_switch") { println(task_execname($next), task_pid($next)) }`, [toIdle], "swapper/00\n"],
  ["a text that a function takes", `probe kernel.trace("sched_switch") { println(kernel_string($prev->comm), kernel_string2($prev_comm, "?")) }`, [toIdle], "shsh\n"],
];

test.each(cases)("%s", (_, script, hits, out) => expect(play(script, hits)).toMatchObject({ out, err: "", status: 0 }));

const read = (name: string, tid: number): FakeHit => ({
  at: "call vfs_read",
  values: { file: structure(9, { f_pos: 100 }), buf: 4096, count: 8 },
  task: tasks[tid]!,
  ...{ name },
});
const tasks: { readonly [tid: number]: ReturnType<typeof fakeTask> } = {
  12: fakeTask(12, "sh"),
  13: fakeTask(13, "cat"),
};
const done = (value: bigint, tid: number): FakeHit => ({
  at: "return vfs_read",
  values: { return: value, file: structure(9, { f_pos: 108 }), buf: 4096, count: 8 },
  task: tasks[tid]!,
});

// biome-ignore format: table
const returns: readonly [name: string, script: string, hits: readonly FakeHit[], out: string][] = [
  ["what it returns, and its parameters", `probe kernel.function("vfs_read").return { println($return, " ", @entry($count), " ", $$return, " ", probefunc(), is_return()) }`, [read("", 12), done(-4n, 12)], "-4 8 return=0xfffffffffffffffc vfs_read1\n"],
  ["a member as it was at the entry", `probe kernel.function("vfs_read").return { println(@entry($file->f_pos)) }`, [read("", 12), done(8n, 12)], "100\n"],
  ["without @entry too", `probe kernel.function("vfs_read").return { println($file->f_pos, isinstr($file$, ".f_pos=100")) }`, [read("", 12), done(8n, 12)], "1001\n"],
  ["any expression, of each task by itself", `global n probe kernel.function("vfs_read").return { println(tid(), "-", @entry(++n)) }`, [read("", 12), read("", 13), done(8n, 12), done(8n, 13)], "12-1\n13-2\n"],
  ["in the kernel too", `probe kernel.function("vfs_read").return { println(@entry(user_mode()), @entry(ppfunc())) }`, [read("", 12), done(8n, 12)], "0vfs_read\n"],
  ["text", `probe kernel.function("vfs_read").return { println(@entry(execname() . "!")) }`, [read("", 13), done(8n, 13)], "cat!\n"],
  ["within itself", `global n probe kernel.function("vfs_read").return { println(@entry(++n)) }`, [read("", 12), read("", 12), done(1n, 12), done(2n, 12)], "2\n1\n"],
  ["a return whose call nobody saw", `probe kernel.function("vfs_read").return { println(@entry($file->f_pos)) } probe end { println("end") }`, [done(8n, 12)], "end\n"],
  ["the call itself", `probe kernel.function("vfs_read"), kernel.function("vfs_read").call { println(pp(), $$parms) }`, [read("", 12)], `kernel.function("vfs_read")file=0x9 buf=0x1000 count=0x8\nkernel.function("vfs_read").callfile=0x9 buf=0x1000 count=0x8\n`],
  ["maxactive is taken", `probe kernel.function("vfs_read").return.maxactive(4) { println($return) }`, [done(8n, 12)], "8\n"],
];

// A parameter without @entry is warned of, as in the reference.
test.each(returns)("return: %s", (_, script, hits, out) =>
  expect(play(script, hits)).toMatchObject({ out, status: 0 }),
);

test("a place is watched while a probe of it is armed", () => {
  const script = `global on probe kernel.trace("sys_enter") if (on) { print("x") on = 0 }
    probe kernel.trace("sched_switch") { on = 1 }`;
  const { out, log } = play(script, [enter, toIdle, enter, enter, toIdle]);
  expect(out).toBe("x");
  const [place, other] = ["trace raw_syscalls:sys_enter", "trace sched:sched_switch"];
  // The last two when the session ends, in whatever order.
  expect(log.slice(0, 4)).toEqual([`+${other}`, `+${place}`, `-${place}`, `+${place}`]);
  expect(log.slice(4).sort()).toEqual([`-${place}`, `-${other}`]);
});

test("a hit within a handler is skipped and counted", () => {
  const script = `probe kernel.trace("sched_switch") { print(gettimeofday_ns() > 0 ? "a" : "") }`;
  expect(play(script, [toIdle], { inClock: toIdle })).toMatchObject({
    out: "a",
    err: expect.stringContaining("skipped probes: 1"),
  });
});

// biome-ignore format: table
const faults: readonly [name: string, script: string, hits: readonly FakeHit[], expected: string, play: PlayOptions][] = [
  ["an error of the script names the probe", `probe kernel.trace("sched_switch") { println($next->cred->uid->val) }`, [toIdle], "NULL pointer near identifier '$next' at <input>:1:46 in probe kernel.trace(", {}],
  ["endless handlers end", `probe kernel.trace("sched_switch") { while (1) n++ } global n`, [toIdle], "MAXACTION", {}],
];

test.each(faults)("%s", (_, script, hits, expected, options) => {
  const { err, status } = play(script, hits, options);
  expect(err).toContain(expected);
  expect(status).toBe(1);
});

test("--skip-badvars reads 0 and nothing", () => {
  const script = `probe kernel.trace("sched_switch") { println($next->cred->uid->val, "[", $next->parent->comm, "]") }`;
  expect(play(script, [toIdle], { options: ["--skip-badvars"] }).out).toBe("0[]\n");
});
