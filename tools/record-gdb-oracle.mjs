// Records what gdb says about the variables of the debuginfo fixtures, with the registers and memory it looked at.
//
//   node tools/record-gdb-oracle.mjs [PROGRAM …]      (default: every -O0 and -O2 binary of test/fixtures/debuginfo)
//   node tools/record-gdb-oracle.mjs --x86_64 …       builds the same sources with gcc to its folder x86_64, and asks there
//
// A source names its functions and expressions in its head: `// oracle: FUNCTION expr; expr; return.member`.
//   FUNCTION*6         up to 6 hits instead of 2
//   FUNCTION@other.c   the one of that file, of several with one name
//   FUNCTION#label     at the line of that function which ends in `// #label`, instead of at its start
// Each program runs under `qemu-riscv64 -g PORT`, those of x86_64 under gdb itself; gdb-multiarch stops at every function (`break f` at -O0, which is
// after the prologue; `break *f` at -O2, the entry), prints, and for `return` lets the function finish.
// PROGRAM.gdb.json is a list of stops. Values are decimal strings; a float's is its repr; else "<optimized out>" or gdb's "<error: …>".
import { execFileSync, execSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const folder = "test/fixtures/debuginfo";
const script = `
import gdb, json
job = json.load(open(JOB))
gdb.execute("set pagination off"); gdb.execute("set confirm off"); gdb.execute("set width 0")
gdb.execute("target remote :%d" % job["port"] if job["port"] else "starti", to_string=True)
inferior = gdb.selected_inferior()
def text(expression):
    try:
        value = gdb.parse_and_eval(expression) if isinstance(expression, str) else expression
        if value.is_optimized_out: return "<optimized out>"
        type = value.type.strip_typedefs()
        if type.code == gdb.TYPE_CODE_FLT: return repr(float(value))
        if type.code == gdb.TYPE_CODE_ARRAY: return str(int(value.address))
        return str(int(value))
    except gdb.error as error:
        if "optimized out" in str(error): return "<optimized out>"
        return "<error: %s>" % error
def registers():
    frame = gdb.newest_frame()
    if not job["port"]:
        names = "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip".split()
        general = [int(frame.read_register(name)) & (2**64-1) for name in names]
        return ["0x%x" % v for v in general + [int(gdb.parse_and_eval("$xmm%d.v2_int64[0]" % i)) & (2**64-1) for i in range(16)]]
    x = [int(frame.read_register("x%d" % i)) & (2**64-1) if i else 0 for i in range(32)]
    raw = [bits(name) for name in job["floats"]]
    return ["0x%x" % v for v in x + raw]
def bits(name):
    line = gdb.execute("info registers %s" % name, to_string=True)
    return int(line.split("raw 0x")[1].split(")")[0], 16)
def memory():
    sp = int(gdb.parse_and_eval("(unsigned long)$sp"))
    out = {}
    for start, size in [(sp - 256, 1024)] + job["sections"]:
        try: out["0x%x" % start] = bytes(inferior.read_memory(start, size)).hex()
        except gdb.error: pass
    return out
stops = []
hits = {}
where = {}
for item in job["functions"]:
    b = gdb.Breakpoint(item["spec"])
    where[b.number] = item
state = {}
def stopped(event):
    state["b"] = [b.number for b in event.breakpoints] if isinstance(event, gdb.BreakpointEvent) else []
gdb.events.stop.connect(stopped)
while True:
    try: gdb.execute("continue")
    except gdb.error: break
    if not inferior.pid or not inferior.threads(): break
    number = next((n for n in state.get("b", []) if n in where), None)
    if number is None: break
    item = where[number]
    hits[number] = hits.get(number, 0) + 1
    if hits[number] > item["hits"]: continue
    # A function may begin with one that is inlined: the function itself is meant.
    while gdb.selected_frame().type() == gdb.INLINE_FRAME: gdb.selected_frame().older().select()
    plain = [e for e in item["expressions"] if not e.startswith("return")]
    stops.append({"function": item["function"], "address": "0x%x" % int(gdb.parse_and_eval("(unsigned long)$pc")), "hit": hits[number],
      "at": item["at"], "values": {e: text(e) for e in plain}, "registers": registers(), "memory": memory()})
    back = [e for e in item["expressions"] if e.startswith("return")]
    if back:
        # Without the breakpoints, or finishing would end at the next one inside.
        for b in gdb.breakpoints(): b.enabled = False
        gdb.execute("finish", to_string=True)
        for b in gdb.breakpoints(): b.enabled = True
        value = gdb.history(0)
        gdb.set_convenience_variable("r", value)
        stops.append({"function": item["function"], "address": "0x%x" % int(gdb.parse_and_eval("(unsigned long)$pc")), "hit": hits[number],
          "at": "return", "values": {e: text("$r" + e[6:]) for e in back}, "registers": registers(), "memory": memory()})
json.dump(stops, open(job["out"], "w"))
if inferior.pid: gdb.execute("kill")
`;

const floats = [
  "ft0",
  "ft1",
  "ft2",
  "ft3",
  "ft4",
  "ft5",
  "ft6",
  "ft7",
  "fs0",
  "fs1",
  "fa0",
  "fa1",
  "fa2",
  "fa3",
  "fa4",
  "fa5",
  "fa6",
  "fa7",
];
floats.push("fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11");

let port = 2100 + (process.pid % 90);
const host = process.argv.includes("--x86_64");
const binaries = host ? join(folder, "x86_64") : folder;
const wanted = process.argv.slice(2).filter((argument) => argument !== "--x86_64");
for (const program of readdirSync(folder).filter((name) => /-O[02]$/.test(name))) {
  if (wanted.length > 0 && !wanted.includes(program)) continue;
  const source = readFileSync(join(folder, program.replace(/-O.$/, ".c")), "utf8");
  if (host) build(program, source);
  const entry = program.endsWith("-O2");
  const functions = [...source.matchAll(/^\/\/ oracle: (\w+)(@[\w.-]+)?(#\w+)?(?:\*(\d+))? (.*)$/gm)].map(
    ([, name, file = "", label, hits = "2", list]) => {
      const line = label && source.split("\n").findIndex((text) => text.endsWith(`// ${label}`)) + 1;
      const place = file ? `${file.slice(1)}:${name}` : name;
      const address = file ? `*'${file.slice(1)}'::${name}` : `*${name}`;
      return {
        function: name + file,
        spec: line ? `${program.replace(/-O.$/, ".c")}:${line}` : entry ? address : place,
        at: line ? "line" : entry ? "entry" : "body",
        hits: Number(hits),
        expressions: list.split(";").map((item) => item.trim()),
      };
    },
  );
  const listing = execFileSync("readelf", ["-SW", join(binaries, program)], { encoding: "utf8" });
  const sections = [...listing.matchAll(/ \.(?:data|bss|sdata|sbss|rodata)\S*\s+\w+\s+(\w+) \w+ (\w+)/g)].map(
    (match) => [Number.parseInt(match[1], 16), Number.parseInt(match[2], 16)],
  );
  // Apart, because finishing a function would pass over the lines in it.
  const stops = [];
  for (const group of [functions.filter((f) => f.at !== "line"), functions.filter((f) => f.at === "line")]) {
    if (group.length > 0) stops.push(...(await record(program, group, sections)));
  }
  writeFileSync(
    join(binaries, `${program}.gdb.json`),
    `[\n${stops.map((stop) => JSON.stringify(stop)).join(",\n")}\n]\n`,
  );
  console.log(`${program}: ${stops.length} stops`);
}

/** By the command in the source, with the compiler of this machine and the other version of DWARF. */
function build(program, source) {
  mkdirSync(binaries, { recursive: true });
  const command = source.split("\n").find((line) => line.startsWith("// build:") && line.includes(` -o ${program} `));
  const own = command
    .replace("// build: riscv64-linux-gnu-gcc", `gcc -no-pie -ffile-prefix-map=${resolve(folder)}=/src`)
    .replace(/-gdwarf-([45])/, (_, version) => `-gdwarf-${9 - version}`)
    .replace(` -o ${program} `, ` -o x86_64/${program} `);
  execSync(own, { cwd: folder, stdio: "inherit" });
}

async function record(program, functions, sections) {
  const work = mkdtempSync(join(tmpdir(), "oracle-"));
  const out = join(work, "out.json");
  port++;
  const job = { port: host ? 0 : port, out, functions, sections, floats };
  writeFileSync(join(work, "job.json"), JSON.stringify(job));
  writeFileSync(join(work, "job.py"), `JOB = ${JSON.stringify(join(work, "job.json"))}\n${script}`);
  const qemu = host
    ? undefined
    : spawn("qemu-riscv64", ["-g", String(port), join(folder, program)], { stdio: "ignore" });
  if (qemu) await new Promise((resolve) => setTimeout(resolve, 300));
  try {
    execFileSync("gdb-multiarch", ["-nx", "-batch", "-x", join(work, "job.py"), join(binaries, program)], {
      timeout: 30_000,
      stdio: ["ignore", "ignore", process.env.VERBOSE ? "inherit" : "pipe"],
    });
  } finally {
    qemu?.kill();
  }
  const stops = JSON.parse(readFileSync(out, "utf8"));
  rmSync(work, { recursive: true });
  return stops;
}
