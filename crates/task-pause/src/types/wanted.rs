//! The tasks and plans that standard input wants paused, with their holds.

use std::sync::Arc;

use maintenance_core::change::Target;
use maintenance_core::hold::Hold;
use maintenance_core::run::{EndRecord, Labels};

/// The content of standard input.
#[derive(Debug, Default)]
pub(crate) struct SelectedInput {
    /// The tasks and plans, in the order in which they came.
    pub(crate) wanted: Vec<WantedTarget>,
    /// Executables of types that cannot be paused, in their order.
    pub(crate) unsupported: Vec<Unsupported>,
    /// The end record, if the list has one.
    pub(crate) end: Option<EndRecord>,
}

/// One task or plan, and its holds in the order of time.
#[derive(Clone, Debug)]
pub(crate) struct WantedTarget {
    pub(crate) target: Target,
    pub(crate) labels: Arc<Labels>,
    pub(crate) holds: Vec<Hold>,
}

/// An executable of a type that cannot be paused.
#[derive(Clone, Debug)]
pub(crate) struct Unsupported {
    pub(crate) id: Arc<str>,
    pub(crate) kind: Arc<str>,
    pub(crate) environment_id: Arc<str>,
    pub(crate) labels: Arc<Labels>,
    pub(crate) holds: Vec<Hold>,
}
