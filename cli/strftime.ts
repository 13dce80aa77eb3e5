/**
 * Conversions of strftime in the name of -o: the local time, in the C locale.
 *
 * `%Y-%m-%d` and all of POSIX; `%E` and `%O` say nothing new; what is no conversion stays as it is.
 */

type Convert = (t: Date) => string;

const two = (n: number): string => String(n).padStart(2, "0");
const blank = (n: number): string => String(n).padStart(2);
const hour12 = (t: Date): number => t.getHours() % 12 || 12;
const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
// biome-ignore format: table
const months = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
];

// biome-ignore format: table
const conversions: { readonly [letter: string]: Convert } = {
  a: (t) => days[t.getDay()]!.slice(0, 3),
  A: (t) => days[t.getDay()]!,
  b: (t) => months[t.getMonth()]!.slice(0, 3),
  B: (t) => months[t.getMonth()]!,
  c: (t) => strftime("%a %b %e %H:%M:%S %Y", t),
  C: (t) => two(Math.floor(t.getFullYear() / 100)),
  d: (t) => two(t.getDate()),
  D: (t) => strftime("%m/%d/%y", t),
  e: (t) => blank(t.getDate()),
  F: (t) => strftime("%Y-%m-%d", t),
  g: (t) => two(isoWeek(t).year % 100),
  G: (t) => String(isoWeek(t).year),
  h: (t) => strftime("%b", t),
  H: (t) => two(t.getHours()),
  I: (t) => two(hour12(t)),
  j: (t) => String(dayOfYear(t) + 1).padStart(3, "0"),
  k: (t) => blank(t.getHours()),
  l: (t) => blank(hour12(t)),
  m: (t) => two(t.getMonth() + 1),
  M: (t) => two(t.getMinutes()),
  n: () => "\n",
  p: (t) => (t.getHours() < 12 ? "AM" : "PM"),
  P: (t) => (t.getHours() < 12 ? "am" : "pm"),
  r: (t) => strftime("%I:%M:%S %p", t),
  R: (t) => strftime("%H:%M", t),
  s: (t) => String(Math.floor(t.getTime() / 1000)),
  S: (t) => two(t.getSeconds()),
  t: () => "\t",
  T: (t) => strftime("%H:%M:%S", t),
  u: (t) => String(t.getDay() || 7),
  U: (t) => two(Math.floor((dayOfYear(t) + 7 - t.getDay()) / 7)),
  V: (t) => two(isoWeek(t).week),
  w: (t) => String(t.getDay()),
  W: (t) => two(Math.floor((dayOfYear(t) + 7 - ((t.getDay() + 6) % 7)) / 7)),
  x: (t) => strftime("%m/%d/%y", t),
  X: (t) => strftime("%H:%M:%S", t),
  y: (t) => two(t.getFullYear() % 100),
  Y: (t) => String(t.getFullYear()),
  z: (t) => offset(-t.getTimezoneOffset()),
  Z: (t) => /\(?([A-Z]{2,5})\)?$/.exec(t.toLocaleTimeString("en-US", { timeZoneName: "short" }))?.[1] ?? offset(-t.getTimezoneOffset()),
  "%": () => "%",
};

export function strftime(format: string, time: Date): string {
  return format.replace(/%[EO]?(.)/gs, (whole, letter: string) => {
    return Object.hasOwn(conversions, letter) ? conversions[letter]!(time) : whole;
  });
}

const DAY = 86_400_000;

/** From 0. */
function dayOfYear(t: Date): number {
  return (Date.UTC(t.getFullYear(), t.getMonth(), t.getDate()) - Date.UTC(t.getFullYear(), 0, 1)) / DAY;
}

/** The week that a Thursday is in says the year. */
function isoWeek(t: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(Date.UTC(t.getFullYear(), t.getMonth(), t.getDate() + 4 - (t.getDay() || 7)));
  const year = thursday.getUTCFullYear();
  return { year, week: 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY)) };
}

function offset(minutes: number): string {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}${two(size % 60)}`;
}
