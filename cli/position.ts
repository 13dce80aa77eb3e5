/**
 * From a place in an emitted module to the place in the script, through the source map.
 *
 * Called when a run-time error is reported; the map is only read then.
 */
import { type RawSourceMap, SourceMapConsumer } from "source-map";
import type { PositionOf } from "../runtime/error-place.ts";

export function positionsOf(map: string): PositionOf {
  let consumer: SourceMapConsumer | undefined;
  return (line, column) => {
    consumer ??= new SourceMapConsumer(JSON.parse(map) as RawSourceMap);
    const found = consumer.originalPositionFor({ line, column: column - 1 });
    if (found.source === null || found.line === null || found.column === null) return undefined;
    return {
      file: found.source,
      line: found.line,
      column: found.column + 1,
      ...(found.name !== null && { token: found.name }),
    };
  };
}
