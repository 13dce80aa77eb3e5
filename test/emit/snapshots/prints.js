// probe begin { s = "a"; x = 1; print("plain"); print(s); println(x, s); printf("%5d\n", x); s = sprintf("%x", x); printd(",", x, s); print_char(65) }
export function instantiate(rt) {
  const { cut, print } = rt;
  const fmt_0 = rt.format("%d%s\n");
  const fmt_1 = rt.format("%5d\n");
  const fmt_2 = rt.format("%x");
  const fmt_3 = rt.format("%d,%s");
  const fmt_4 = rt.format("%c");
  // begin  test.stp:1
  function probe_0(c) {
    let l_s = "", l_x = 0;
    l_s = "a";
    l_x = 1;
    print("plain");
    print(l_s);
    print(fmt_0(l_x, l_s));
    print(fmt_1(l_x));
    l_s = cut(fmt_2(l_x));
    print(fmt_3(l_x, l_s));
    print(fmt_4(65));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
