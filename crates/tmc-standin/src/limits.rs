//! The API's allowance: so many transactions a minute for each address.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// The transactions of the last minute, by address.
///
/// The minute slides, which is the strictest way to count: no minute, wherever
/// it begins, sees more than the limit. Refused transactions do not count.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    recent: HashMap<IpAddr, VecDeque<Instant>>,
}

impl Limit {
    /// Counts a transaction, or says how long to wait for the next one.
    pub(crate) fn take(
        &mut self,
        source: IpAddr,
        limit: usize,
        at: Instant,
    ) -> Result<(), Duration> {
        let recent = self.recent.entry(source).or_default();
        while recent.front().is_some_and(|first| *first + MINUTE <= at) {
            recent.pop_front();
        }
        match recent.front() {
            Some(first) if limit > 0 && recent.len() >= limit => {
                Err((*first + MINUTE).saturating_duration_since(at))
            }
            _ => {
                recent.push_back(at);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_slides_and_addresses_are_apart() {
        let mut limit = Limit::default();
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let start = Instant::now();
        let second = |n| start + Duration::from_secs(n);
        assert_eq!(limit.take(here, 2, second(0)), Ok(()));
        assert_eq!(limit.take(here, 2, second(50)), Ok(()));
        assert_eq!(limit.take(here, 2, second(55)), Err(Duration::from_secs(5)));
        assert_eq!(limit.take(there, 2, second(55)), Ok(()));
        assert_eq!(limit.take(here, 2, second(60)), Ok(()));
        assert_eq!(limit.take(here, 2, second(61)), Err(Duration::from_secs(49)));
        assert_eq!(limit.take(here, 0, second(61)), Ok(()), "0 is no limit");
    }
}
