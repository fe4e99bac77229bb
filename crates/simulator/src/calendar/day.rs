//! One company's day: who turned up, when, and from which source.

use std::cmp::Ordering;

use jiff::civil::Date;

use crate::clock::{Moment, days};
use crate::dice::{Dice, word};
use crate::options::Options;
use crate::window::{Flag, Window};

/// How busy each hour is.
const WEIGHTS: [u64; 24] =
    [1, 1, 1, 1, 1, 1, 2, 4, 8, 12, 12, 10, 8, 10, 11, 11, 10, 9, 7, 6, 6, 6, 5, 3];

/// How many jobs a company advertises.
const OPENINGS: usize = 8;

/// One person turning up once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// Seconds into the date.
    pub(crate) second: u32,
    /// From when on it is listed; later than `second` for the late ones.
    pub(crate) visible: u32,
    pub(crate) person: u64,
    pub(crate) flag: Flag,
    /// Which of the company's openings an applicant chose.
    pub(crate) opening: u8,
}

impl Event {
    pub(crate) fn hour(&self) -> u8 {
        u8::try_from(self.second / 3_600).unwrap_or(23)
    }
}

/// All events of one company and date, in the order of their seconds.
#[derive(Debug, Default)]
pub(crate) struct Day {
    date: Date,
    events: Vec<Event>,
    /// Indices into `events`, sorted by person, then by time.
    by_person: Vec<u32>,
}

impl Day {
    /// The day as the seed and the options will have it.
    pub(crate) fn generate(options: &Options, company: &str, date: Date) -> Self {
        let wanted = usize::try_from(options.resumes_per_day).unwrap_or(0);
        if options.people == 0 {
            return Self::default();
        }
        let mut dice = Dice::of("day", &[options.seed, word(company), days(date).unsigned_abs()]);
        let late = u32::try_from(options.late_by.as_secs()).unwrap_or(u32::MAX);
        let mut events = Vec::with_capacity(wanted);
        while events.len() < wanted {
            let second = second_of(&mut dice, 0);
            let first = Event {
                second,
                visible: second.saturating_add(if dice.chance(options.late_share) {
                    late
                } else {
                    0
                }),
                person: dice.between(0, options.people - 1),
                flag: flag_of(&mut dice),
                opening: u8::try_from(dice.below(OPENINGS)).unwrap_or(0),
            };
            events.push(first);
            if dice.chance(0.12) && events.len() < wanted {
                let other = dice.pick(&Flag::ALL);
                events.push(Event { flag: other, ..first });
            }
            if dice.chance(0.10) && events.len() < wanted {
                let second = second_of(&mut dice, u64::from(first.hour()));
                events.push(Event { second, visible: second, flag: flag_of(&mut dice), ..first });
            }
        }
        events.sort_by_key(|event| (event.person, event.hour(), event.flag, event.second));
        events.dedup_by_key(|event| (event.person, event.hour(), event.flag));
        Self::of(date, events)
    }

    fn of(date: Date, mut events: Vec<Event>) -> Self {
        events.sort_by_key(|event| (event.second, event.person, event.flag));
        let mut by_person: Vec<u32> =
            (0..u32::try_from(events.len()).unwrap_or(u32::MAX)).collect();
        by_person.sort_by_key(|at| (events[*at as usize].person, *at));
        Self { date, events, by_person }
    }

    /// What a window shows of it at `now`, whatever its source.
    pub(crate) fn within(&self, window: &Window, now: Moment) -> impl Iterator<Item = &Event> {
        let from = self.events.partition_point(|event| event.hour() < window.start);
        let to = self.events.partition_point(|event| event.hour() < window.end);
        let date = self.date;
        self.events[from..to.max(from)].iter().filter(move |event| is_visible(date, event, now))
    }

    /// All visible events of one person on this date, in order.
    pub(crate) fn of_person(&self, person: u64, now: Moment) -> impl Iterator<Item = &Event> {
        let by_order = |at: &u32| self.events[*at as usize].person.cmp(&person);
        let from = self.by_person.partition_point(|at| by_order(at) == Ordering::Less);
        let date = self.date;
        self.by_person[from..]
            .iter()
            .map(|at| &self.events[*at as usize])
            .take_while(move |event| event.person == person)
            .filter(move |event| is_visible(date, event, now))
    }
}

fn is_visible(date: Date, event: &Event, now: Moment) -> bool {
    Moment::on(date, i64::from(event.visible)) <= now
}

fn second_of(dice: &mut Dice, from_hour: u64) -> u32 {
    let skipped: u64 = WEIGHTS.iter().take(usize::try_from(from_hour).unwrap_or(0)).sum();
    let mut ticket = dice.between(skipped, WEIGHTS.iter().sum::<u64>() - 1);
    let mut hour = 0;
    for (at, weight) in WEIGHTS.iter().enumerate() {
        if ticket < *weight {
            hour = at;
            break;
        }
        ticket -= weight;
    }
    u32::try_from(hour).unwrap_or(0) * 3_600 + u32::try_from(dice.between(0, 3_599)).unwrap_or(0)
}

fn flag_of(dice: &mut Dice) -> Flag {
    match dice.between(0, 99) {
        0..45 => Flag::Matched,
        45..85 => Flag::Applied,
        _ => Flag::Saved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_union_of_its_hours_and_the_same_each_time() {
        let options = Options { resumes_per_day: 2_000, people: 700, ..Options::default() };
        let date = Date::constant(2025, 8, 22);
        let day = Day::generate(&options, "01234567", date);
        assert_eq!(day.events, Day::generate(&options, "01234567", date).events);
        assert_ne!(day.events, Day::generate(&options, "12345675", date).events);

        let end = Moment::on(date, crate::clock::DAY);
        let whole = Window { date, start: 0, end: 24, flag: None, job_no: None };
        let hours = (0..24).flat_map(|hour| {
            let window = Window { start: hour, end: hour + 1, ..whole.clone() };
            day.within(&window, end).copied().collect::<Vec<_>>()
        });
        assert!(hours.eq(day.within(&whole, end).copied()));
        assert!(day.within(&whole, end).count() > 1_800);

        let noon = Moment::on(date, 12 * 3_600);
        assert!(day.within(&whole, noon).all(|event| event.hour() < 12));
        let someone = day.events[0].person;
        let seen: Vec<_> = day.of_person(someone, end).collect();
        assert!(!seen.is_empty() && seen.is_sorted_by_key(|event| event.second));
    }
}
