/** The writer of an output format (`-f`). Made by the session. */
import { CsvWriter } from "./csv-writer.ts";
import { type JsonParts, JsonWriter } from "./json-writer.ts";
import type { OutputFormat, OutputWriter } from "./output.ts";
import { TextWriter } from "./text-writer.ts";

export function makeWriter(format: OutputFormat | undefined, parts: JsonParts): OutputWriter {
  if (format === "json") return new JsonWriter(parts);
  return format === "csv" ? new CsvWriter(parts.sink) : new TextWriter(parts.sink);
}
