//! Work that never ends by itself is ended by the wrapper.

use crate::maintenance_sync::Bench;

#[test]
fn giving_back_is_bounded_itself_and_nothing_is_left_running() {
    let bench = Bench::new();
    // Both calls go on for ever, and only a signal ends them.
    bench.stub("runs-fetch", "exec sleep 600");
    bench.stub("task-pause", "trap 'echo settled; exit 143' TERM; while :; do sleep 0.5; done");
    let mut sync = bench.sync();
    sync.timeout(std::time::Duration::from_secs(60));
    let assert = sync.env("MAINTENANCE_DEADLINE", "1s").assert().code(69);
    assert_eq!(String::from_utf8_lossy(&assert.get_output().stdout), "settled\nsettled\n");
}
