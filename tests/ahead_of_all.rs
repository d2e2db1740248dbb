//! The rooms whose tests wait longest. Tests begin in the order of their names: of these
//! none is waited for alone at the end.

mod bounds;
mod half_a_minute;
mod storm;
mod two_environments;
mod unread;
mod waiting;
