//! What a window lists, and which state of a person it answers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::civil::Date;

use super::day::{Day, Event};
use super::ids::Ids;
use super::staged::{Document, Staged};
use crate::clock::{Clock, Moment};
use crate::locked::locked;
use crate::options::{Answers, Options};
use crate::people::openings;
use crate::window::{Flag, Window};

/// How many days are kept ready.
const READY_DAYS: usize = 48;

/// What the catalogue has under a listed id.
#[derive(Debug)]
pub(crate) enum Found {
    /// A generated person.
    Person(Sighting),
    /// A document made by hand.
    Staged(Document),
}

/// A person as one window sees them.
#[derive(Debug)]
pub(crate) struct Sighting {
    pub(crate) person: u64,
    /// The moment whose state is answered.
    pub(crate) at: Moment,
    /// Whether contact fields are answered.
    pub(crate) with_contact: bool,
    /// Applications to this company on the window's date, oldest first.
    pub(crate) applied: Vec<Event>,
}

/// Everything that can be listed.
#[derive(Debug)]
pub(crate) struct Catalogue {
    options: Arc<Options>,
    pub(crate) ids: Ids,
    pub(crate) staged: Staged,
    generates: AtomicBool,
    ready: Mutex<Ready>,
}

/// Days generated lately, the oldest first to go.
#[derive(Debug, Default)]
struct Ready {
    days: HashMap<(String, Date), Arc<Day>>,
    order: VecDeque<(String, Date)>,
}

impl Catalogue {
    pub(crate) fn new(options: Arc<Options>) -> Self {
        let ids = Ids::new(options.seed, options.people);
        let generates = AtomicBool::new(options.resumes_per_day > 0);
        Self { options, ids, staged: Staged::default(), generates, ready: Mutex::default() }
    }

    /// From now on only hand-made listings exist.
    pub(crate) fn clear_generated(&self) {
        self.generates.store(false, Ordering::Relaxed);
    }

    /// The distinct ids of a window, in the order in which they turned up.
    pub(crate) fn list(&self, company: &str, window: &Window, clock: &Clock) -> Vec<String> {
        let mut known = HashSet::new();
        let day = self.day(company, window.date);
        let shown =
            day.within(window, clock.now()).filter(|event| self.is_asked(company, window, event));
        let people: Vec<u64> =
            shown.map(|event| event.person).filter(|person| known.insert(*person)).collect();
        let mut ids: Vec<String> =
            people.into_iter().map(|person| self.ids.listed(person)).collect();
        let mut staged = HashSet::new();
        for id in self.staged.ids(company, window) {
            let is_listed = self.ids.person(&id).is_some_and(|person| known.contains(&person));
            if !is_listed && staged.insert(id.clone()) {
                ids.push(id);
            }
        }
        ids
    }

    /// What a window answers for an id; nothing if it does not list that id.
    pub(crate) fn find(
        &self,
        company: &str,
        window: &Window,
        id: &str,
        clock: &Clock,
    ) -> Option<Found> {
        let as_now = self.options.answers == Answers::AsNow;
        if let Some(document) = self.staged.find(company, window, id, as_now) {
            return Some(Found::Staged(document));
        }
        let (person, now) = (self.ids.person(id)?, clock.now());
        let day = self.day(company, window.date);
        let events: Vec<Event> = day.of_person(person, now).copied().collect();
        let inside: Vec<&Event> =
            events.iter().filter(|event| window.covers(event.hour())).collect();
        if !inside.iter().any(|event| self.is_asked(company, window, event)) {
            return None;
        }
        // The state is that of the newest sighting in these hours under any source, so that the sources of one hour
        // agree, and a wide window agrees with the last of the narrow ones.
        let last = inside.last()?;
        let at = if as_now { now } else { Moment::on(window.date, i64::from(last.second)) };
        let with_contact = !self.options.matched_without_contact
            || match window.flag {
                Some(flag) => flag != Flag::Matched,
                None => inside.iter().any(|event| event.flag != Flag::Matched),
            };
        let until = if as_now { u32::MAX } else { last.second };
        let is_application = |event: &Event| event.flag == Flag::Applied && event.second <= until;
        let applied = events.into_iter().filter(is_application).collect();
        Some(Found::Person(Sighting { person, at, with_contact, applied }))
    }

    /// Somebody whom this window does not list.
    pub(crate) fn stranger(&self, company: &str, window: &Window, clock: &Clock) -> Sighting {
        let listed = self.list(company, window, clock);
        let person =
            (0..self.options.people).find(|person| !listed.contains(&self.ids.listed(*person)));
        let at = clock.now().min(Moment::on(window.date, i64::from(window.end) * 3_600));
        Sighting { person: person.unwrap_or(0), at, with_contact: true, applied: Vec::new() }
    }

    fn is_asked(&self, company: &str, window: &Window, event: &Event) -> bool {
        let is_job = |job_no: &String| {
            event.flag == Flag::Applied
                && openings::opening(self.options.seed, company, event.opening).number == *job_no
        };
        window.admits(event.flag) && window.job_no.as_ref().is_none_or(is_job)
    }

    fn day(&self, company: &str, date: Date) -> Arc<Day> {
        let is_too_old = self.options.oldest_day.is_some_and(|oldest| date < oldest);
        if is_too_old || !self.generates.load(Ordering::Relaxed) {
            return Arc::default();
        }
        let key = (company.to_owned(), date);
        if let Some(day) = locked(&self.ready).days.get(&key) {
            return Arc::clone(day);
        }
        let day = Arc::new(Day::generate(&self.options, company, date));
        let mut ready = locked(&self.ready);
        if ready.days.insert(key.clone(), Arc::clone(&day)).is_none() {
            ready.order.push_back(key);
        }
        if ready.order.len() > READY_DAYS
            && let Some(oldest) = ready.order.pop_front()
        {
            ready.days.remove(&oldest);
        }
        day
    }
}
