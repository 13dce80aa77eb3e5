// probe begin { x = 1; y = (x < 2) + (x == 1 || !(x && x >= 3)); println(y) }
export function instantiate(rt) {
  const { add, print } = rt;
  const fmt_0 = rt.format("%d\n");
  // begin  test.stp:1
  function probe_0(c) {
    let l_x = 0, l_y = 0;
    l_x = 1;
    l_y = add(l_x < 2 ? 1 : 0, l_x === 1 || !(l_x !== 0 && l_x >= 3) ? 1 : 0);
    print(fmt_0(l_y));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
