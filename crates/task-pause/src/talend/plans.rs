//! Lists the plans of environments.

use std::collections::BTreeSet;

use maintenance_core::change::TargetKind;
use maintenance_core::client::ExecutableFilter;
use maintenance_core::exit::{Exit, Explain};

use crate::deadline::Deadline;
use crate::session::Session;
use crate::timing::LIST_PLANS_TIMEOUT;
use crate::types::Plans;

/// Lists the plans of these environments, with one list each. A warning says
/// where the account may not list them, or where the list takes too long.
pub(crate) async fn list(
    session: &Session<'_>,
    environments: BTreeSet<&str>,
    deadline: Deadline,
) -> Plans {
    let Session { client, stop, messages, .. } = session;
    let mut plans = Plans::default();
    for environment in environments {
        let filter = ExecutableFilter::of_environment(environment);
        let deadline = deadline.earlier(Deadline::after(LIST_PLANS_TIMEOUT));
        let listed = stop.at_most(deadline, client.listed(TargetKind::Plan, &filter)).await;
        let (unknown, may_work_later) = match listed {
            Some(Ok(list)) => {
                plans.add(environment, list.executables);
                continue;
            }
            Some(Err(error)) => (error.to_string(), error.exit() != Exit::Refused),
            None => ("no list came in time".to_owned(), true),
        };
        messages.warn(&format!("which tasks are part of plans is not known: {unknown}"));
        plans.add_unknown(environment, may_work_later);
    }
    plans
}
