/** Metrics as JSON and for Prometheus, as a program of the model reads them from the files of a session. */
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { utap } from "../run/driver.ts";

const files = resolve(import.meta.dirname, "../fixtures/procfs/files.riscv64");

/** What a program sees in the session's file `name`. */
function contentOf(name: string, script: string): string {
  const { out, err } = utap([
    "--no-global-var-display",
    "-c",
    `${files} cat /proc/systemtap/utap/${name}`,
    "-e",
    script,
  ]);
  expect(err).toBe("");
  return out;
}

const metrics = `
probe begin {
  json_set_prefix("app")
  json_add_numeric_metric("count", "how many", "hits")
  json_add_string_metric("state", "")
  json_add_array("disk", "disks")
  json_add_array_numeric_metric("disk", "reads", "reads of it", "")
  json_add_array_string_metric("disk", "name", "")
}
probe json_data {
  @json_output_data_start
  @json_output_numeric_value("count", 42)
  @json_output_string_value("state", "idle")
  @json_output_array_numeric_value("disk", "sda", "reads", 7)
  @json_output_array_string_value("disk", "sda", "name", "A")
  @json_output_array_numeric_value("disk", "sdb", "reads", -9)
  @json_output_data_end
}`;

test("data.json has the values", () => {
  const text = contentOf("data.json", metrics);
  expect(JSON.parse(text)).toEqual({
    count: 42,
    state: "idle",
    disk: [
      { __id: "sda", reads: 7, name: "A" },
      { __id: "sdb", reads: -9 },
    ],
  });
  expect(text.split("\n").slice(0, 6)).toEqual([
    "{",
    '  "count": 42,',
    '  "state": "idle",',
    '  "disk": [',
    "    {",
    '      "__id": "sda",',
  ]);
});

test("metadata.json says what they mean", () => {
  expect(JSON.parse(contentOf("metadata.json", metrics))).toEqual({
    prefix: "app",
    metrics: [
      { name: "count", pointer: "/count", type: "integer", description: "how many", units: "hits" },
      { name: "state", pointer: "/state", type: "string" },
      {
        name: "disk",
        pointer: "/disk",
        type: "array",
        description: "disks",
        index: "/__id",
        metrics: [
          { name: "reads", pointer: "/reads", type: "integer", description: "reads of it" },
          { name: "name", pointer: "/name", type: "string" },
        ],
      },
    ],
  });
});

test("an array that ends the data is closed, and one before another metric too", () => {
  const script = metrics.replace("@json_output_data_end", "").replace(/@json_output_(numeric|string)_value.*\n/g, "");
  const end = '@json_output_numeric_value("count", 1) @json_output_data_end }';
  expect(JSON.parse(contentOf("data.json", script.replace(/\}\s*$/, end)))).toEqual({
    disk: [
      { __id: "sda", reads: 7, name: "A" },
      { __id: "sdb", reads: -9 },
    ],
    count: 1,
  });
});

test.each([
  ['@json_output_numeric_value("a", 1) @json_output_numeric_value("a", 2)', "metric 'a' was written already"],
  ['@json_output_string_value("b", "")', "there is no metric 'b'"],
  ['@json_output_array_numeric_value("a", "i", "x", 1)', "there is no metric 'x' in array 'a'"],
])("%s is a mistake", (body, message) => {
  const script = `probe begin { json_add_numeric_metric("a", "", "") }
    probe json_data { try { @json_output_data_start ${body} } catch (m) { $value = m } }`;
  expect(contentOf("data.json", script)).toBe(message);
});

test.each([
  ['json_add_string_metric("a", "")', "there is a metric 'a' already"],
  ['json_add_array_string_metric("z", "", "")', "there is no array 'z'"],
  ['json_add_array_string_metric("d", "e", "")', "there is a metric 'e' in array 'd' already"],
])("%s is a mistake", (call, message) => {
  const script = `probe oneshot {
    json_add_numeric_metric("a", "", "") json_add_array("d", "") json_add_array_string_metric("d", "e", "")
    try { ${call} } catch (m) { println(m) } }`;
  expect(utap(["--target=model", "-e", script]).out).toBe(`${message}\n`);
});

const arrays = `global calls, two
function half:string(n:long) { return sprint(n / 2) }
function shout:string(s:string) { return s . "!" }
function tag:string(s:string) { return sprintf("\\"<%s>\\"", s) }
function digits:string(n:long) { return sprintf("\\"%03d\\"", n) }
probe begin { calls["open"] = 3 calls["re\\"ad"] = 5 two["a", 1] = 10 }
`;

describe("values and labels of arrays", () => {
  test.each([
    ['@prometheus_dump_array1(calls, "calls", "name")', 'calls{name="open"} 3\ncalls{name="re\\"ad"} 5\n'],
    ['@prometheus_dump_array1_map(calls, "m", "name", half, shout)', 'm{name="open!"} 1\nm{name="re\\"ad!"} 2\n'],
    ['@prometheus_dump_array2(two, "two", "a", "b")', 'two{a="a",b="1"} 10\n'],
    ['@prometheus_dump_array2_map_unquoted(two, "u", "a", "b", half, tag, digits)', 'u{a="<a>",b="001"} 5\n'],
  ])("%s", (macro, expected) => {
    expect(contentOf("__prometheus", `${arrays} probe prometheus { ${macro} }`)).toBe(expected);
  });
});

test.each([3, 4, 5, 6, 7, 8])("prometheus_dump_array%d", (count) => {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const script = `global a probe begin { a[${numbers.join()}] = 99 }
    probe prometheus { @prometheus_dump_array${count}(a, "m", ${numbers.map((n) => `"c${n}"`).join()}) }`;
  expect(contentOf("__prometheus", script)).toBe(`m{${numbers.map((n) => `c${n}="${n}"`).join()}} 99\n`);
});
