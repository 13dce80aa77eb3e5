// function add(a, b) { return a + b } function twice(n) { return add(n, n) } probe begin { println(twice(2)) }
export function instantiate(rt) {
  const { add, outOfActions, print } = rt;
  const fmt_0 = rt.format("%d\n");
  // add  test.stp:1:10
  function f_add(c, l_a, l_b) {
    return add(l_a, l_b);
  }
  // twice  test.stp:1:46
  function f_twice(c, l_n) {
    if ((c.left -= 1) < 0) outOfActions();
    return f_add(c, l_n, l_n);
  }
  // begin  test.stp:1
  function probe_0(c) {
    print(fmt_0(f_twice(c, 2)));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
