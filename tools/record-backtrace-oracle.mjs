// Records the stacks that gdb sees while it steps through the programs of test/fixtures/backtrace, one instruction at a
// time from `run` to the end.
//
//   node tools/record-backtrace-oracle.mjs [PROGRAM …]      (default: every program)
//
// riscv64 programs run under `qemu-riscv64 -g PORT` with gdb-multiarch: PROGRAM.stacks has one line for each distinct stack,
// in the order in which they came: addresses in hexadecimal, innermost first, `signal` for the code that a handler
// returns to, which is not the program's. x86-64 programs run natively under gdb: PROGRAM.steps has one JSON line for
// each step with its stack `f`, and registers `r` (by DWARF number) and words of the stack `m` that are new since the
// step before, so that the stack can be unwound again without the program.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = "test/fixtures/backtrace";
const script = `
import gdb, json, struct
job = json.load(open(JOB))
for line in ["set osabi GNU/Linux", "set pagination off", "set confirm off", "set width 0", "set backtrace past-main on", "set backtrace past-entry on",
             "handle all stop print pass", "set breakpoint pending off"]: gdb.execute(line, to_string=True)
if job["port"]: gdb.execute("target remote :%d" % job["port"], to_string=True)
else: gdb.execute("starti", to_string=True)
gdb.execute("tbreak *run", to_string=True)
# Steps go over handlers of signals, unless something stops in them.
gdb.execute("break *handler", to_string=True)
gdb.execute("continue", to_string=True)
inferior = gdb.selected_inferior()
text = [(int(l.split()[0], 16), int(l.split()[2], 16)) for l in gdb.execute("info files", to_string=True).splitlines() if " is .text" in l or " is .plt" in l]
def name(pc): return "%x" % pc if any(a <= pc <= b for a, b in text) else "signal"
def frames():
    frame = gdb.newest_frame(); out = []
    while frame and len(out) < 64:
        # Copies that were inlined are frames of gdb's, not of the machine's.
        if frame.type() != gdb.INLINE_FRAME: out.append(name(frame.pc()))
        frame = frame.older()
    return out
registers = ["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"]
top = (int(gdb.parse_and_eval("(unsigned long)$sp")) & ~7) + 256
before = {}; words = {}; steps = []; seen = {}
for step in range(20000):
    if not inferior.pid or not inferior.threads(): break
    f = frames()
    if job["port"]: seen.setdefault(" ".join(f))
    else:
        frame = gdb.newest_frame()
        now = {n: int(frame.read_register(r)) & (2**64-1) for n, r in enumerate(registers)}
        low = (now[7] - 256) & ~7
        memory = struct.unpack("<%dQ" % ((top - low) // 8), bytes(inferior.read_memory(low, top - low))) if now[7] <= top else ()
        changed = {}
        for i, w in enumerate(memory):
            if words.get(low + 8 * i, 0) != w: changed["%x" % (low + 8 * i)] = "%x" % w; words[low + 8 * i] = w
        steps.append({"f": f, "r": {n: "%x" % v for n, v in now.items() if before.get(n) != v}, "m": changed})
        before = now
    try: gdb.execute("stepi", to_string=True)
    except gdb.error: break
with open(job["out"], "w") as out:
    for line in seen: out.write(line + "\\n")
    for s in steps: out.write(json.dumps(s, separators=(",", ":")) + "\\n")
if inferior.pid: gdb.execute("kill", to_string=True)
`;

let port = 2200 + (process.pid % 90);
const wanted = process.argv.slice(2);
for (const program of readdirSync(folder).filter((name) => /^[\w-]+$/.test(name))) {
  // Without call frame information gdb guesses, as we do: that is no oracle.
  if (program.endsWith("-nocfi")) continue;
  if (wanted.length > 0 && !wanted.includes(program)) continue;
  const native = program.includes("-x86-");
  const scratch = mkdtempSync(join(tmpdir(), "utap-backtrace-"));
  const out = join(folder, `${program}.${native ? "steps" : "stacks"}`);
  port += 1;
  const job = { port: native ? 0 : port, out };
  writeFileSync(join(scratch, "job.json"), JSON.stringify(job));
  writeFileSync(join(scratch, "record.py"), `JOB = ${JSON.stringify(join(scratch, "job.json"))}\n${script}`);
  const qemu = native
    ? undefined
    : spawn("qemu-riscv64", ["-g", String(port), join(folder, program)], { stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const gdb = native ? "gdb" : "gdb-multiarch";
  execFileSync(gdb, ["-batch", "-nx", "-x", join(scratch, "record.py"), join(folder, program)], {
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 300_000,
  });
  qemu?.kill();
  rmSync(scratch, { recursive: true });
  console.log(program);
}
