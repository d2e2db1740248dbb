//! The true lives of tasks: who paused and resumed them, from the log of the stand-in and
//! from what people did.

use std::collections::BTreeMap;

use tmc_standin::Request;

use super::tenant::{At, show};

/// The one whose pause a task's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Nobody,
    Person,
    Us,
}

/// A time in which a task was paused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pause {
    pub(super) from: At,
    pub(super) to: At,
    pub(super) owner: Owner,
}

/// A person resumed a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resumed {
    pub(super) at: At,
    /// The one who had paused it.
    pub(super) of: Owner,
}

#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) owner: Owner,
    pub(super) pauses: Vec<Pause>,
    pub(super) resumed: Vec<Resumed>,
    /// A person did something while the pass that is under way ran.
    acted_in_pass: bool,
    /// The answer to our last pause never came, or came to say that it failed.
    in_doubt: bool,
}

/// The lives of all tasks.
pub(super) struct Lives {
    of: BTreeMap<String, Life>,
    pub(super) wrongs: Vec<String>,
    pub(super) requests: u64,
    pub(super) faulty: u64,
    pub(super) pauses: u64,
    pub(super) resumes: u64,
    /// Pauses that were sent once more since the answer to the first was lost.
    pub(super) again: u64,
    /// Changes that a person was faster than, between the look and the change.
    pub(super) crossed: u64,
    pub(super) acts: u64,
}

impl Lives {
    pub(super) fn new(ids: impl Iterator<Item = String>) -> Self {
        let life = Life {
            owner: Owner::Nobody,
            pauses: Vec::new(),
            resumed: Vec::new(),
            acted_in_pass: false,
            in_doubt: false,
        };
        let of = ids.map(|id| (id, life.clone())).collect();
        let wrongs = Vec::new();
        let (requests, faulty, pauses, resumes, again, crossed, acts) = Default::default();
        Self { of, wrongs, requests, faulty, pauses, resumes, again, crossed, acts }
    }

    pub(super) fn of(&self, id: &str) -> &Life {
        &self.of[id]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&String, &Life)> {
        self.of.iter()
    }

    /// A person pauses or resumes a task.
    pub(super) fn person(&mut self, id: &str, pause: bool, at: At) {
        self.acts += 1;
        self.of.get_mut(id).unwrap().person(pause, at);
    }

    /// A pass begins.
    pub(super) fn begin_pass(&mut self) {
        self.of.values_mut().for_each(|life| life.acted_in_pass = false);
    }

    /// Reads on in the log. `act` is what a person does once a request meets with the
    /// fault of that name.
    pub(super) fn read(&mut self, log: &[Request], act: Option<(&str, bool)>) {
        for request in log {
            self.requests += 1;
            let at = request.at.millis();
            let is_act = request.faults.iter().any(|fault| fault == "person");
            if let Some((id, pause)) = act.filter(|_| is_act) {
                self.person(id, pause, at);
                self.of.get_mut(id).unwrap().acted_in_pass = true;
            }
            self.faulty += u64::from(request.faults.iter().any(|fault| fault != "person"));
            if request.method == "PUT" && request.path.ends_with("/pause") {
                self.change(request);
            }
        }
    }

    fn change(&mut self, request: &Request) {
        let id = request.path.rsplit('/').nth(1).unwrap();
        let pause = request.body.as_ref().unwrap()["pause"] == true;
        let at = request.at.millis();
        let is_well = request.status.is_some_and(|status| status < 300);
        let life = self.of.get_mut(id).unwrap();
        if !request.processed {
            return;
        }
        self.pauses += u64::from(pause);
        self.resumes += u64::from(!pause);
        match (pause, life.owner) {
            (true, Owner::Nobody) => {
                life.begin(Owner::Us, at);
                life.in_doubt = !is_well;
            }
            (true, Owner::Us) if life.in_doubt => self.again += 1,
            (true, Owner::Us) => {
                self.wrongs.push(format!("{}: {id} is paused twice", show(at)));
            }
            (_, Owner::Person) if life.acted_in_pass => {
                self.crossed += 1;
                if !pause {
                    life.end(at);
                }
            }
            (true, Owner::Person) => {
                self.wrongs.push(format!("{}: {id} is paused over a person's pause", show(at)));
            }
            (false, Owner::Person) => {
                self.wrongs.push(format!("{}: {id} is resumed, and a person paused it", show(at)));
                life.end(at);
            }
            (false, _) => life.end(at),
        }
    }
}

impl Life {
    fn begin(&mut self, owner: Owner, at: At) {
        self.owner = owner;
        self.pauses.push(Pause { from: at, to: At::MAX, owner });
    }

    fn end(&mut self, at: At) {
        if self.owner != Owner::Nobody {
            self.pauses.last_mut().unwrap().to = at;
        }
        self.owner = Owner::Nobody;
    }

    fn person(&mut self, pause: bool, at: At) {
        match (pause, self.owner) {
            (true, Owner::Nobody) => self.begin(Owner::Person, at),
            (false, Owner::Us | Owner::Person) => {
                self.resumed.push(Resumed { at, of: self.owner });
                self.end(at);
            }
            _ => {}
        }
    }

    /// The pause that suppresses a run at that time.
    pub(super) fn pause_at(&self, at: At) -> Option<&Pause> {
        self.pauses.iter().find(|pause| (pause.from..pause.to).contains(&at))
    }
}
