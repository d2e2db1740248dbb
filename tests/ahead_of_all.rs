//! Modules with tests that wait long. Tests begin in the order of their names: by this one,
//! none of these is waited for alone at the end.

mod bounds;
mod half_a_minute;
mod storm;
mod two_environments;
mod unread;
mod waiting;
