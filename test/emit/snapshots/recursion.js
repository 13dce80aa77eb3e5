// function fib(n) { if (n < 2) return n; return fib(n - 1) + fib(n - 2) } probe begin { println(fib(9)) }
export function instantiate(rt) {
  const { add, outOfActions, print, sub } = rt;
  const fmt_0 = rt.format("%d\n");
  // fib  test.stp:1:10
  function f_fib(c, l_n) {
    if ((c.left -= 3) < 0) outOfActions();
    c.enter();
    try {
      if (l_n < 2) {
        return l_n;
      }
      return add(f_fib(c, sub(l_n, 1)), f_fib(c, sub(l_n, 2)));
    } finally {
      c.leave();
    }
  }
  // begin  test.stp:1
  function probe_0(c) {
    print(fmt_0(f_fib(c, 9)));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
