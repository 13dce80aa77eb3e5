// probe process("/bin/x").syscall { printf("%d %d\n", $syscall, $arg2) } probe process("/bin/x").syscall.return { println($return) }
export function instantiate(rt) {
  const { print } = rt;
  const fmt_0 = rt.format("%d %d\n");
  const fmt_1 = rt.format("%d\n");
  // process("/bin/x").syscall  test.stp:1
  function probe_0(c) {
    print(fmt_0(c.syscall(), c.syscallArgument(2)));
  }
  // process("/bin/x").syscall.return  test.stp:1
  function probe_1(c) {
    print(fmt_1(c.syscallReturn()));
  }
  return {
    probes: [probe_0, probe_1],
    scalars: {},
  };
}
