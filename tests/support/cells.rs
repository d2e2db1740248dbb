//! Which cells of a table the suite tries.

/// Whether every cell of a table is tried, as `scripts/matrices` has it (`MATRICES=all`),
/// and not a part in which each row and each column still has some.
pub(crate) fn tries_every_cell() -> bool {
    std::env::var_os("MATRICES").is_some_and(|value| value == "all")
}
