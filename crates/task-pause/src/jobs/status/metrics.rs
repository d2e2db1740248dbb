//! `status --metrics-file`: the metrics of the ledgers that were shown.

use maintenance_core::cli::{Ending, Messages};
use maintenance_core::ledger::{Ledger, LedgerState};

use crate::ledger_path::LedgerPath;
use crate::output::Metrics;
use crate::settings::Settings;

/// Writes the metrics, if the call asks for them. An error of the call outranks one in
/// writing them.
pub(crate) fn write(
    settings: &Settings,
    ledgers: &[LedgerPath],
    shown: anyhow::Result<Ending>,
    messages: &Messages,
) -> anyhow::Result<Ending> {
    let Some(path) = &settings.change.metrics_file else { return shown };
    let states: Vec<LedgerState> =
        ledgers.iter().filter_map(|ledger| Ledger::read(&ledger.path).ok()).collect();
    let holds = states.iter().flat_map(LedgerState::all_active).collect();
    let success = shown.as_ref().is_ok_and(Ending::is_done);
    let metrics = Metrics::without_requests(holds, &settings.environment, success);
    let written = metrics.write(path, messages);
    shown.and_then(|ending| written.map(|()| ending))
}
