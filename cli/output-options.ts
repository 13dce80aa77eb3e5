/** `-f FORMAT`, `-s MB` and `-S MB[,N]` as values; of utap's command line and of that of a standalone script. */
import { usage } from "../base/usage.ts";
import type { OutputFormat } from "../runtime/output.ts";
import type { Rotation } from "./output.ts";

const formats: readonly OutputFormat[] = ["text", "json", "csv"];

export function readFormat(text: string): OutputFormat {
  const format = formats.find((name) => name === text);
  if (!format) throw usage(`-f ${text}: the formats are ${formats.join(", ")}`);
  return format;
}

export function readRotation(text: string, file: string | undefined): Rotation {
  const [, megabytes, files] = /^(\d{1,6})(?:,(\d{1,6}))?$/.exec(text) ?? [];
  if (!(Number(megabytes) > 0) || (files !== undefined && !(Number(files) > 0)))
    throw usage(`-S ${text}: write -S MB or -S MB,N: the size of a file, and how many to keep`);
  if (file === undefined) throw usage(`-S ${text}: only files can be split`, ["name one with -o FILE"]);
  return { bytes: Number(megabytes) * MEGABYTE, ...(files !== undefined && { files: Number(files) }) };
}

/** Up to 4095 MB, as stap. */
export function readBuffer(text: string): number {
  const megabytes = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (megabytes < 1 || megabytes > 4095) throw usage(`-s ${text}: a number of MB from 1 to 4095 is needed`);
  return megabytes * MEGABYTE;
}

const MEGABYTE = 1 << 20;
