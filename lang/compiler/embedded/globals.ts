/**
 * Names that embedded code finds without declaring them: ECMAScript's own, less those that would break a promise of
 * the session, each of which has its reason. Read by `check.ts`.
 */

// biome-ignore format: table
export const standardGlobals: ReadonlySet<string> = new Set([
  "undefined", "NaN", "Infinity",
  "Math", "JSON", "BigInt", "Number", "String", "Boolean", "Symbol", "Object", "Array", "Map", "Set", "WeakMap", "WeakSet",
  "RegExp", "Reflect", "Proxy",
  "Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError", "AggregateError",
  "ArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
  "Uint32Array", "BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array",
  "parseInt", "parseFloat", "isNaN", "isFinite",
  "encodeURI", "encodeURIComponent", "decodeURI", "decodeURIComponent",
]);

// biome-ignore format: table
export const withheldGlobals: { readonly [name: string]: string } = {
  Date: "the clock of a session is gettimeofday_us()",
  Promise: "a session is synchronous",
  queueMicrotask: "a session is synchronous",
  eval: "code is checked before it runs",
  Function: "code is checked before it runs",
  globalThis: "code names what it uses",
  console: "the output of a script is STAP_PRINTF",
  process: "a session has no host; pid() and its like are of the probed process",
  require: "a session has no host",
};
