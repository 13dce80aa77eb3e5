// probe begin { x = -1; y = 1 << 40; z = 9223372036854775807; println(x, y, 60 * 60 * 24, z) }
export function instantiate(rt) {
  const { print } = rt;
  const fmt_0 = rt.format("%d%d%d%d\n");
  // begin  test.stp:1
  function probe_0(c) {
    let l_x = 0, l_y = 0, l_z = 0;
    l_x = -1;
    l_y = 1099511627776;
    l_z = 9223372036854775807n;
    print(fmt_0(l_x, l_y, 86400, l_z));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
